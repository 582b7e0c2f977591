import time

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

IDENTITY_SECONDS = 10 * 60
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


class RecoveryKitController(http.Controller):
    @http.route("/consent_notify/recovery_kit", type="http", auth="user", methods=["POST"])
    def download(self, passphrase="", again="", **_post):
        """Stream the keyring under the passphrase; a refusal is JSON `{"message": …}` with status 422."""
        try:
            self._assert_transport()
            self._assert_identity()
            kit = request.env["consent.recovery.kit"]._export(passphrase, again)
        except (AccessError, UserError) as error:
            return request.make_json_response({"message": str(error)}, status=422)
        filename = f"consent-notify-{request.env.cr.dbname}.kit"
        return request.make_response(
            kit,
            headers=[
                ("Content-Type", "application/octet-stream"),
                ("Content-Disposition", content_disposition(filename)),
                ("Cache-Control", "no-store"),
            ],
        )

    def _assert_transport(self):
        http_request = request.httprequest
        if not http_request.is_secure and http_request.host.rsplit(":", 1)[0].strip("[]") not in LOCAL_HOSTS:
            raise UserError(
                request.env._(
                    "The connection is not encrypted and would show the passphrase on its way: open the shop by https."
                )
            )

    def _assert_identity(self):
        if request.session.get("identity-check-last", 0) < time.time() - IDENTITY_SECONDS:
            raise UserError(
                request.env._("Your password was last asked more than ten minutes ago: close this and start again.")
            )
