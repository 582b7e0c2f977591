from odoo import http
from odoo.http import request

from .guard import is_private
from .plain_page import insecure_page, texts_of
from .portal import OwnerDoorController

BACK = {"portal": "/my/privacy", "order": "/shop/confirmation"}


class NumberCodeController(OwnerDoorController):
    """Where a customer types the code, signed in or right after an order, or asks for another."""

    @http.route("/my/number/code", type="http", auth="public", website=True, methods=["POST"], sitemap=False)
    def number_code(self, **post):
        """Check a code, or send a new one (`do` is "send"). One answer for whatever is refused.

        The form holds `contact` (id), `code`, `do` and `back` ("portal" or "order").
        """
        if not is_private():
            return insecure_page()
        contact, code, do, back = (texts_of(post).get(name, "") for name in ("contact", "code", "do", "back"))
        company, address = request.website.company_id, request.httprequest.remote_addr
        partner_sudo = next((own for own in self._own_numbers_sudo() if str(own.id) == contact), None)
        if do == "send":
            if partner_sudo:
                partner_sudo._take_turn_sudo()
                request.env["consent.code"]._send_sudo(partner_sudo, company, address)
            return self._back(back, "code_sent")
        source = "checkout" if back == "order" else "portal"
        if not request.env["consent.code"]._try_sudo(partner_sudo, company, code, address, source):
            return self._back(back, "code_wrong")
        # Whoever holds the handset may read its number.
        self._remember_typed(partner_sudo)
        return self._back(back, "code_ok")

    def _own_numbers_sudo(self):
        """Return the contacts whose numbers this session may confirm: its customer's own, and of its last order."""
        own = request.env["res.partner"].sudo()  # sudo: visitors may not read contacts, not even theirs
        if not request.env.user._is_public():
            own = request.env.user.partner_id.sudo()._own_contacts()
        order_sudo = request.env["sale.order"].sudo().browse(request.session.get("sale_last_order_id")).exists()
        return own | order_sudo._customers() if order_sudo else own

    def _back(self, back, what):
        return request.redirect(f"{BACK.get(back, BACK['portal'])}?done={what}#consent_done", 303)
