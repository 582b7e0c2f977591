"""Tables of a shop that is already there: sealed, and the numbers forgotten that the database keeps elsewhere of them.

The same for what stands there at the installation and for a column that a later addon seals.
"""

import logging

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import SQL, make_identifier

from . import migrate
from .progress import Progress

_logger = logging.getLogger(__name__)


def seal_tables(cr, keyring, tables, region):
    """Seal {table: [columns]} in the transaction of `cr`; return the tables that held plain numbers.

    :param region: two-letter country of numbers written without a prefix, where the row names none
    """
    make_writers_wait(cr, tables)
    drop_spelling_indexes(cr, tables)
    touched = set()
    for table, columns in tables.items():
        with Progress(f"Sealed %s rows of {table}") as progress:
            if migrate.seal_table(cr, keyring, table, columns, region, progress):
                touched.add(table)
    if blank_tracked_numbers(cr, tables):
        touched.add("mail_tracking_value")
    return touched


def make_writers_wait(cr, tables):
    """Lock tables until the transaction ends: what somebody wrote meanwhile would be left as it is. Readers go on."""
    cr.execute(SQL("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", SQL(", ").join(map(SQL.identifier, sorted(tables)))))


def drop_spelling_indexes(cr, tables):
    """Drop the core's indexes over the texts of these columns: they would keep old spellings and serve no search."""
    names = [
        make_identifier(f"{table}_{column}_partial_{kind}")
        for table, columns in tables.items()
        for column in columns
        for kind in ("tgm", "gin_idx")
    ]
    cr.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND indexname = ANY(%s)",
        [names],
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))


def blank_tracked_numbers(cr, tables):
    """Blank the old and new numbers that chatter kept in plain text of these columns: the fact of the change stays."""
    columns = tuple((table, column) for table, names in tables.items() for column in names)
    cr.execute(
        SQL(
            "UPDATE mail_tracking_value v SET old_value_char = CASE WHEN old_value_char > '' THEN '•••' END,"
            " new_value_char = CASE WHEN new_value_char > '' THEN '•••' END"
            " FROM ir_model_fields f WHERE f.id = v.field_id AND (replace(f.model, '.', '_'), f.name) IN %s",
            columns,
        )
    )
    return cr.rowcount


def forget_old_rows(cr, tables):
    """Have these tables rewritten once the transaction of `cr` is committed, if there are any."""
    if tables:
        dbname = cr.dbname
        cr.postcommit.add(lambda: _rewrite(dbname, sorted(tables)))


def _rewrite(dbname, tables):
    """Rewrite the tables: dead rows and statistics still hold the old numbers. Outside any transaction."""
    with db_connect(dbname).cursor() as cr:
        connection = cr._cnx
        cr.commit()  # pylint: disable=invalid-commit
        connection.autocommit = True
        try:
            for table in tables:
                cr.execute(SQL("VACUUM (FULL, ANALYZE) %s", SQL.identifier(table)))
            # ANALYZE leaves its former rows, most common values and all, as dead ones.
            cr.execute("VACUUM (FULL) pg_statistic")
        except psycopg2.Error:
            _logger.warning("Could not rewrite the tables: run VACUUM FULL ANALYZE to forget the old numbers.")
        finally:
            connection.autocommit = False
