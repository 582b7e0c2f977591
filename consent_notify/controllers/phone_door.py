from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .guard import assert_identity, assert_transport


class PhoneDoorController(http.Controller):
    @http.route("/consent_notify/number", type="jsonrpc", auth="user", methods=["POST"])
    def show(self, model, res_id, fname, reason, note="", order_id=None):
        """Return {"number", "e164", "seconds"}, or {"message": why not}: a refusal is no error to log."""
        try:
            assert_transport()
            assert_identity()
            shown = request.env["phone.door"]._show(model, res_id, fname, reason, note, order_id)
        except (AccessError, UserError) as error:
            return {"message": str(error)}
        request.future_response.headers["Cache-Control"] = "no-store"
        return shown
