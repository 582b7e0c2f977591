from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from .guard import assert_identity, assert_transport


class RecoveryKitController(http.Controller):
    @http.route("/consent_notify/recovery_kit", type="http", auth="user", methods=["POST"])
    def download(self, passphrase="", again="", **_post):
        """Stream the keyring under the passphrase; a refusal is JSON `{"message": …}` with status 422."""
        try:
            assert_transport()
            assert_identity()
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
