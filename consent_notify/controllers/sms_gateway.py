from odoo import http
from odoo.http import request

from ..tools.drivers.http_settings import RECEIPTS
from .guard import is_private

LARGEST = 64 * 1024  # bytes


class SmsGatewayController(http.Controller):
    """Where HTTP gateways tell what became of texts. Whoever has no right address learns nothing by trying."""

    @http.route(
        f"{RECEIPTS}/<int:gateway_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        max_content_length=LARGEST,
    )
    def report(self, gateway_id, token, **_form):
        """Take a delivery report."""
        gateways = request.env["sms.gateway"]
        gateway_sudo = gateways._find_sudo(gateway_id, token) if is_private() else gateways
        if not gateway_sudo:
            return self._answer("", 404)
        values = request.httprequest.form
        if request.httprequest.mimetype == "application/json":
            values = request.httprequest.get_json(silent=True)
        if values:
            gateway_sudo._receive_sudo(values)
        return self._answer(gateway_sudo.receipt_answer or "")

    def _answer(self, text, status=200):
        return request.make_response(text, headers=[("Content-Type", "text/plain; charset=utf-8")], status=status)
