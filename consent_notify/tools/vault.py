"""The vault as a table: rows made, inserted and opened with a cursor and a keyring, before any model exists."""

from psycopg2.errors import CheckViolation

from odoo.tools import SQL, make_identifier, split_every

from . import phone, seal
from .errors import SealError, _lt

TABLE = """
    CREATE TABLE IF NOT EXISTS phone_vault (
        id serial PRIMARY KEY,
        token varchar NOT NULL,
        number_digest varchar,
        suffix varchar,
        code varchar NOT NULL,
        region varchar,
        sealed bytea NOT NULL,
        create_date timestamp DEFAULT (now() AT TIME ZONE 'UTC')
    );
    CREATE UNIQUE INDEX IF NOT EXISTS phone_vault_token_key ON phone_vault (token);
"""
BATCH = 5000


def digest(keyring, e164):
    """Return the keyed hash (64 hexadecimal characters) that stands for a number however it is written."""
    return seal.mac(keyring.digest, e164).hex()


def suffix(keyring, digits):
    """Return the keyed hash (16 hexadecimal characters) of a number's last four digits."""
    return seal.mac(keyring.suffix, digits).hex()[:16]


def code(keyring, text, e164=None):
    """Return the code of a number's handle: of the number if it is one, else of the text."""
    return seal.code(keyring.mac, e164 or text)


def make_row(keyring, text, region=None):
    """Return the vault row of `text`: (token, number_digest, suffix, code, region, sealed)."""
    token = seal.token(keyring.token, text)
    e164, own_region = phone.describe(text, region)
    digits = phone.last_four(e164 or text)
    return (
        token,
        digest(keyring, e164) if e164 else None,
        suffix(keyring, digits) if digits else None,
        code(keyring, text, e164),
        own_region,
        seal.seal(keyring.primary, keyring.seal[keyring.primary], token, text),
    )


def insert_rows(cr, rows):
    """Insert vault rows that are not there yet. Sorted: two transactions wait for each other, never for a ring."""
    for batch in split_every(BATCH, sorted(rows)):
        cr.execute(
            SQL(
                "INSERT INTO phone_vault (token, number_digest, suffix, code, region, sealed)"
                " VALUES %s ON CONFLICT (token) DO NOTHING",
                SQL(", ").join(batch),
            )
        )


def open_tokens(cr, keyring, tokens):
    """Return {token: (text, code, region)} of those `tokens` that stand in the vault, in one query.

    :raises SealError: if a row does not open
    """
    cr.execute("SELECT token, code, region, sealed FROM phone_vault WHERE token = ANY(%s)", [list(tokens)])
    return {
        token: (seal.open_sealed(keyring.seal, token, bytes(sealed)), code, region)
        for token, code, region, sealed in cr.fetchall()
    }


def key_name(table, column):
    """Return the name of the foreign key that binds a sealed column."""
    return make_identifier(f"{table}_{column}_vault_fkey")


def bind_column(cr, table, column):
    """Add the foreign key: from now on PostgreSQL itself refuses plain text in the column."""
    cr.execute(
        SQL(
            "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES phone_vault (token)",
            SQL.identifier(table),
            SQL.identifier(key_name(table, column)),
            SQL.identifier(column),
        )
    )


def seal_column(cr, keyring, table, column, region=None):
    """Seal what stands in a column in plain text; return the number of rows changed. Constant memory in Python."""
    names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
    cr.execute("CREATE TEMP TABLE IF NOT EXISTS phone_vault_map (text varchar, token varchar)")
    cr.execute("TRUNCATE phone_vault_map")
    source = SQL("SELECT t.%(column)s, %(region)s FROM %(table)s t", region=region, **names)
    if table == "res_partner":
        source = SQL(
            "SELECT t.%(column)s, COALESCE(c.code, %(region)s) FROM %(table)s t"
            " LEFT JOIN res_country c ON c.id = t.country_id",
            region=region,
            **names,
        )
    # DISTINCT: a number that stands in a thousand rows is sealed once.
    cr.execute(
        SQL(
            "DECLARE phone_vault_texts CURSOR FOR SELECT DISTINCT ON (text) text, region FROM (%s) s (text, region)"
            " WHERE text IS NOT NULL AND text !~ '^pn_[a-z2-7]{26}$'",
            source,
        )
    )
    while True:
        cr.execute(SQL("FETCH %s FROM phone_vault_texts", BATCH))
        texts = cr.fetchall()
        if not texts:
            break
        pairs = [(raw, phone.clean(raw), region) for raw, region in texts]
        rows = {text: make_row(keyring, text, region) for _raw, text, region in pairs if text}
        insert_rows(cr, list(rows.values()))
        mapped = [(raw, rows[text][0] if text else None) for raw, text, _region in pairs]
        cr.execute(SQL("INSERT INTO phone_vault_map VALUES %s", SQL(", ").join(mapped)))
    cr.execute("CLOSE phone_vault_texts")
    cr.execute(
        SQL("UPDATE %(table)s t SET %(column)s = m.token FROM phone_vault_map m WHERE t.%(column)s = m.text", **names)
    )
    changed = cr.rowcount
    cr.execute("DROP TABLE phone_vault_map")
    return changed


def unseal_column(cr, keyring, table, column):
    """Write the numbers back in plain text and drop the foreign key; return the number of rows changed.

    :raises SealError: if any row cannot be opened; nothing is changed then
    """
    names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
    cr.execute(
        SQL("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", names["table"], SQL.identifier(key_name(table, column)))
    )
    changed, last = 0, ""
    while True:
        cr.execute(
            SQL(
                "SELECT DISTINCT %(column)s FROM %(table)s WHERE %(column)s > %(last)s"
                " AND %(column)s ~ '^pn_[a-z2-7]{26}$' ORDER BY 1 LIMIT %(batch)s",
                last=last,
                batch=BATCH,
                **names,
            )
        )
        tokens = [token for (token,) in cr.fetchall()]
        if not tokens:
            return changed
        texts = open_tokens(cr, keyring, tokens)
        if len(texts) < len(tokens):
            raise SealError(_lt("A token has no row in the vault: nothing was changed."))
        rows = SQL(", ").join((token, text) for token, (text, _code, _region) in texts.items())
        cr.execute(
            SQL(
                "UPDATE %(table)s t SET %(column)s = v.text FROM (VALUES %(rows)s) v (token, text)"
                " WHERE t.%(column)s = v.token",
                rows=rows,
                **names,
            )
        )
        changed += cr.rowcount
        last = tokens[-1]


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
    for locking in (" FOR UPDATE SKIP LOCKED", " FOR UPDATE"):
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

    A transaction that loaded the keyring before the change may still seal with it: it fails loudly then, which
    the server retries with the new keyring.

    :raises SealError: if a row still needs the key
    """
    name = SQL.identifier(f"phone_vault_retired_{key_id.hex()}")
    cr.execute(SQL("ALTER TABLE phone_vault DROP CONSTRAINT IF EXISTS %s", name))
    try:
        with cr.savepoint(flush=False):
            cr.execute(
                SQL(
                    "ALTER TABLE phone_vault ADD CONSTRAINT %s CHECK (substring(sealed FROM 2 FOR 4) <> %s::bytea)",
                    name,
                    "\\x" + key_id.hex(),
                ),
                log_exceptions=False,
            )
    except CheckViolation as error:
        raise SealError("Some numbers are still sealed with this key.") from error
