"""Tables of a shop that is already there: sealed, and the numbers forgotten that the database keeps elsewhere of them.

The same for what stands there at the installation and for a column that a later addon seals.
"""

import json
import logging

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import SQL, make_identifier

from . import migrate, phone, vault
from .progress import Progress

_logger = logging.getLogger(__name__)

SCHEDULED = ("sms_numbers", "sms_pid_to_number")


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


def split_numbers(raw):
    """Return the parameters of a scheduled message (JSON) without its numbers, and the numbers (JSON or None)."""
    parameters = json.loads(raw or "{}")
    numbers = {key: parameters.pop(key) for key in SCHEDULED if parameters.get(key)}
    return json.dumps(parameters), json.dumps(numbers) if numbers else None


def seal_schedules(cr, keyring, region):
    """Move the numbers of messages that wait for their hour into our sealed column; return how many had any."""
    cr.execute("ALTER TABLE mail_message_schedule ADD COLUMN IF NOT EXISTS sms_parameters varchar")
    cr.execute(
        "SELECT id, notification_parameters FROM mail_message_schedule"
        " WHERE notification_parameters ~ 'sms_(numbers|pid_to_number)'"
    )
    found = [(row_id, *split_numbers(raw)) for row_id, raw in cr.fetchall()]
    texts = {numbers: region for _id, _parameters, numbers in found if numbers}
    rows = vault.make_rows(keyring, texts)
    vault.insert_rows(cr, rows)
    tokens = {text: row[0] for text, row in zip(texts, rows, strict=True)}
    for row_id, parameters, numbers in found:
        cr.execute(
            "UPDATE mail_message_schedule SET notification_parameters = %s, sms_parameters = %s WHERE id = %s",
            [parameters, tokens.get(numbers), row_id],
        )
    return len(found)


def blank_reports(cr):
    """Blank what providers said of a number, and remove log lines with one; return the tables that held any."""
    touched = set()
    for table, statement in (
        (
            "mail_notification",
            "UPDATE mail_notification SET failure_reason = NULL"
            " WHERE notification_type = 'sms' AND failure_reason ~ %s",
        ),
        ("ir_logging", "DELETE FROM ir_logging WHERE message ~ %s"),
    ):
        cr.execute(statement, [phone.DIALLED])
        if cr.rowcount:
            touched.add(table)
    return touched


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
