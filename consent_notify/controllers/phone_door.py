import json

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

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

    @http.route("/consent_notify/export", type="http", auth="user", methods=["POST"])
    def export(self, ids="", reason="", note="", **_post):
        """Stream the numbers of contacts as CSV; a refusal is JSON `{"message": …}` with status 422.

        :param ids: JSON list of ids of contacts
        """
        door = request.env["phone.door"]
        try:
            assert_transport()
            assert_identity()
            ids, note = door._assert_export(_ids(ids), reason, note)
        except (AccessError, UserError) as error:
            return request.make_json_response({"message": str(error)}, status=422)
        return request.make_response(
            door._export_lines(ids, reason, note, request.env["phone.access"]._whence()),
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition("contacts-with-numbers.csv")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )


def _ids(text):
    try:
        ids = json.loads(text)
    except ValueError:
        return []
    return ids if isinstance(ids, list) else []
