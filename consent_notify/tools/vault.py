"""The vault as a table: rows made, inserted and opened with a cursor and a keyring, before any model exists."""

from functools import lru_cache
from itertools import zip_longest

from odoo.tools import SQL, make_identifier, split_every

from . import phone, seal

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
    return _suffix(keyring.suffix, digits)


@lru_cache(10_000)  # there are no more, and an installation asks a million times
def _suffix(key, digits):
    return seal.mac(key, digits).hex()[:16]


def code(keyring, text, e164=None):
    """Return the code of a number's handle: of the number if it is one, else of the text."""
    return seal.code(keyring.mac, e164 or text)


def make_rows(keyring, texts, tokens=()):
    """Return the vault rows of {text: region}, in its order: (token, number_digest, suffix, code, region, sealed).

    :param tokens: of the texts, in their order, where the caller has them
    """
    shared = {}
    rows = []
    for token, (text, region) in zip_longest(tokens, texts.items()):
        e164, own_region = phone.describe(text, region)
        # A contact's two columns are spellings of one number: what names the number is hashed once.
        if (marks := shared.get(e164)) is None:
            digits = phone.last_four(e164 or text)
            marks = (
                digest(keyring, e164) if e164 else None,
                suffix(keyring, digits) if digits else None,
                code(keyring, text, e164),
            )
            if e164:
                shared[e164] = marks
        token = token or seal.token(keyring.token, text)
        sealed = seal.seal(keyring.primary, keyring.seal[keyring.primary], token, text)
        rows.append((token, *marks, own_region, sealed))
    return rows


def array(values):
    """Return texts, numbers and None as PostgreSQL writes an array: it reads one such text faster than many values."""
    values = list(values)
    try:
        # Texts without a quote are the rule, and need no look at each.
        joined = '","'.join(values)
    except TypeError:  # a number or None among them
        return "{" + ",".join(map(_element, values)) + "}"
    if not values or "\\" in joined or joined.count('"') != 2 * len(values) - 2:
        return "{" + ",".join(map(_element, values)) + "}"
    return '{"' + joined + '"}'


def _element(value):
    if value is None:
        return "NULL"
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def insert_rows(cr, rows):
    """Insert vault rows that are not there yet and return how many were not.

    Sorted: two transactions wait for each other, never for a ring.
    """
    inserted = 0
    for batch in split_every(BATCH, sorted(rows)):
        *columns, sealed = zip(*batch, strict=True)
        cr.execute(
            "INSERT INTO phone_vault (token, number_digest, suffix, code, region, sealed)"
            " SELECT token, number_digest, suffix, code, region, decode(sealed, 'hex')"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
            " v (token, number_digest, suffix, code, region, sealed)"
            " ON CONFLICT (token) DO NOTHING",
            [*map(array, columns), array(map(bytes.hex, sealed))],
        )
        inserted += cr.rowcount
    return inserted


def read_rows(cr, tokens):
    """Return [(token, sealed in hexadecimal, code, region)] of those `tokens` that stand in the vault, in one query."""
    named = ",".join(tokens)
    # A text that is no token (a column not bound yet) is quoted; thousands of tokens need no look at each.
    bare = named.isascii() and named.replace("_", "").replace(",", "").isalnum()
    cr.execute(
        # As text: psycopg2 takes several times as long over bytea.
        "SELECT token, encode(sealed, 'hex'), code, region FROM phone_vault WHERE token = ANY(%s::varchar[])",
        ["{" + named + "}" if bare else array(tokens)],
    )
    return cr.fetchall()


def open_tokens(cr, keyring, tokens):
    """Open those `tokens` that stand in the vault, in one query.

    :return: {token: text} and {text: (code, region)}
    :raises SealError: if a row does not open
    """
    rows = read_rows(cr, tokens)
    if not rows:
        return {}, {}
    # Column by column, in C: thousands are opened at once.
    found, sealed, codes, regions = zip(*rows, strict=True)
    texts = seal.open_all(keyring.seal, zip(found, sealed, strict=True))
    known = zip(codes, regions, strict=True)
    return dict(zip(found, texts, strict=True)), dict(zip(texts, known, strict=True))


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


def release_column(cr, table, column):
    """Drop the foreign key of a column that is to hold plain text again."""
    cr.execute(
        SQL(
            "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
            SQL.identifier(table),
            SQL.identifier(key_name(table, column)),
        )
    )
