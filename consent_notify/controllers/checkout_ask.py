from odoo.http import request, route

from odoo.addons.website_sale.controllers.payment import PaymentPortal

from .checkout import CheckoutController, answers_for, remember_made

SHOWN = "consent_notify_shown"
# What an address may say about the form that was sent; anything else says nothing.
OUTCOMES = {"saved", "again"}
PAGES = {"payment": "/shop/payment", "confirmation": "/shop/confirmation"}


def record_passed_by(order_sudo):
    """Note that the payment step showed its words, if it did; an answer that was sent stays as it is."""
    token = request.session.get(SHOWN)
    if not token or not order_sudo or order_sudo._is_anonymous_cart() or not answers_for(order_sudo.partner_id):
        return
    items = request.website._consent_ask_read_sudo(order_sudo, token)
    request.website._consent_ask_record_sudo(order_sudo, items)


class CheckoutAskController(CheckoutController):
    """Whoever passes the address form by is asked later, on the payment step or after an express checkout."""

    def _get_shop_payment_values(self, order, **kwargs):
        values = super()._get_shop_payment_values(order, **kwargs)
        values.update(self._ask_values(order, "payment", kwargs))
        if values["consent_form"]:
            # Passing by is known only at the next step, which then says that the words were on the page.
            request.session[SHOWN] = values["consent_form"]["token"]
        return values

    def _prepare_shop_payment_confirmation_values(self, order):
        values = super()._prepare_shop_payment_confirmation_values(order)
        values.update(self._ask_values(order, "confirmation", request.params))
        if request.website._consent_ask_read_sudo(order, request.session.get(SHOWN)):
            values["consent_form"] = None  # passed by on the payment step: nobody is asked twice
        return values

    def _ask_values(self, order_sudo, step, params):
        outcome = params.get("consent")
        form = None
        if order_sudo.partner_id and not order_sudo._is_anonymous_cart() and answers_for(order_sudo.partner_id):
            form = request.website._consent_ask_form_sudo(order_sudo)
        return {
            "consent_form": form,
            "consent_step": step,
            "consent_outcome": outcome if outcome in OUTCOMES else None,
        }

    # ------------------------------------------------------------ answered

    @route("/shop/consent", type="http", methods=["POST"], auth="public", website=True, sitemap=False)
    def shop_consent(self, step="payment", consent_shown=None, consent_seen=None, **post):
        """Keep the answers for the customer of this session's order, and go back to the page that asked.

        The order is never named by the browser: it is the cart, or the order that this session placed last.
        """
        step = step if step in PAGES else "payment"
        order_sudo = self._asked_order_sudo(step)
        if not order_sudo or not answers_for(order_sudo.partner_id):
            return request.redirect(PAGES[step])
        items = request.website._consent_ask_read_sudo(order_sudo, consent_shown)
        if items is None:
            return request.redirect(f"{PAGES[step]}?consent=again#consent_ask")
        ticked = (
            None if consent_seen else {name for name, value in post.items() if name.startswith("consent_") and value}
        )
        request.website._consent_ask_record_sudo(order_sudo, items, ticked)
        if consent_seen:
            return request.make_response("", status=204)
        return request.redirect(f"{PAGES[step]}?consent=saved#consent_ask")

    def _asked_order_sudo(self, step):
        order_sudo = request.cart if step == "payment" else None
        if order_sudo and not order_sudo._is_anonymous_cart():
            return order_sudo
        # An answer sent along with the payment may come when the cart is an order already.
        # sudo: a guest has no access of their own; the id is the session's, not the browser's
        return request.env["sale.order"].sudo().browse(request.session.get("sale_last_order_id")).exists()

    # ------------------------------------------------------------ passed by

    @route()
    def shop_payment_validate(self, sale_order_id=None, **post):
        if request.httprequest.method == "POST":
            record_passed_by(request.cart)
        return super().shop_payment_validate(sale_order_id=sale_order_id, **post)

    # ------------------------------------------------------------ express checkout

    @route()
    def process_express_checkout(self, billing_address, **kwargs):
        was_anonymous = request.cart._is_anonymous_cart()
        partner_id = super().process_express_checkout(billing_address, **kwargs)
        if was_anonymous:
            # The wallet's contact is this session's own, as one typed into the address form is.
            remember_made(partner_id)
            # sudo: a guest has no access of their own to the contact that their wallet made
            self._remember_typed(request.env["res.partner"].sudo().browse(partner_id))
        return partner_id


class PaymentAskController(PaymentPortal):
    @route()
    def shop_payment_transaction(self, order_id, access_token, **kwargs):
        processing_values = super().shop_payment_transaction(order_id, access_token, **kwargs)
        if request.cart.id == order_id:
            record_passed_by(request.cart)
        return processing_values
