import logging

from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL, sql

from .tools import archive, guard, migrate, takeover, uninstall, vault
from .tools.errors import ConsentNotifyError
from .tools.keyring_provider import FINGERPRINT, beside_keyring, load_keyring
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
EMPTIED = (("base_import_import", "file"), ("res_users_identitycheck", "request"))

# What the log of consents is written from: nobody adds to it while an uninstall does.
LOG = ("consent_anchor", "consent_event", "consent_event_pending")


def pre_init_hook(env):
    """Seal what the database already holds, in this transaction: killed at any moment, nothing has happened."""
    cr = env.cr
    cr.execute(vault.TABLE)
    ring = _or_user_error(env, load_keyring, cr)
    region = env.company.country_id.code
    touched = takeover.seal_tables(cr, ring, _plain_columns(env), region)
    for table, column in EMPTIED:
        if sql.column_exists(cr, table, column):
            cr.execute(SQL("UPDATE %s SET %s = NULL", SQL.identifier(table), SQL.identifier(column)))
            touched.add(table)
    if takeover.seal_schedules(cr, ring, region):
        touched.add("mail_message_schedule")
    touched |= takeover.blank_reports(cr)
    env.invalidate_all()
    # The vault too: until PostgreSQL knows how many rows it has, it finds a number by reading all of them.
    takeover.forget_old_rows(cr, touched | {"phone_vault"})


def post_init_hook(env):
    """Bind every sealed column to the vault, let no company text anyone yet, and make the installer a manager."""
    env["phone.vault"]._bind_columns_sudo()
    # Odoo's service is the core's default, which nobody chose: until somebody does, texts stay in the shop.
    env["res.company"].search([("sms_provider", "in", ("iap", False))]).sms_provider = "sandbox"
    env["consent.event"]._take_over_sudo()
    # Not in the data of the groups: each update would give the rights back to whom a shop has taken them from.
    if request and request.session.uid:
        installer = env["res.users"].browse(request.session.uid)
    else:
        installer = env.ref("base.user_admin", raise_if_not_found=False) or env["res.users"]
    env.ref("consent_notify.group_manager").user_ids += installer | env.ref("base.user_root")
    # Columns were sealed; what people wrote elsewhere nobody can tell from other texts without a person's eye.
    _logger.info(
        "Numbers in notes, filters, default values, files and old logs are as they were: `odoo consent scan -d %s`"
        " tells where they stand.",
        env.cr.dbname,
    )


def uninstall_hook(env):
    """Give the numbers back in plain text; refuse if any cannot be opened, since dropping the vault would lose it.

    Refuse also whoever came here without the command: by the state of the module, or by the core's own command.
    """
    if not (permit := uninstall.get_permit()):
        raise UserError(env._(uninstall.REFUSAL, database=env.cr.dbname))
    ring = env["phone.vault"]._keyring()
    tables = {}
    for table, column in env["phone.vault"]._sealed_columns():
        tables.setdefault(table, []).append(column)
    # In the order in which whoever answers takes them: first the contact, then the log.
    takeover.make_writers_wait(env.cr, tables)
    takeover.make_writers_wait(env.cr, LOG)
    _keep_log(env, ring, permit)
    permit.texts = _cancel_waiting_sudo(env)
    env.flush_all()
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
    env.cr.execute("SELECT count(*) FROM phone_vault")
    [permit.numbers] = env.cr.fetchone()
    env.cr.execute(SQL("TRUNCATE phone_vault"))
    # The tables of the consents go with their models; what guards them is ours to take down.
    guard.drop_guards(env.cr)
    env.invalidate_all()
    env.cr.cache.pop("consent_notify_vault", None)
    takeover.forget_old_rows(env.cr, tables)


def _keep_log(env, ring, permit):
    """Write the log of consents beside the keyring: answers stay provable, and refusals known, without the addon.

    :raises UserError: if it cannot be written, or would not hold every event under a signature
    """
    is_whole = not archive.has_unseen(env.cr)
    while is_whole and env["consent.anchor"]._anchor_sudo():
        pass  # batch after batch, until every event is under a signature
    pending_sudo = env["consent.event.pending"].sudo()  # sudo: nobody has rights on what waits for its anchor
    if not is_whole or pending_sudo.search_count([("is_refused", "!=", True)], limit=1):
        raise UserError(
            env._("Answers came in meanwhile, or wait for their anchor: nothing was changed, run it again in a minute.")
        )
    permit.log = permit.log or beside_keyring(archive.folder_name(env.cr))
    try:
        permit.events = archive.write(env.cr, permit.log, ring)
    except ConsentNotifyError as error:
        raise UserError(str(error)) from error


def _cancel_waiting_sudo(env):
    """Cancel the texts that wait: without the gate the core would send them unasked. Return how many."""
    texts = env["sms.sms"].sudo()
    waiting = texts.search([("state", "in", ("outgoing", "process")), ("to_delete", "!=", True)])
    waiting.action_set_canceled()
    later = env["mail.message.schedule"].sudo()
    later = later.search(["|", ("mail_message_id.message_type", "=", "sms"), ("sms_parameters", "!=", False)])
    count = len(waiting) + len(later)
    later.unlink()
    return count


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


def _or_user_error(env, function, *args):
    try:
        return function(*args)
    except ConsentNotifyError as error:
        raise UserError(env._("The phone numbers were left as they are. %(why)s", why=env._(str(error)))) from None
