"""Under age: no offers whatever the answer, and a parent or guardian answers for the rest."""

import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..models.consent_notice_facts import GUARDIAN
from ..tools.marks import SmsPurpose
from .checkout_common import CheckoutCommon
from .consent_common import NUMBER, ConsentCommon


@tagged("post_install", "-at_install")
class TestMinor(ConsentCommon, TransactionCase):
    def setUp(self):
        super().setUp()
        for purpose in (self.order_sms, self.offer_sms):
            self.answer(self.anna, "granted", purpose)

    def test_offers_are_refused_whatever_the_answer(self):
        self.assertIsNone(self.verdict(self.anna, self.offer_sms))
        self.anna.is_minor = True
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "minor")
        self.assertIsNone(self.verdict(self.anna), "texts about the order go on")
        self.answer(self.anna, "granted", self.offer_sms)
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "minor")
        self.anna.is_minor = False
        self.assertIsNone(self.verdict(self.anna, self.offer_sms))

    def test_an_address_of_a_minor_is_a_minor_s(self):
        child = self.env["res.partner"].create({"name": "Home", "parent_id": self.anna.id, "phone": NUMBER})
        self.answer(child, "granted", self.offer_sms)
        self.anna.is_minor = True
        self.assertEqual(self.verdict(child, self.offer_sms), "minor")

    def test_a_bare_number_goes_by_whoever_gave_it(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.answer(boris, "granted", self.offer_sms)
        self.assertIsNone(self.verdict(None, self.offer_sms))
        self.anna.is_minor = True
        self.assertEqual(self.verdict(None, self.offer_sms), "minor")
        self.assertIsNone(self.verdict(boris, self.offer_sms), "a grown-up with the same number has own answers")

    def test_the_gate_says_why(self):
        self.anna.is_minor = True
        sms = self.env["sms.sms"].with_context(sms_purpose_code=SmsPurpose("offer_sms"))
        text = sms.create({"number": NUMBER, "body": "Sale!", "partner_id": self.anna.id})
        text.send()
        self.assertEqual((text.state, text.failure_type), ("canceled", "minor"))

    def test_the_list_of_who_agreed_says_so(self):
        self.anna.is_minor = True
        self.env.flush_all()
        found = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual(
            {status.purpose_id.code: status.is_allowed for status in found}, {"order_sms": True, "offer_sms": False}
        )

    def test_one_query_still(self):
        self.anna.is_minor = True
        self.env.flush_all()
        keys = [
            (self.company.id, self.anna.id, self.digest(), purpose.id) for purpose in self.offer_sms + self.order_sms
        ]
        with self.assertQueryCount(1):
            self.env["consent.status"]._verdicts(keys)

    def test_staff_set_it_and_nobody_else_reads_it(self):
        user = new_test_user(
            self.env, "minor_user", groups="base.group_user,base.group_partner_manager,consent_notify.group_user"
        )
        self.anna.user_id = user
        self.anna.with_user(user).is_minor = True
        stranger = new_test_user(self.env, "minor_stranger", groups="base.group_user,base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.anna.with_user(stranger).read(["is_minor"])


@tagged("post_install", "-at_install")
class TestMinorAtCheckout(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.customer = new_test_user(
            self.env, "minor_customer", groups="base.group_portal", email="customer@example.com", phone=NUMBER,
            street="1 Main", city="Ghent", zip="9000", country_id=self.belgium.id,
        ).partner_id  # fmt: skip
        self.authenticate("minor_customer", "minor_customer")
        self.put_in_cart()
        self.path = f"/shop/address?partner_id={self.customer.id}&address_type=billing"

    def test_a_guardian_answers_and_offers_are_not_asked(self):
        self.customer.is_minor = True
        values = self.form(self.path)
        self.assertIn(str(GUARDIAN._translate("en_US")), self.block[0].text_content())
        self.assertFalse(self.block[0].xpath(".//*[@id='consent_offer_sms']"))
        self.taken({**values, "consent_order_sms": "1"})
        self.assertEqual(self.events(), {"order_sms": ["shown", "granted"], "order_call": ["shown", "refused"]})
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertEqual(json.loads(event.evidence), {"guardian": True})
        self.assertTrue(event.is_intact)
        self.form(self.path)
        self.assertFalse(self.block[0].xpath(".//*[@id='consent_order_sms'][not(@disabled)]"), "it stands")

    def test_a_minor_s_own_yes_is_asked_again_of_a_guardian(self):
        self.answer(self.customer, "granted", order_name="S1")
        self.form(self.path)
        self.assertFalse(self.block[0].xpath(".//*[@id='consent_order_sms'][not(@disabled)]"))
        self.customer.is_minor = True
        self.form(self.path)
        self.assertTrue(self.block[0].xpath(".//*[@id='consent_order_sms'][not(@disabled)]"))

    def test_the_payment_step_asks_a_guardian_too(self):
        for purpose in (self.order_sms, self.order_call, self.offer_sms):
            self.answer(self.customer, "granted" if purpose == self.order_sms else "refused", purpose, order_name="S1")
        self.page("/shop/checkout")  # chooses a delivery
        block = "//*[@id='consent_ask']//form"
        self.assertFalse(self.page("/shop/payment").xpath(block))
        self.customer.is_minor = True
        [form] = self.page("/shop/payment").xpath(block)
        self.assertIn(str(GUARDIAN._translate("en_US")), form.text_content())
        self.assertEqual(form.xpath(".//input[@type='checkbox']/@name"), ["consent_order_sms"])
        self.assertIsNone(self.verdict(self.customer), "until then it goes on")
        self.url_open("/shop/consent", data={**dict(form.form_values()), "consent_order_sms": "1"})
        self.assertEqual(self.events(), {"order_sms": ["shown", "granted"]})
        event = self.env["consent.event"].search([("kind", "=", "granted")], order="id desc", limit=1)
        self.assertEqual(json.loads(event.evidence), {"guardian": True})
        self.assertFalse(self.page("/shop/payment").xpath(block))

    def test_the_yes_of_a_contact_merged_into_this_one_is_asked_again(self):
        self.answer(self.customer, "refused", self.order_call, order_name="S1")
        self.answer(self.anna, "granted", order_name="S2")
        self.env["base.partner.merge.automatic.wizard"]._merge([self.customer.id, self.anna.id], self.customer)
        self.customer.is_minor = True
        self.env.flush_all()
        self.page("/shop/checkout")  # chooses a delivery
        [form] = self.page("/shop/payment").xpath("//*[@id='consent_ask']//form")
        self.url_open("/shop/consent", data={**dict(form.form_values()), "consent_order_sms": "1"})
        self.assertEqual(self.events(), {"order_sms": ["shown", "granted"]})

    def test_nobody_else_s_answer_is_a_guardian_s(self):
        self.taken({**self.form(self.path), "consent_order_sms": "1"})
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertFalse(event.evidence)
