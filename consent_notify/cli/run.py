"""What `odoo consent` does. Exit status: 0 well, 1 something was found, 2 it could not be done."""
# pylint: disable=print-used

import logging
import sys

from odoo.tools import config

from ..tools import redact, vault_keys
from ..tools.errors import ConsentNotifyError
from ..tools.keyring_provider import load_keyring
from . import scan
from .keys import list_keys, retire, rotate
from .restore import restore_kit
from .shared import assert_installed, open_cursor
from .uninstall import uninstall_addon
from .verify import add_verb, run_verify


def run(parser, args):
    """Parse `args`, do the one thing they ask for and return the exit status."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    look = scan.add_verb(verbs)
    keys = verbs.add_parser("keys", help="list the sealing keys and how many numbers each seals")
    renew = verbs.add_parser(
        "rotate",
        help="add a key, make it primary, and reseal all numbers while the shop runs",
        description="On one host, rotate does it all. On several: rotate --add-only on one of them, copy the keyring's"
        " file to all the others and restart them, then rotate --primary KEY, and copy the file again. Else the others"
        " cannot open what the new key seals.",
    )
    how = renew.add_mutually_exclusive_group()
    how.add_argument("--add-only", action="store_true", help="add a key that seals nothing yet, to be copied to hosts")
    how.add_argument("--primary", metavar="KEY", help="add no key: make this one primary, once all hosts have it")
    how.add_argument("--resume", action="store_true", help="add no key: go on with a rotation that was stopped")
    end = verbs.add_parser("retire", help="destroy a key that seals nothing any more")
    end.add_argument("key", help="the key's id, as `keys` lists it")
    restore = verbs.add_parser(
        "restore-kit", help="put the keyring back from its recovery kit; asks for the passphrase, or reads a line"
    )
    restore.add_argument("file", metavar="FILE", help="the recovery kit")
    leave = verbs.add_parser(
        "uninstall",
        help="uninstall the addon: all numbers stand in plain text again",
        description="Stop the server first. Keeps the log of consents, without numbers, in a folder beside the keyring,"
        " writes all numbers back in plain text, cancels the texts that wait, and uninstalls the addon. Asks for the"
        " name of the database; who did it, when, and how many numbers there were is kept in Odoo's log and in a file"
        " beside the keyring. Changes nothing if any number cannot be opened, or the log cannot be kept.",
    )
    leave.add_argument("--yes", action="store_true", help="do not ask")
    check = add_verb(verbs)
    for verb in (look, keys, renew, end, restore, leave, check):
        verb.add_argument("-d", "--database", required=True, help="the database")
    chosen = parser.parse_args(args)
    config.parse_config(["-d", chosen.database], setup_logging=True)
    redact.install()
    logging.getLogger("odoo.sql_db").setLevel(logging.WARNING)
    try:
        if chosen.verb in KEYS:
            assert_installed(chosen.database)
        return VERBS[chosen.verb](chosen)
    except (ConsentNotifyError, OSError) as error:
        # An OSError's own text may name a file of the person's: that is theirs to read.
        print(error, file=sys.stderr)
        return 2


def _restore(chosen):
    with open_cursor(chosen.database) as cr:
        return restore_kit(cr, chosen.file)


def _uninstall(chosen):
    with open_cursor(chosen.database) as cr:
        ring = load_keyring(cr)
        used = vault_keys.count_by_key(cr)
    if lost := sum(count for key_id, count in used.items() if key_id not in ring.seal):
        raise ConsentNotifyError(
            f"{lost} numbers are sealed with keys that the keyring lacks: nothing was changed, restore its kit first."
        )
    return uninstall_addon(chosen.database, sum(used.values()), chosen.yes)


def _verify(chosen):
    with open_cursor(chosen.database) as cr:
        return run_verify(cr, chosen)


# These make, change or ask for the shop's keyring.
KEYS = {"keys", "rotate", "retire", "restore-kit", "uninstall"}
VERBS = {
    "scan": scan.run_scan,
    "keys": list_keys,
    "rotate": rotate,
    "retire": retire,
    "restore-kit": _restore,
    "uninstall": _uninstall,
    "verify": _verify,
}
