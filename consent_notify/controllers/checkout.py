from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

from ..tools.shown_token import BOX, STANDING, TOLD
from .portal import was_typed

MADE_HERE = "consent_notify_made_here"
REMEMBERED = 10


def answers_for(partner_sudo):
    """Tell whether this session may answer for a contact: the customer's own, or whose number was typed here.

    Staff can put any customer on a cart, below their own contact, or change the number of a contact that was made in
    this session: neither the cart nor the contact says whose hand ticked the boxes, only the number does.
    """
    user = request.env.user
    if not user._is_public() and partner_sudo == user.partner_id:
        return True
    if not partner_sudo.phone:
        return partner_sudo.id in request.session.get(MADE_HERE, ())  # and can allow nothing
    return was_typed(partner_sudo)


def remember_made(partner_id):
    """Note that this session made a contact."""
    request.session[MADE_HERE] = [*request.session.get(MADE_HERE, ()), partner_id][-REMEMBERED:]


class CheckoutController(WebsiteSale):
    """The address form asks what the number may be used for; the order goes through whatever the answer."""

    # ------------------------------------------------------------ a number is the customer's choice

    def _get_mandatory_billing_address_fields(self, country_sudo):
        return super()._get_mandatory_billing_address_fields(country_sudo) - {"phone"}

    def _get_mandatory_delivery_address_fields(self, country_sudo):
        return super()._get_mandatory_delivery_address_fields(country_sudo) - {"phone"}

    # ------------------------------------------------------------ the form

    def _prepare_address_form_values(self, partner_sudo, *args, order_sudo=False, **kwargs):
        values = super()._prepare_address_form_values(partner_sudo, *args, order_sudo=order_sudo, **kwargs)
        if order_sudo:
            values["consent_form"] = request.website._consent_form_sudo(order_sudo, partner_sudo, values["country"])
        return values

    def _create_or_update_address(self, partner_sudo, *args, order_sudo=False, **form_data):
        if not order_sudo:
            return super()._create_or_update_address(partner_sudo, *args, order_sudo=order_sudo, **form_data)
        current = request.env["res.partner"]._get_current_partner(order_sudo=order_sudo)
        country = (partner_sudo or current).country_id or self._get_default_country(order_sudo=order_sudo)
        is_new = not partner_sudo
        answers = ConsentAnswers(form_data, order_sudo, partner_sudo, country)
        # Extra form data reaches the validation; what the browser sent under this name is replaced.
        form_data["consent_answers"] = answers
        partner_sudo, feedback = super()._create_or_update_address(
            partner_sudo, *args, order_sudo=order_sudo, **form_data
        )
        if "invalid_fields" not in feedback:
            if is_new:
                remember_made(partner_sudo.id)
            self._remember_if_typed(partner_sudo, form_data.get("phone"))  # now: whose answers these are goes by it
            if answers_for(partner_sudo):
                answers.record(partner_sudo)
        return partner_sudo, feedback

    def _validate_address_values(self, address_values, partner_sudo, *args, consent_answers=None, **kwargs):
        invalid, missing, messages = super()._validate_address_values(address_values, partner_sudo, *args, **kwargs)
        if isinstance(consent_answers, ConsentAnswers):
            for field_name, message in consent_answers.problems(address_values):
                if field_name not in invalid:
                    invalid.add(field_name)
                    messages.append(message)
        return invalid, missing, messages

    # ------------------------------------------------------------ a delivery that needs a number

    def _prepare_checkout_page_values(self, order_sudo, **kwargs):
        values = super()._prepare_checkout_page_values(order_sudo, **kwargs)
        values["delivery_phone_problem"] = kwargs.get("phone_problem")
        values["delivery_phone_words"] = request.website._delivery_phone_words_sudo(order_sudo)
        return values

    def _get_shop_payment_values(self, order, **kwargs):
        values = super()._get_shop_payment_values(order, **kwargs)
        values["delivery_phone_missing"] = order._is_delivery_phone_missing()
        values["delivery_phone_problem"] = kwargs.get("phone_problem")
        values["delivery_phone_words"] = request.website._delivery_phone_words_sudo(order)
        return values

    def _get_shop_payment_errors(self, order):
        errors = super()._get_shop_payment_errors(order)
        if order._is_delivery_phone_missing():
            title = request.env._("%(delivery)s needs a phone number.", delivery=order.carrier_id.name)
            errors.append((title, request.env._("Type it here, or choose another delivery method.")))
        return errors

    @route("/shop/delivery_phone", type="http", methods=["POST"], auth="public", website=True, sitemap=False)
    def shop_delivery_phone(self, phone="", step="checkout", **_post):
        """Put the number on the delivery address of the cart and go back to the step it was asked on."""
        order_sudo = request.cart
        if redirection := self._check_cart(order_sudo):
            return redirection
        if order_sudo._is_anonymous_cart():
            return request.redirect("/shop/address")
        target = "/shop/payment" if step == "payment" else "/shop/checkout"
        partner_sudo = order_sudo.partner_shipping_id
        if not partner_sudo._can_be_edited_by_current_customer(order_sudo=order_sudo):
            return request.redirect(f"{target}?phone_problem=address#delivery_phone")
        if not self._is_reachable(phone, partner_sudo.country_id):
            return request.redirect(f"{target}?phone_problem=number#delivery_phone")
        partner_sudo.phone = phone
        partner_sudo._onchange_phone_validation()
        request.website._delivery_phone_record_sudo(order_sudo)
        self._remember_if_typed(partner_sudo, phone)
        return request.redirect(target)


class ConsentAnswers:
    """What one posted address form showed and what the customer answered."""

    def __init__(self, form_data, order_sudo, partner_sudo, country):
        self.order_sudo = order_sudo
        self.before = request.env["consent.subject"]._digest_of(partner_sudo) if partner_sudo else None
        self.ticked = {name for name, value in form_data.items() if name.startswith("consent_") and value}
        self.asks_anew = "consent_new_number" in self.ticked
        self.token = form_data.get("consent_shown")
        self.partner_sudo = partner_sudo
        self.items = None
        if isinstance(self.token, str) and self.token:
            self.items = request.website._consent_items_read_sudo(self.token, order_sudo, partner_sudo, country)

    def problems(self, address_values):
        """Return [(field name, message)] that the customer has to solve before the form is taken."""
        env, website = request.env, request.website
        boxes = sorted(self.ticked - {"consent_shown", "consent_new_number"})
        ticked = [item for item in self.items or () if self._box(item) in self.ticked]
        opened = website._consent_opened_sudo(self.token, self.order_sudo) if ticked else None
        if self.items is None or (ticked and not opened):
            # A form that shows nothing and answers nothing (of another app, say) is taken as it is.
            if not self.token and not boxes:
                return []
            message = env._("This page was open too long, or its words have changed: load it again, then answer.")
            return [(boxes[0] if boxes else "consent_shown", message)]
        if not ticked:
            return []
        phone = address_values.get("phone", self.partner_sudo.phone)
        if not phone:
            message = env._("You allowed texts or calls: type your phone number, or take the tick away.")
            return [("phone", message)]
        country = env["res.country"].browse(address_values.get("country_id") or self.partner_sudo.country_id.id)
        digest = env["phone.vault"]._digest(phone, country)
        if not digest:
            message = env._("This phone number cannot be reached: correct it, or take the ticks away.")
            return [("phone", message)]
        purposes = env["consent.purpose"].browse(item.words.purpose_id for item in ticked)
        # Sent again, a form says nothing new: a yes to what was stopped since needs a form that was opened since.
        stopped = env["consent.event"]._stopped_since_sudo(website.company_id, digest, purposes, opened)
        message = env._("This was stopped for your number after this page was opened: load it again, then answer.")
        return [(self._box(item), message) for item in ticked if item.words.purpose_id in stopped.ids]

    def record(self, partner_sudo):
        """Append what was shown and answered to the log; what stands there from this order already is not repeated."""
        if not self.items:
            return
        env, order_name, company = request.env, self.order_sudo.name, request.website.company_id
        texts = env["consent.notice.text"]._keep_sudo(item.words for item in self.items)
        subject_sudo = env["consent.subject"]._find_or_make_sudo(partner_sudo, company)
        is_new = self.before != subject_sudo.number_digest
        purposes = env["consent.purpose"].browse(item.words.purpose_id for item in self.items)
        answered, shown = (env["consent.event"]._latest(subject_sudo, purposes, *kinds) for kinds in ([], [("shown",)]))
        answers, stopped = [], []
        for item in self.items:
            purpose = env["consent.purpose"].browse(item.words.purpose_id)
            text = env["consent.notice.text"].browse(texts[item.words.sha256])
            key = (subject_sudo.id, purpose.id)
            if item.mode != BOX and f"consent_stop_{item.words.code}" in self.ticked:
                stopped.append((purpose, "withdrawn", text))
            if item.mode == BOX or (item.mode == STANDING and is_new and self.asks_anew):
                kind = "granted" if self._box(item) in self.ticked else "refused"
                if answered.get(key) != (kind, order_name, text.id):
                    answers += [(purpose, "shown", text), (purpose, kind, text)]
            elif item.mode == TOLD or not is_new:
                if shown.get(key) != ("shown", order_name, text.id):
                    answers.append((purpose, "shown", text))
            # else: the yes stood for the old number, and no box was shown for the new one
        actor = request.website._consent_actor()
        where = {"source": "checkout", "actor": actor, "order_name": order_name, "website": request.website}
        env["consent.event"]._record_sudo(partner_sudo, company, answers, **where)
        if stopped:
            # Taken back is what was agreed to for the number the form was opened with.
            where["number_digest"] = self.before or subject_sudo.number_digest
            env["consent.event"]._record_sudo(partner_sudo, company, stopped, **where)

    def _box(self, item):
        return f"consent_{item.words.code}"
