from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .guard import assert_identity, assert_transport


class PhoneDoorController(http.Controller):
    @http.route("/consent_notify/number", type="jsonrpc", auth="user", methods=["POST"])
    def show(self, model, res_id, fname, reason, note="", order_id=None):
        """Return {"number", "e164", "seconds"}, or {"message": why not}: a refusal is no error to log."""
        return self._answer("_show", model, res_id, fname, reason, note, order_id)

    @http.route("/consent_notify/call", type="jsonrpc", auth="user", methods=["POST"])
    def call(self, order_id, note="", confirmed=False):
        """Return {"number", "e164", "seconds"} of an order's customer, or {"message": why not}."""
        return self._answer("_call", order_id, note, confirmed is True)

    def _answer(self, door, *args):
        try:
            assert_transport()
            assert_identity()
            shown = getattr(request.env["phone.door"], door)(*args)
        except (AccessError, UserError) as error:
            return {"message": str(error)}
        request.future_response.headers["Cache-Control"] = "no-store"
        return shown
