"""Which keys seal the vault: told by what they open, counted, sealed anew with another, refused when they are to go."""

from contextlib import suppress

from psycopg2.errors import CheckViolation, LockNotAvailable

from odoo.tools import SQL, sql

from . import seal
from .errors import SealError, VaultInUseError, _lt

RETIRED = "phone_vault_retired_"  # what the constraint against a key begins with
PATIENCE = "3s"
TRIED = 100  # rows: one of them may be damaged, hardly all


def has_rows(cr):
    """Tell whether anything is sealed in the database behind `cr`."""
    if not sql.table_exists(cr, "phone_vault"):
        return False
    cr.execute("SELECT 1 FROM phone_vault LIMIT 1")
    return bool(cr.fetchone())


def opens_any(cr, keyring):
    """Tell whether `keyring` opens a row of the vault and makes the same token of it; an empty vault fits any."""
    if not has_rows(cr):
        return True
    cr.execute(
        "SELECT token, sealed FROM phone_vault WHERE substring(sealed FROM 2 FOR 4) = ANY(%s) LIMIT %s",
        [list(keyring.seal), TRIED],
    )
    for token, sealed in cr.fetchall():
        with suppress(SealError):
            text = seal.open_sealed(keyring.seal, token, bytes(sealed))
            if seal.token(keyring.token, text) == token:
                return True
    return False


def count_by_key(cr):
    """Return {key id (4 bytes): how many vault rows it seals}."""
    cr.execute("SELECT substring(sealed FROM 2 FOR 4), count(*) FROM phone_vault GROUP BY 1")
    return {bytes(key_id): count for key_id, count in cr.fetchall()}


def reseal(cr, keyring, limit):
    """Seal up to `limit` rows anew that another key than the primary one seals; return how many.

    Rows that a running transaction holds are left for the next call, except when nothing else is left.

    :raises SealError: if a row does not open; none of the batch is changed then
    """
    query = "SELECT id, token, sealed FROM phone_vault WHERE substring(sealed FROM 2 FOR 4) <> %s ORDER BY id LIMIT %s"
    for locking in (" FOR NO KEY UPDATE SKIP LOCKED", " FOR NO KEY UPDATE"):
        cr.execute(query + locking, [keyring.primary, limit])
        if rows := cr.fetchall():
            break
    else:
        return 0
    resealed = []
    for row_id, token, sealed in rows:
        text = seal.open_sealed(keyring.seal, token, bytes(sealed))
        resealed.append((row_id, seal.seal(keyring.primary, keyring.seal[keyring.primary], token, text)))
    cr.execute(
        SQL(
            "UPDATE phone_vault v SET sealed = r.sealed FROM (VALUES %s) r (id, sealed) WHERE v.id = r.id",
            SQL(", ").join(resealed),
        )
    )
    return len(resealed)


def forbid_key(cr, key_id):
    """Have PostgreSQL check that no row is sealed by `key_id` and refuse every later one.

    Whoever still has the keyring of before the change, and seals with it, is told so.

    :raises SealError: if a row still needs the key
    :raises VaultInUseError: if somebody has read in the table for some seconds, such as a backup
    """
    name = SQL.identifier(f"{RETIRED}{key_id.hex()}")
    try:
        with cr.savepoint(flush=False):
            # Whoever wants to read a number queues behind us: a backup must not keep the whole shop waiting.
            cr.execute(SQL("SET LOCAL lock_timeout = %s", PATIENCE))
            cr.execute(SQL("ALTER TABLE phone_vault DROP CONSTRAINT IF EXISTS %s", name), log_exceptions=False)
            cr.execute(
                SQL(
                    "ALTER TABLE phone_vault ADD CONSTRAINT %s CHECK (substring(sealed FROM 2 FOR 4) <> %s::bytea)",
                    name,
                    "\\x" + key_id.hex(),
                ),
                log_exceptions=False,
            )
    except LockNotAvailable as error:
        raise VaultInUseError(
            _lt("Somebody is reading in the vault, perhaps a backup: nothing was changed, try again later.")
        ) from error
    except CheckViolation as error:
        raise SealError(_lt("Some numbers are still sealed with this key.")) from error
