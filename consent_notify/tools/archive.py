"""The whole log of consents as files that outlive the addon: old answers stay provable, and refusals known."""

import base64
import gzip
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from . import anchor, event_row, event_stream, evidence, ledger, merkle, signing, tombstone
from .errors import ConsentNotifyError

NAME = "log.jsonl.gz"
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


def folder_name(database):
    """Return the name of a folder for the log of a database, of which there may be several in time."""
    return f"log-{re.sub(r'[^A-Za-z0-9_.-]', '_', database)}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


def write(cr, folder, ring):
    """Write the log into a new folder, for its owner alone, with what checks it; return the number of events.

    :raises ConsentNotifyError: if it cannot be written whole
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, mode=0o700)
        for name in CHECKER:
            with _create(folder / name) as file:
                file.write(Path(__file__).with_name(name).read_bytes())
        with _create(folder / NAME) as file, gzip.GzipFile("", "wb", fileobj=file) as packed:
            count = _write_lines(cr, packed, ring)
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    except OSError as error:
        raise ConsentNotifyError(
            f"The log of consents cannot be written to {folder}: nothing was changed, check the folder."
        ) from error
    return count


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
