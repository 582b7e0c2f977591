"""`odoo consent keys|rotate|retire`: the keys that seal, a new one, and the end of an old one."""
# A command prints, and commits each batch of its own cursor.
# pylint: disable=print-used,invalid-commit

from odoo.tools import sql

from ..tools import vault_keys
from ..tools.errors import ConsentNotifyError, SealError
from ..tools.keyring_provider import ask, get_provider, is_keyring_of, load_keyring, locked
from ..tools.retry import retry_on
from .shared import Progress, open_cursor

BATCH = 2000


def list_keys(chosen):
    """Print the keys and how many numbers each seals; return 1 if one of them is not in the keyring."""
    with open_cursor(chosen.database) as cr:
        ring = load_keyring(cr)
        used = vault_keys.count_by_key(cr)
    for key_id in sorted({*ring.seal, *used}):
        notes = "primary" if key_id == ring.primary else "" if key_id in ring.seal else "NOT IN THE KEYRING"
        print(f"{key_id.hex()}  {used.get(key_id, 0):>10} numbers  {notes}".rstrip())
    return int(any(key_id not in ring.seal for key_id in used))


def rotate(chosen):
    """Add a key, make one primary, or go on resealing, as `chosen`; return the exit status."""
    provider = get_provider()
    # To the end: two rotations at once would seal each other's rows anew for ever.
    with locked(provider), open_cursor(chosen.database) as cr:
        ring = load_keyring(cr, provider)
        if chosen.add_only:
            changed, key_id = ring.with_spare_key()
            ask(provider, "save", changed, ring)
            print(f"Copy the keyring to all hosts and restart them; then: rotate --primary {key_id.hex()}")
            return 0
        if chosen.primary:
            ring = ask(provider, "save", ring.with_primary(_known_key(ring, chosen.primary)), ring)
            print(f"The key {ring.primary.hex()} seals from now on. Save a new recovery kit.")
        elif not chosen.resume:
            ring = ask(provider, "save", ring.with_new_key(), ring)
            print(f"The new key {ring.primary.hex()} seals from now on. Save a new recovery kit.")
        total = sum(count for key_id, count in vault_keys.count_by_key(cr).items() if key_id != ring.primary)
        done, progress = 0, Progress(total)
        while changed := reseal_batch(cr, ring):
            done += changed
            progress(f"{done} numbers", done)
    print(f"Resealed {done} numbers. When the recovery kit is saved, retire the old keys.")
    return 0


def reseal_batch(cr, ring):
    """Seal up to 2,000 numbers anew, commit, and return how many; 0 when all are sealed with the primary key.

    While this waits for a row, an erasure may delete it: then it looks anew.
    """

    def reseal():
        cr.commit()
        changed = vault_keys.reseal(cr, ring, BATCH)
        cr.commit()
        return changed

    return retry_on(cr, reseal)


def retire(chosen):
    """Destroy a key that seals nothing any more and return the exit status."""
    provider = get_provider()
    with locked(provider):
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
    with open_cursor(database) as cr:
        ring = load_keyring(cr, provider)
        key_id = _known_key(ring, typed)
        if key_id == ring.primary:
            raise ConsentNotifyError("The primary key seals new numbers: rotate first, then retire it.")
        names = _databases(cr, ring)
    # PostgreSQL proves that no row needs the key and refuses any that would: also in copies that share the keyring.
    for name in sorted({database, *names}):
        try:
            opened = open_cursor(name)
        except ConsentNotifyError:
            with open_cursor(database) as cr:
                if _is_there(cr, name):
                    raise
            continue  # dropped since the list was made
        with opened as cr:
            try:
                vault_keys.forbid_key(cr, key_id)
            except SealError as error:
                raise ConsentNotifyError(
                    f"Numbers in the database {name} still need this key: run `rotate --resume -d {name}` first."
                ) from error
            cr.commit()
    ask(provider, "save", ring.without_key(key_id), ring)


def _databases(cr, ring):
    """Return the databases of this server that are sealed with the same keyring."""
    cr.execute(
        "SELECT datname FROM pg_database"
        " WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')"
    )
    same = []
    for (name,) in cr.fetchall():
        try:
            opened = open_cursor(name)
        except ConsentNotifyError:
            if _is_there(cr, name):
                raise  # it may be sealed with the key that is to go
            continue
        with opened as other:
            if sql.table_exists(other, "phone_vault") and is_keyring_of(other, ring):
                same.append(name)
    return same


def _is_there(cr, name):
    """Tell whether a database still exists: others may drop one while we go through the list."""
    cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return bool(cr.fetchone())
