"""What `odoo consent` does. Exit status: 0 well, 1 something was found, 2 it could not be done."""
# A command prints, and commits each batch of its own cursor.
# pylint: disable=print-used,invalid-commit

import logging
import sys
import time
from contextlib import closing

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import config

from ..tools import phone, redact, scan, vault
from ..tools.errors import ConsentNotifyError, SealError
from ..tools.keyring_provider import FINGERPRINT, get_provider, load_keyring
from .restore import restore_kit
from .uninstall import uninstall_addon
from .verify import add_verb, run_verify

BATCH = 2000


def run(parser, args):
    """Parse `args`, do the one thing they ask for and return the exit status."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    look = verbs.add_parser("scan", help="search tables, files and logs for plain numbers; report places only")
    look.add_argument("--numbers", metavar="FILE", help="look for these numbers only, one in a line; - reads them")
    look.add_argument("--region", metavar="XX", help="country of numbers written without a prefix")
    look.add_argument("--log", metavar="FILE", action="append", default=[], help="a log file to search as well")
    keys = verbs.add_parser("keys", help="list the sealing keys and how many numbers each seals")
    rotate = verbs.add_parser(
        "rotate",
        help="add a key, make it primary, and reseal all numbers while the shop runs",
        description="On one host, rotate does it all. On several: rotate --add-only on one of them, copy the keyring's"
        " file to all the others and restart them, then rotate --primary KEY, and copy the file again. Else the others"
        " cannot open what the new key seals.",
    )
    how = rotate.add_mutually_exclusive_group()
    how.add_argument("--add-only", action="store_true", help="add a key that seals nothing yet, to be copied to hosts")
    how.add_argument("--primary", metavar="KEY", help="add no key: make this one primary, once all hosts have it")
    how.add_argument("--resume", action="store_true", help="add no key: go on with a rotation that was stopped")
    retire = verbs.add_parser("retire", help="destroy a key that seals nothing any more")
    retire.add_argument("key", help="the key's id, as `keys` lists it")
    restore = verbs.add_parser(
        "restore-kit", help="put the keyring back from its recovery kit; asks for the passphrase, or reads a line"
    )
    restore.add_argument("file", metavar="FILE", help="the recovery kit")
    leave = verbs.add_parser(
        "uninstall",
        help="uninstall the addon: all numbers stand in plain text again",
        description="Stop the server first. Writes all numbers back in plain text, cancels the texts that wait, and"
        " uninstalls the addon. Asks for the name of the database; who did it, when, and how many numbers there were"
        " is kept in Odoo's log and in a file beside the keyring. Changes nothing if any number cannot be opened.",
    )
    leave.add_argument("--yes", action="store_true", help="do not ask")
    check = add_verb(verbs)
    for verb in (look, keys, rotate, retire, restore, leave, check):
        verb.add_argument("-d", "--database", required=True, help="the database")
    chosen = parser.parse_args(args)
    config.parse_config(["-d", chosen.database], setup_logging=True)
    redact.install()
    logging.getLogger("odoo.sql_db").setLevel(logging.WARNING)
    try:
        return VERBS[chosen.verb](chosen)
    except (ConsentNotifyError, OSError) as error:
        # An OSError's own text may name a file of the person's: that is theirs to read.
        print(error, file=sys.stderr)
        return 2


def _cursor(name):
    try:
        return closing(db_connect(name).cursor())
    except psycopg2.OperationalError as error:
        raise ConsentNotifyError(
            f"The database {name} cannot be reached: check its name and the configuration that ODOO_RC names."
        ) from error


def _scan(chosen):
    numbers = _numbers(chosen)
    found = scan.matcher(numbers, chosen.region)
    with _cursor(chosen.database) as cr:
        places = scan.scan_tables(cr, found, _Progress())
    files = scan.scan_files(config.filestore(chosen.database), found)
    logs = {path: scan.scan_log(path, found) for path in (*chosen.log, *filter(None, [config["logfile"]]))}
    for place, count in sorted(places.items()):
        print(f"{place}: {count} rows")
    if files:
        print(f"file store: {files} files")
    for path, count in logs.items():
        if count:
            print(f"{path}: {count} lines")
    hits = bool(places or files or any(logs.values()))
    print("Plain numbers were found in the places above." if hits else "No plain number was found.")
    return int(hits)


def _numbers(chosen):
    if not chosen.numbers:
        return []
    if chosen.numbers == "-":
        lines = sys.stdin.read().splitlines()
    else:
        with open(chosen.numbers, encoding="utf-8") as file:
            lines = file.read().splitlines()
    numbers = [(line, phone.to_e164(line, chosen.region)) for line in map(str.strip, lines) if line]
    wrong = [position for position, (_line, e164) in enumerate(numbers, 1) if not e164]
    if wrong or not numbers:
        where = f" (line {wrong[0]})" if wrong else ""
        raise ConsentNotifyError(f"The list holds something that is no phone number{where}: write one in a line.")
    return [e164 for _line, e164 in numbers]


def _keys(chosen):
    with _cursor(chosen.database) as cr:
        ring = load_keyring(cr)
        used = vault.count_by_key(cr)
    for key_id in sorted({*ring.seal, *used}):
        notes = "primary" if key_id == ring.primary else "" if key_id in ring.seal else "NOT IN THE KEYRING"
        print(f"{key_id.hex()}  {used.get(key_id, 0):>10} numbers  {notes}".rstrip())
    return int(any(key_id not in ring.seal for key_id in used))


def _rotate(chosen):
    provider = get_provider()
    # To the end: two rotations at once would seal each other's rows anew for ever.
    with provider.locked(), _cursor(chosen.database) as cr:
        ring = load_keyring(cr, provider)
        if chosen.add_only:
            changed, key_id = ring.with_spare_key()
            provider.save(changed, ring)
            print(f"Copy the keyring to all hosts and restart them; then: rotate --primary {key_id.hex()}")
            return 0
        if chosen.primary:
            ring = provider.save(ring.with_primary(_known_key(ring, chosen.primary)), ring)
            print(f"The key {ring.primary.hex()} seals from now on. Save a new recovery kit.")
        elif not chosen.resume:
            ring = provider.save(ring.with_new_key(), ring)
            print(f"The new key {ring.primary.hex()} seals from now on. Save a new recovery kit.")
        total = sum(count for key_id, count in vault.count_by_key(cr).items() if key_id != ring.primary)
        done, progress = 0, _Progress(total)
        while changed := vault.reseal(cr, ring, BATCH):
            cr.commit()
            done += changed
            progress(f"{done} numbers", done)
    print(f"Resealed {done} numbers. When the recovery kit is saved, retire the old keys.")
    return 0


def _retire(chosen):
    provider = get_provider()
    with provider.locked():
        _destroy(chosen.database, provider, chosen.key)
    print("The key is destroyed. Backups of the keyring and old recovery kits still hold it.")
    return 0


def _known_key(ring, text):
    """Return the id of a key as it was typed."""
    for key_id in ring.seal:
        if key_id.hex() == text.lower():
            return key_id
    raise ConsentNotifyError("The keyring holds no such key: `keys` lists them.")


def _destroy(database, provider, typed):
    with _cursor(database) as cr:
        ring = load_keyring(cr, provider)
        key_id = _known_key(ring, typed)
        if key_id == ring.primary:
            raise ConsentNotifyError("The primary key seals new numbers: rotate first, then retire it.")
        names = _databases(cr, ring)
    # PostgreSQL proves that no row needs the key and refuses any that would: also in copies that share the keyring.
    for name in sorted({database, *names}):
        with _cursor(name) as cr:
            try:
                vault.forbid_key(cr, key_id)
            except SealError as error:
                raise ConsentNotifyError(
                    f"Numbers in the database {name} still need this key: run `rotate --resume -d {name}` first."
                ) from error
            cr.commit()
    provider.save(ring.without_key(key_id), ring)


def _restore(chosen):
    with _cursor(chosen.database) as cr:
        return restore_kit(cr, chosen.file)


def _uninstall(chosen):
    with _cursor(chosen.database) as cr:
        cr.execute("SELECT to_regclass('phone_vault') IS NOT NULL")
        if not cr.fetchone()[0]:
            raise ConsentNotifyError(f"The addon is not installed in the database {chosen.database}.")
        ring = load_keyring(cr)
        used = vault.count_by_key(cr)
    if lost := sum(count for key_id, count in used.items() if key_id not in ring.seal):
        raise ConsentNotifyError(
            f"{lost} numbers are sealed with keys that the keyring lacks: nothing was changed, restore its kit first."
        )
    return uninstall_addon(chosen.database, sum(used.values()), chosen.yes)


def _verify(chosen):
    with _cursor(chosen.database) as cr:
        return run_verify(cr, chosen)


def _databases(cr, ring):
    """Return the databases of this server that are sealed with the same keyring."""
    cr.execute(
        "SELECT datname FROM pg_database"
        " WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')"
    )
    same = []
    for (name,) in cr.fetchall():
        try:
            opened = _cursor(name)
        except ConsentNotifyError:
            if _is_there(cr, name):
                raise  # it may be sealed with the key that is to go
            continue
        with opened as other:
            other.execute("SELECT to_regclass('phone_vault') IS NOT NULL")
            if other.fetchone()[0]:
                other.execute(
                    "SELECT 1 FROM ir_config_parameter WHERE key = %s AND value = %s", [FINGERPRINT, ring.fingerprint]
                )
                if other.fetchone():
                    same.append(name)
    return same


def _is_there(cr, name):
    """Tell whether a database still exists: others may drop one while we go through the list."""
    cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return bool(cr.fetchone())


class _Progress:
    """Tells at most once a second how far something is, on a terminal only."""

    def __init__(self, total=0):
        self.total, self.told = total, time.monotonic()

    def __call__(self, what, done=0):
        if sys.stderr.isatty() and time.monotonic() - self.told >= 1:
            self.told = time.monotonic()
            share = f" ({100 * done // self.total} %)" if self.total else ""
            print(f"\r\x1b[K{what}{share}", end="", file=sys.stderr, flush=True)


VERBS = {
    "scan": _scan,
    "keys": _keys,
    "rotate": _rotate,
    "retire": _retire,
    "restore-kit": _restore,
    "uninstall": _uninstall,
    "verify": _verify,
}
