"""The whole log of consents as files that outlive the addon: old answers stay provable, and refusals known."""

import base64
import gzip
import json
import os
import re
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from odoo.sql_db import db_connect

from . import anchor, event_row, event_stream, evidence, ledger, merkle, signing, tombstone
from .errors import ConsentNotifyError

NAME = "log.jsonl.gz"
PART = ".part"  # after the name of a folder that is not whole yet
# What checks the log, copied as it runs here.
CHECKER = ("check_log.py", *evidence.PARTS)
# A person is the contact's id in this database and a keyed hash of the number, which the keyring's holder can test.
QUERIES = {
    "company": "SELECT id, name FROM res_company ORDER BY id",
    "purpose": "SELECT id, code, name FROM consent_purpose ORDER BY id",
    "text": (
        "SELECT id, notice_id, lang, COALESCE(intro, '') AS intro, COALESCE(label, '') AS label,"
        " COALESCE(details, '') AS details, COALESCE(document, '') AS document, sha256,"
        " first_shown::text FROM consent_notice_text ORDER BY id"
    ),
    "subject": "SELECT id, partner_id, company_id, number_digest, salt FROM consent_subject ORDER BY id",
}


def folder_name(cr):
    """Return the name of a folder for the log of a database, of which there may be several in time."""
    return f"{_prefix(cr)}{datetime.now(UTC):%Y%m%dT%H%M%S%f}{_mark(cr)}"


def _prefix(cr):
    return f"log-{re.sub(r'[^A-Za-z0-9_.-]', '_', cr.dbname)}-"


def _mark(cr):
    """Return of which table a log is: once it was dropped no other has the same two numbers."""
    cr.execute("SELECT oid, 'consent_event'::regclass::oid FROM pg_database WHERE datname = current_database()")
    return "-{}-{}".format(*cr.fetchone())


def forget_unfinished(cr, place):
    """Delete the logs of uninstalls that came to no end, whole or not: the table that they are of still stands.

    :param place: function of a name that returns the path of the folder
    :raises ConsentNotifyError: if one cannot be deleted
    """
    first, mark = place(_prefix(cr)), _mark(cr)
    for folder in first.parent.glob("*"):
        if folder.name.startswith(first.name) and folder.name.endswith((mark, mark + PART)):
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise ConsentNotifyError(
                    f"{folder} is left of an uninstall that came to no end, and cannot be deleted: delete it by hand."
                ) from error


def has_unseen(cr):
    """Tell whether events were committed that this transaction does not see: it sees the log as when it began.

    Whoever asks has made writers wait.
    """
    newest = "SELECT COALESCE(max(number), 0) FROM consent_anchor"
    with closing(db_connect(cr.dbname).cursor()) as fresh:
        fresh.execute(newest)
        [anchored] = fresh.fetchone()
        fresh.execute("SELECT id FROM consent_event_pending")
        ids = [event_id for (event_id,) in fresh.fetchall()]
    cr.execute(newest)
    if anchored > cr.fetchone()[0]:
        return True
    cr.execute("SELECT count(*) < %s FROM consent_event WHERE id = ANY(%s)", [len(ids), ids])
    return cr.fetchone()[0]


def write(cr, folder, ring):
    """Write the log into a new folder, for its owner alone, with what checks it; return the number of events.

    The folder has its name only when all of it is on the disk.

    :raises ConsentNotifyError: if it cannot be written whole
    """
    folder = Path(folder)
    part = folder.with_name(folder.name + PART)
    try:
        if folder.exists():
            raise FileExistsError(folder)
        part.mkdir(parents=True, mode=0o700)
        for name in CHECKER:
            with _create(part / name) as file:
                file.write(Path(__file__).with_name(name).read_bytes())
        with _create(part / NAME) as file, gzip.GzipFile("", "wb", fileobj=file) as packed:
            count = _write_lines(cr, packed, ring)
        _sync(part)
        part.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise ConsentNotifyError(
            f"The log of consents cannot be written to {folder}: nothing was changed, check the folder."
        ) from error
    return count


def _sync(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _create(path):
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    return _Synced(file)


class _Synced:
    """A file that is on the disk when its block ends."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self.file

    def __exit__(self, *error):
        with self.file:
            self.file.flush()
            os.fsync(self.file.fileno())


def _write_lines(cr, packed, ring):
    hashes = []  # of the lines that no anchor speaks for

    def put(kind, value):
        raw = json.dumps({kind: value}, ensure_ascii=False).encode() + b"\n"
        packed.write(raw)
        if kind != "event":
            hashes.append(merkle.leaf_of(raw))

    taken = f"{datetime.now(UTC):%F %T}"
    put("head", {"format": "consent_notify log 1", "taken": taken, "public_key": signing.public_key(ring)})
    for kind, query in QUERIES.items():
        cr.execute(query)
        for row in cr.dictfetchall():
            put(kind, row)
    for told in ledger.read_anchors(cr):
        put("anchor", told)
    for stone in tombstone.read(cr):
        put("expired", stone)
    count = 0

    def take(raw):
        nonlocal count
        count += 1
        put("event", event_row.decode(raw[len(merkle.LEAF) :]))

    event_stream.stream(cr, take)
    hints = base64.b64encode(b"".join(leaf[: anchor.HINT] for leaf in hashes)).decode()
    end = {"events": count, "root": merkle.root_of(hashes).hex(), "hints": hints}
    put("end", {**end, "signature": signing.sign(ring, anchor.log_statement_of(end))})
    return count
