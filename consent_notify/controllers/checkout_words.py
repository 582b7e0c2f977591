from werkzeug.exceptions import Forbidden

from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale


class CheckoutWordsController(WebsiteSale):
    """The words follow the country that the customer chooses on the form: its law says how one asks."""

    @route("/shop/consent_words", type="http", methods=["GET"], auth="public", website=True, sitemap=False)
    def shop_consent_words(self, country_id="", partner_id="", address_type="billing", **_query):
        """Return the block of the address form, as for a customer of this country; nothing if nothing is asked."""
        order_sudo = request.cart
        if not order_sudo or self._check_cart(order_sudo):
            return request.make_response("")
        country = request.env["res.country"].browse(self._id(country_id)).exists()
        try:
            partner_sudo, _type = self._prepare_address_update(
                order_sudo, partner_id=self._id(partner_id) or None, address_type=address_type
            )
        except Forbidden:
            return request.make_response("")
        form = request.website._consent_form_sudo(order_sudo, partner_sudo, country)
        body = form and request.env["ir.qweb"]._render("consent_notify.consent_fieldset", {"consent_form": form})
        return request.make_response(body or "", headers=[("Cache-Control", "no-store")])

    def _id(self, text):
        """Return the id that a query names, or 0 for whatever is none."""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
