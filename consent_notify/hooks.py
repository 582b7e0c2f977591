import logging

import psycopg2

from odoo.exceptions import UserError
from odoo.http import request
from odoo.sql_db import db_connect
from odoo.tools import SQL, sql

from .tools import migrate, vault
from .tools.errors import ConsentNotifyError
from .tools.keyring_provider import FINGERPRINT, load_keyring
from .tools.progress import Progress

_logger = logging.getLogger(__name__)

# What the apps we depend on keep numbers in; other models of the phone mixin are found in the registry.
COLUMNS = (
    ("res_partner", "phone"),
    ("res_partner", "phone_sanitized"),
    ("phone_blacklist", "number"),
    ("sms_sms", "number"),
    ("mail_notification", "sms_number"),
    ("payment_transaction", "partner_phone"),
    ("sms_composer", "recipient_single_number_itf"),
    ("sms_composer", "numbers"),
)
# Rows of wizards that nobody will open again, and of uploads: emptied rather than sealed.
EMPTIED = (("base_import_import", "file"),)


def pre_init_hook(env):
    """Seal what the database already holds, in this transaction: killed at any moment, nothing has happened."""
    cr = env.cr
    cr.execute(vault.TABLE)
    ring = _or_user_error(env, load_keyring, cr)
    region = env.company.country_id.code
    tables = _plain_columns(env)
    _make_writers_wait(cr, tables)
    drop_spelling_indexes(cr)
    touched = set()
    for table, columns in tables.items():
        with Progress(f"Sealed %s rows of {table}") as progress:
            if migrate.seal_table(cr, ring, table, columns, region, progress):
                touched.add(table)
    for table, column in EMPTIED:
        if sql.column_exists(cr, table, column):
            cr.execute(SQL("UPDATE %s SET %s = NULL", SQL.identifier(table), SQL.identifier(column)))
            touched.add(table)
    _blank_tracked_numbers(cr)
    env.invalidate_all()
    # The vault too: until PostgreSQL knows how many rows it has, it finds a number by reading all of them.
    cr.postcommit.add(lambda: _forget_old_rows(cr.dbname, sorted(touched | {"mail_tracking_value", "phone_vault"})))


def post_init_hook(env):
    """Bind every sealed column to the vault, let no company text anyone yet, and make the installer a manager."""
    env["phone.vault"]._bind_columns_sudo()
    # Odoo's service is the core's default, which nobody chose: until somebody does, texts stay in the shop.
    env["res.company"].search([("sms_provider", "in", ("iap", False))]).sms_provider = "sandbox"
    # Not in the data of the groups: each update would give the rights back to whom a shop has taken them from.
    if request and request.session.uid:
        installer = env["res.users"].browse(request.session.uid)
    else:
        installer = env.ref("base.user_admin", raise_if_not_found=False) or env["res.users"]
    env.ref("consent_notify.group_manager").sudo().user_ids += installer | env.ref("base.user_root")


def uninstall_hook(env):
    """Give the numbers back in plain text; refuse if any cannot be opened, since dropping the vault would lose it."""
    ring = env["phone.vault"]._keyring()
    env.flush_all()
    tables = {}
    for table, column in env["phone.vault"]._sealed_columns():
        tables.setdefault(table, []).append(column)
    _make_writers_wait(env.cr, tables)
    for table, columns in tables.items():
        with Progress(f"Gave back %s rows of {table}") as progress:
            _or_user_error(env, migrate.unseal_table, env.cr, ring, table, columns, progress)
    env.cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [FINGERPRINT])
    # The rest of this uninstall reads and writes plain columns; the registry is built anew at its end.
    for model in env.registry.values():
        for field in model._fields.values():
            if field.sealed:
                field.sealed = False
    for name in env.registry:
        if env[name]._table in tables and hasattr(env[name], "_phone_get_number_fields"):
            env[name].init()  # the core's indexes over spellings, which its search goes by
    env.cr.execute(SQL("TRUNCATE phone_vault"))
    # The tables of the consents go with their models; what guards them is ours to take down.
    env.cr.execute("DROP FUNCTION IF EXISTS consent_notify_append_only() CASCADE")
    env.invalidate_all()
    env.cr.cache.pop("consent_notify_vault", None)
    dbname = env.cr.dbname
    env.cr.postcommit.add(lambda: _forget_old_rows(dbname, sorted(tables)))


def _plain_columns(env):
    """Return {table: [columns]} that the database keeps numbers in, without the addon's own fields."""
    columns = dict.fromkeys(COLUMNS)
    for name in env.registry:
        model = env[name]
        if model._auto and not model._abstract and "phone_sanitized" in model._fields:
            columns[model._table, "phone_sanitized"] = None
    tables = {}
    for table, column in columns:
        if sql.column_exists(env.cr, table, column):
            tables.setdefault(table, []).append(column)
    return tables


def _make_writers_wait(cr, tables):
    """Lock tables until the transaction ends: what somebody wrote meanwhile would be left as it is. Readers go on."""
    cr.execute(SQL("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", SQL(", ").join(map(SQL.identifier, sorted(tables)))))


def _or_user_error(env, function, *args):
    try:
        return function(*args)
    except ConsentNotifyError as error:
        raise UserError(env._("The phone numbers were left as they are. %(why)s", why=env._(str(error)))) from error


def _blank_tracked_numbers(cr):
    """Chatter kept old and new numbers in plain text: keep the fact of the change, not the numbers."""
    cr.execute(
        SQL(
            "UPDATE mail_tracking_value v SET old_value_char = CASE WHEN old_value_char > '' THEN '•••' END,"
            " new_value_char = CASE WHEN new_value_char > '' THEN '•••' END"
            " FROM ir_model_fields f WHERE f.id = v.field_id AND (f.model, f.name) IN %s",
            (("res.partner", "phone"), ("phone.blacklist", "number")),
        )
    )


def drop_spelling_indexes(cr):
    """The core's indexes over the text of `res_partner.phone` would keep old spellings and serve no search."""
    cr.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND tablename = 'res_partner'"
        " AND indexname IN ('res_partner_phone_partial_tgm', 'res_partner_phone_partial_gin_idx')"
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))


def _forget_old_rows(dbname, tables):
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
