"""What every door over HTTP asks before it opens."""

import time

from odoo.exceptions import UserError
from odoo.http import request

IDENTITY_SECONDS = 10 * 60
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def is_private():
    """Tell whether nobody on the way can read the connection: it is encrypted, or does not leave this machine."""
    http_request = request.httprequest
    return http_request.is_secure or host_name(http_request.host) in LOCAL_HOSTS


def host_name(host):
    """Return a request's host without its port; an address of version 6 may come bare (`::1`) or in brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def assert_transport():
    """Refuse a connection that others could read; this machine itself excepted.

    :raises UserError: over plain HTTP
    """
    if not is_private():
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
