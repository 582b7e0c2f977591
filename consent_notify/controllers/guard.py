"""What every door over HTTP asks before it opens."""

import time

from odoo.exceptions import UserError
from odoo.http import request

IDENTITY_SECONDS = 10 * 60
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def assert_transport():
    """Refuse a connection that others could read; this machine itself excepted.

    :raises UserError: over plain HTTP
    """
    http_request = request.httprequest
    if not http_request.is_secure and http_request.host.rsplit(":", 1)[0].strip("[]") not in LOCAL_HOSTS:
        raise UserError(
            request.env._(
                "The connection is not encrypted, so what you ask for could be read on its way: open the shop by https."
            )
        )


def assert_identity():
    """Refuse a session whose password was last asked more than ten minutes ago.

    :raises UserError: then
    """
    if request.session.get("identity-check-last", 0) < time.time() - IDENTITY_SECONDS:
        raise UserError(
            request.env._("Your password was last asked more than ten minutes ago: close this and start again.")
        )
