"""Whole tables sealed and given back: each row is written once, whatever the number of its columns.

Python seals one batch while PostgreSQL writes the one before, so that both cores work; memory does not grow with the
table. All of it happens in the caller's transaction.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from psycopg2.errors import CheckViolation

from odoo.tools import SQL, sql

from . import phone, seal, vault
from .errors import SealError, _lt

BATCH = 2000
TOKEN = "^pn_[a-z2-7]{26}$"


def seal_table(cr, keyring, table, columns, region=None, progress=None):
    """Seal what stands in `columns` of a table in plain text; return how many rows were changed.

    :param region: two-letter country of numbers written without a prefix, where the row names none
    :param progress: called with (rows done, rows in all) after every batch
    """

    def compute(rows):
        # The first country stays with a text: its digits without a prefix may be another number elsewhere.
        texts, cleaned = {}, {}
        for _id, country, *values in rows:
            for value in values:
                if value and value not in cleaned and not seal.is_token(value):
                    cleaned[value] = text = phone.clean(value)
                    if text:
                        texts.setdefault(text, country)
        sealed = vault.make_rows(keyring, texts)
        tokens = {text: row[0] for text, row in zip(texts, sealed, strict=True)}
        written = {value: tokens.get(text) for value, text in cleaned.items()}
        # What is in none of them is empty, or a token of a column that was sealed before.
        return sealed, [(row[0], *[written.get(value, value or None) for value in row[2:]]) for row in rows]

    def write(batch):
        sealed, rows = batch
        vault.insert_rows(cr, sealed)
        _update(cr, table, columns, rows)

    country, source = SQL("%s", region), SQL("%s t", SQL.identifier(table))
    if sql.column_exists(cr, table, "country_id"):
        country = SQL("COALESCE(c.code, %s)", region)
        source = SQL("%s LEFT JOIN res_country c ON c.id = t.country_id", source)
    plain = SQL(" OR ").join(SQL("t.%(c)s !~ %(token)s", c=SQL.identifier(c), token=TOKEN) for c in columns)
    return _rewrite(cr, columns, country, source, plain, lambda rows: rows, compute, write, progress)


def unseal_table(cr, keyring, table, columns, progress=None):
    """Write the numbers of a table back in plain text and drop its foreign keys; return how many rows were changed.

    :raises SealError: if any row cannot be opened; nothing may be committed then
    """
    for column in columns:
        vault.release_column(cr, table, column)

    def read(rows):
        tokens = {value for row in rows for value in row[2:] if seal.is_token(value)}
        found = vault.read_rows(cr, tokens)
        if len(found) < len(tokens):
            raise SealError(_lt("A token has no row in the vault: nothing was changed."))
        return rows, found

    def compute(batch):
        rows, found = batch
        pairs = [row[:2] for row in found]
        texts = dict(zip((token for token, _sealed in pairs), seal.open_all(keyring.seal, pairs), strict=True))
        return [(row_id, *(texts.get(value, value) for value in values)) for row_id, _country, *values in rows]

    sealed = SQL(" OR ").join(SQL("COALESCE(%s ~ %s, FALSE)", SQL.identifier(c), TOKEN) for c in columns)
    source = SQL("%s t", SQL.identifier(table))
    write = partial(_update, cr, table, columns)
    changed = _rewrite(cr, columns, SQL("NULL"), source, sealed, read, compute, write, progress)
    _refuse_left_tokens(cr, table, sealed)
    return changed


def _refuse_left_tokens(cr, table, sealed):
    """Look for tokens once more, now also in rows that others committed since this transaction began.

    This transaction cannot see those, and their numbers would go with the vault; a constraint that is added sees all.
    """
    table, name = SQL.identifier(table), SQL.identifier("consent_notify_no_token")
    try:
        with cr.savepoint(flush=False):
            cr.execute(
                SQL("ALTER TABLE %s ADD CONSTRAINT %s CHECK (NOT (%s))", table, name, sealed), log_exceptions=False
            )
    except CheckViolation as error:
        raise SealError(
            _lt("A number was written meanwhile: nothing was changed, try again when nobody works.")
        ) from error
    cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", table, name))


def _rewrite(cr, columns, country, source, condition, read, compute, write, progress):
    """Take the rows of `source` that meet `condition` through read → compute → write; return how many there were."""
    total = 0
    if progress:
        cr.execute(SQL("SELECT count(*) FROM %s WHERE %s", source, condition))
        [total] = cr.fetchone()
    names = SQL(", ").join(SQL("t.%s", SQL.identifier(column)) for column in columns)
    # By id: a batch is then one stretch of the primary key, which its UPDATE finds without reading the whole table.
    cr.execute(
        SQL(
            "DECLARE consent_notify_rows NO SCROLL CURSOR FOR SELECT t.id, %s, %s FROM %s WHERE %s ORDER BY t.id",
            country,
            names,
            source,
            condition,
        )
    )

    def fetch():
        cr.execute(SQL("FETCH %s FROM consent_notify_rows", BATCH))
        rows = cr.fetchall()
        return len(rows), rows and read(rows)

    def write_and_fetch(batch):
        write(batch)
        return fetch()

    done = 0
    # One thread talks to PostgreSQL at any time: this one waits whenever the other could be using the cursor.
    with ThreadPoolExecutor(1) as other:
        count, rows = fetch()
        following = other.submit(fetch)
        while count:
            batch = compute(rows)
            next_count, next_rows = following.result()
            following = other.submit(write_and_fetch, batch)
            done += count
            if progress:
                progress(done, total)
            count, rows = next_count, next_rows
        following.result()
    cr.execute("CLOSE consent_notify_rows")
    return done


def _update(cr, table, columns, rows):
    """Write rows of (id, value, …), which come in the order of their ids."""
    values = SQL(", ").join(
        [SQL("%s::int[]", vault.array(row[0] for row in rows))]
        + [SQL("%s::varchar[]", vault.array(row[place] for row in rows)) for place in range(1, len(columns) + 1)]
    )
    names = [SQL.identifier(column) for column in columns]
    cr.execute(
        SQL(
            "UPDATE %(table)s t SET %(changes)s FROM unnest(%(values)s) v (id, %(names)s)"
            " WHERE t.id = v.id AND t.id BETWEEN %(first)s AND %(last)s",
            table=SQL.identifier(table),
            changes=SQL(", ").join(SQL("%(name)s = v.%(name)s", name=name) for name in names),
            values=values,
            names=SQL(", ").join(names),
            first=rows[0][0],
            last=rows[-1][0],
        )
    )
