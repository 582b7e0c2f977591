"""What the verbs of `odoo consent` share: a cursor on a database, and progress on a terminal."""
# pylint: disable=print-used

import sys
import time
from contextlib import closing

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import sql

from ..tools.errors import ConsentNotifyError


def open_cursor(name):
    """Return a cursor on the database `name`, to be closed by `with`."""
    try:
        return closing(db_connect(name).cursor())
    except psycopg2.OperationalError as error:
        raise ConsentNotifyError(
            f"The database {name} cannot be reached: check its name and the configuration that ODOO_RC names."
        ) from error


def assert_installed(name):
    """Refuse a database without the addon: it would take the shop's keyring for its own.

    :raises ConsentNotifyError: if it has no vault, or cannot be reached
    """
    with open_cursor(name) as cr:
        if not sql.table_exists(cr, "phone_vault"):
            raise ConsentNotifyError(f"The addon is not installed in the database {name}.")


class Progress:
    """Tells at most once a second how far something is, on a terminal only."""

    def __init__(self, total=0):
        self.total, self.told = total, time.monotonic()

    def __call__(self, what, done=0):
        if sys.stderr.isatty() and time.monotonic() - self.told >= 1:
            self.told = time.monotonic()
            share = f" ({100 * done // self.total} %)" if self.total else ""
            print(f"\r\x1b[K{what}{share}", end="", file=sys.stderr, flush=True)
