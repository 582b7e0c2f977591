from odoo.tests import HttpCase, tagged

from .checkout_common import CODES, CheckoutCommon
from .consent_common import OTHER
from .tour_common import Speaking, on_every_screen

TYPED = "+32 470 12 34 56"


class HandsCommon(CheckoutCommon):
    """A customer's hands on the real page, in Chromium."""

    lang = "en_US"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.list_price = 0.0  # so that no payment provider is needed
        cls.website.company_id.account_sale_tax_id = False

    def start(self, tour):
        self.start_tour("/shop?search=Consent Vase", tour, cookies={"frontend_lang": self.lang})
        order = self.order()
        self.assertEqual(order.state, "sale", "the order went through")
        return order


@tagged("post_install", "-at_install")
class TestCheckoutTour(HandsCommon, HttpCase):
    def test_tick_untick_and_order(self):
        order = self.start("consent_notify_checkout_tick")
        self.assertEqual(
            self.events(order),
            {
                "order_sms": ["shown", "granted"],
                "order_call": ["shown", "refused"],
                "offer_sms": ["shown", "refused"],
            },
        )
        self.assertIsNone(self.verdict(order.partner_id, number=TYPED))
        self.assertEqual(self.verdict(order.partner_id, self.offer_sms, TYPED), "consent_refused")
        self.assertEqual(self.verdict(order.partner_id, number=OTHER), "consent_missing")

    def test_refuse_and_order(self):
        order = self.start("consent_notify_checkout_refuse")
        self.assertEqual(self.events(order), {code: ["shown", "refused"] for code in CODES})
        self.assertEqual(self.verdict(order.partner_id, number=TYPED), "consent_refused")


class CheckoutTours(Speaking, HandsCommon):
    """What the law and the courier want, on every screen."""

    def setUp(self):
        super().setUp()
        self.speak()

    def test_a_russian_consent_is_a_document(self):
        order = self.start("consent_notify_checkout_document")
        found = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertEqual(found.notice_id, self.env.ref(f"consent_notify.notice_order_sms_{self.lang[:2]}_ru"))
        title = {"en_US": "Consent to the processing", "ru_RU": "Согласие на обработку"}[self.lang]
        self.assertIn(f"{title} ", found.text_id.document)
        page = self.url_open(f"/consent/document/{found.notice_id.id}/{found.text_id.sha256}")
        self.assertIn(found.text_id.document.splitlines()[2], page.text)

    def test_a_yes_is_taken_back(self):
        order = self.start("consent_notify_checkout_take_back")
        self.assertEqual(self.events(order)["order_sms"], ["shown", "granted", "withdrawn"])
        self.assertEqual(self.verdict(order.partner_id, number=TYPED), "consent_withdrawn")

    def test_a_number_for_the_courier(self):
        self.carrier.copy().write({"name": "Consent Post", "sequence": 1, "website_published": True})
        self.carrier.write({"needs_phone": True, "sequence": 9})
        order = self.start("consent_notify_delivery_phone")
        self.assertTrue(order.partner_shipping_id.phone)
        self.assertEqual(self.verdict(order.partner_id, number=TYPED), "consent_missing")


globals().update(on_every_screen(CheckoutTours, __name__))
