from odoo.tests import HttpCase, tagged

from .checkout_common import CODES, CheckoutCommon
from .consent_common import OTHER

TYPED = "+32 470 12 34 56"


@tagged("post_install", "-at_install")
class TestCheckoutTour(CheckoutCommon, HttpCase):
    """A customer's hands on the real page, in Chromium."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.list_price = 0.0  # so that no payment provider is needed
        cls.website.company_id.account_sale_tax_id = False

    def start(self, tour):
        self.start_tour("/shop?search=Consent Vase", tour)
        order = self.order()
        self.assertEqual(order.state, "sale", "the order went through")
        return order

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

    def test_a_russian_consent_is_a_document(self):
        order = self.start("consent_notify_checkout_document")
        found = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertEqual(found.notice_id, self.env.ref("consent_notify.notice_order_sms_en_ru"))
        self.assertIn("Consent to the processing of personal data", found.text_id.document)
        page = self.url_open(f"/consent/document/{found.notice_id.id}/{found.text_id.sha256}")
        self.assertIn(found.text_id.document.splitlines()[2], page.text)

    def test_a_number_for_the_courier(self):
        self.carrier.copy().write({"name": "Consent Post", "sequence": 1, "website_published": True})
        self.carrier.write({"needs_phone": True, "sequence": 9})
        order = self.start("consent_notify_delivery_phone")
        self.assertTrue(order.partner_shipping_id.phone)
        self.assertEqual(self.verdict(order.partner_id, number=TYPED), "consent_missing")
