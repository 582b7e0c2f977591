"""`odoo consent restore-kit`: the keyring back from its recovery kit, and nothing lost that stands there."""
# pylint: disable=print-used

import getpass
import sys
from dataclasses import replace

from ..tools import vault_keys
from ..tools.errors import ConsentNotifyError, KeyringError
from ..tools.keyring import Keyring
from ..tools.keyring_provider import ask, get_provider, is_keyring_of, locked


def restore_kit(cr, path):
    """Put the keyring inside the kit at `path` where the configuration wants it; return the exit status.

    :raises ConsentNotifyError: if it is not the kit of this database, or another keyring stands there
    """
    with open(path, "rb") as file:
        ring = Keyring.import_kit(file.read(), _passphrase())
    if not is_keyring_of(cr, ring):
        raise ConsentNotifyError("This kit belongs to another database: nothing was written.")
    provider = get_provider()
    with locked(provider):
        present = _present(provider)
        if present and present.fingerprint != ring.fingerprint:
            raise ConsentNotifyError("The keyring of another database stands there: move that file away first.")
        if present is None:
            ask(provider, "save", ring)
            print("The keyring is restored. Restart Odoo.")
        elif missing := ring.seal.keys() - present.seal.keys():
            # The present one may hold newer keys than the kit: they stay, and so does the primary one.
            ring = ask(provider, "save", replace(present, seal={**ring.seal, **present.seal}), present)
            print(f"The keyring is there and lacked {len(missing)} keys of the kit: they were added. Restart Odoo.")
        else:
            ring = present
            print("The keyring is there and holds every key of the kit: nothing was written.")
    return _tell_unopened(cr, ring)


def _passphrase():
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase of the recovery kit: ")
    return sys.stdin.readline().rstrip("\r\n")


def _present(provider):
    try:
        return ask(provider, "load")
    except KeyringError as error:
        raise ConsentNotifyError(f"{error} To restore it, move that file away first: it is not overwritten.") from error


def _tell_unopened(cr, ring):
    left = sum(count for key_id, count in vault_keys.count_by_key(cr).items() if key_id not in ring.seal)
    if left:
        print(f"{left} numbers are sealed with newer keys than this kit holds: look for a newer kit.", file=sys.stderr)
    return int(bool(left))
