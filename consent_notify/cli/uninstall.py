"""`odoo consent uninstall`: the one way to uninstall, since it is an export of every number."""
# pylint: disable=print-used

import logging
import sys
from contextlib import suppress

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.exceptions import UserError
from odoo.modules.loading import reset_modules_state
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tools import sql

from ..tools import archive, uninstall
from ..tools.errors import ConsentNotifyError
from ..tools.keyring_provider import beside_keyring
from .shared import open_cursor

_logger = logging.getLogger(__name__)

LOCK = 0x756E696E  # "unin", of the advisory lock that an uninstall holds to its end, however it comes


def uninstall_addon(database, count, yes):
    """Uninstall the addon, and the glue addons with it, from a database whose vault holds `count` numbers.

    :param bool yes: do not ask
    :raises ConsentNotifyError: if it was not confirmed, or could not be done; nothing is changed then
    """
    if not yes:
        _confirm(database, count)
    with open_cursor(database) as alone:
        alone.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_alone = alone.fetchone()[0]
        # The session holds it: a transaction that did would stand idle for as long, and PostgreSQL may end such ones.
        alone.commit()
        if not is_alone:
            raise ConsentNotifyError("The addon is being uninstalled at this moment: wait for the end of it.")
        try:
            _forget_killed(database)
            _uninstall(database, count)
        finally:
            alone.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return 0


def _forget_killed(database):
    """Take back what an uninstall that was killed has asked for: Odoo runs no job and changes no app until then.

    What it kept of the log goes too: the log still stands in the database, and nobody would know of that copy.
    """
    with open_cursor(database) as cr:
        archive.forget_unfinished(cr, beside_keyring)
        cr.execute("SELECT 1 FROM ir_module_module WHERE name = 'consent_notify' AND state = 'to remove'")
        was_killed = cr.fetchone()
    if was_killed:
        reset_modules_state(database)


def _uninstall(database, count):
    who, record = uninstall.whoever(), beside_keyring("uninstall.log")
    # Before the first number is written: an export that is killed at the end has happened all the same.
    uninstall.note(record, f"{database}: {who} begins to write {count} numbers back in plain text")
    with open_cursor(database) as cr:
        log = beside_keyring(archive.folder_name(cr))
    try:
        with uninstall.permitted(log) as done, Registry.new(database).cursor() as cr:
            modules = Environment(cr, SUPERUSER_ID, {})["ir.module.module"]
            modules.search([("name", "=", "consent_notify")]).button_immediate_uninstall()
    except BaseException as error:
        is_sealed = _is_there(database, "phone_vault")  # the numbers are committed some way before the end
        uninstall.note(
            record, f"{database}: it failed, " + ("nothing was changed" if is_sealed else "numbers are plain")
        )
        if _is_there(database, "consent_event"):
            with suppress(ConsentNotifyError), open_cursor(database) as cr:
                archive.forget_unfinished(cr, beside_keyring)  # else the next uninstall tells
        else:
            print(f"The log of consents was kept in {log}.", file=sys.stderr)
        if isinstance(error, UserError):
            raise ConsentNotifyError(str(error)) from error
        raise
    told = f"wrote {done.numbers} numbers back in plain text and cancelled {done.texts} texts that waited"
    uninstall.note(record, f"{database}: {who} {told}; the log of consents ({done.events} events) is in {done.log}")
    _logger.warning("The addon was uninstalled: %s %s.", who, told)
    print(f"Uninstalled: {done.numbers} numbers stand in plain text again, {done.texts} waiting texts were cancelled.")
    print("Companies in the sandbox text nobody until a provider is set up. Nobody asks for consent any more.")
    print(f"The log of consents, {done.events} events, is kept in {done.log}; python3 -I check_log.py there checks it.")
    print("Keep it with the keyring for as long as you may have to prove an answer, and respect the refusals in it.")
    print("Keep the keyring as long as backups that were made with it. Restart Odoo.")


def _is_there(database, table):
    with db_connect(database).cursor() as cr:
        return sql.table_exists(cr, table)


def _confirm(database, count):
    print(
        f"All {count} numbers of the database {database} will stand in plain text again; the access log and the history"
        " of updates go with the addon, and so do the consents: their log is kept beside the keyring.\n"
        "Type the name of the database to go on: ",
        end="",
        flush=True,
    )
    if sys.stdin.readline().strip() != database:
        raise ConsentNotifyError("That is not the name of the database: nothing was changed.")
