from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.sms.tools.sms_api import SmsApiBase

from ..tools.marks import SmsPurpose
from ..tools.sms_api import SmsApiClosed
from .consent_common import NUMBER
from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestGate(OrdersCommon):
    def reason(self, sms):
        """Return (state, why) after the gate; the provider must never have been called."""
        sms.send()
        self.run_queue()
        self.assertFalse(self.env["sandbox.message"].search([("partner_id", "=", sms.partner_id.id)]))
        return sms.state, sms.failure_type

    def test_each_reason(self):
        anna = self.anna
        self.assertEqual(self.reason(self.make_sms(anna)), ("canceled", "consent_missing"))
        for kind in ("refused", "withdrawn", "expired"):
            self.answer(anna, kind)
            self.assertEqual(self.reason(self.make_sms(anna)), ("canceled", f"consent_{kind}"))
        self.answer(anna, "granted")
        self.assertEqual(self.reason(self.make_sms(anna, purpose=None)), ("error", "no_purpose"))
        self.assertEqual(self.reason(self.make_sms(anna, purpose="nonsense")), ("error", "no_purpose"))
        self.assertEqual(self.reason(self.make_sms(anna, purpose="offer_sms")), ("canceled", "consent_missing"))
        self.assertEqual(self.reason(self.make_sms(anna, number=False)), ("error", "sms_number_missing"))
        self.assertEqual(self.reason(self.make_sms(anna, number="call me")), ("error", "sms_number_format"))
        blacklisted = self.env["phone.blacklist"].create({"number": NUMBER})
        self.assertEqual(self.reason(self.make_sms(anna)), ("canceled", "sms_blacklist"))
        blacklisted.active = False
        # Whoever was on the list took everything back: off the list is no new yes.
        self.assertEqual(self.reason(self.make_sms(anna)), ("canceled", "consent_withdrawn"))
        self.answer(anna, "granted")
        self.company.sms_provider = False
        self.assertEqual(self.reason(self.make_sms(anna)), ("error", "no_provider"))
        self.company.sms_provider = "sandbox"
        sms = self.make_sms(anna)
        self.run_queue()
        self.assertEqual(sms.state, "pending")

    def test_a_purpose_in_the_archive_sends_nothing(self):
        self.answer(self.anna, "granted")
        self.order_sms.active = False
        self.assertEqual(self.reason(self.make_sms(self.anna)), ("error", "no_purpose"))

    def test_a_changed_number_starts_without_consent(self):
        self.answer(self.anna, "granted")
        self.anna.phone = "+79169999999"
        sms = self.make_sms(self.anna, number="+79169999999")
        self.assertEqual(self.reason(sms), ("canceled", "consent_missing"))

    def test_a_withdrawal_reaches_what_is_queued(self):
        self.answer(self.anna, "granted")
        sms = self.make_sms(self.anna)
        sms.send()
        self.assertEqual(sms.state, "outgoing")
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        self.run_queue()
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "consent_withdrawn"))

    def test_a_number_without_a_partner_goes_by_its_digest(self):
        self.answer(self.anna, "granted")
        sms = self.make_sms(None, number="+7 (916) 123-45-67")
        self.run_queue()
        self.assertEqual(sms.state, "pending")

    def test_companies_do_not_share_a_yes(self):
        self.answer(self.anna, "granted")
        other = self.env["res.company"].create({"name": "Other"})
        mine, theirs = self.make_sms(self.anna), self.make_sms(self.anna, record_company_id=other.id)
        self.run_queue()
        self.assertEqual((mine.state, theirs.state), ("pending", "canceled"))
        self.assertEqual(
            self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)]).company_id, self.company
        )

    def test_the_number_of_queries_does_not_grow(self):
        def queries(count):
            partners = self.make_customers(count) | self.make_customers(count, "refused")
            sms = self.env["sms.sms"].concat(*(self.make_sms(p, number=p.phone_sanitized) for p in partners))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            passed = sms._pass_gate_sudo()
            self.env.flush_all()
            used = self.env.cr.sql_log_count - before
            self.assertEqual(len(passed), count)
            return used

        queries(1)
        few = queries(10)
        self.assertEqual(queries(100), few)
        self.assertLess(few, 20)


@tagged("post_install", "-at_install")
class TestPurpose(OrdersCommon):
    def purpose_of(self, message):
        return self.env["sms.sms"].search([("mail_message_id", "=", message.id)]).purpose_id.code

    def test_the_document_tells_the_purpose(self):
        order = self.make_order()
        self.assertEqual(self.purpose_of(order._message_sms("Hello", partner_ids=self.anna.ids)), "order_sms")
        self.assertFalse(self.purpose_of(self.anna._message_sms("Hello", partner_ids=self.anna.ids)))

    def test_the_template_tells_before_the_document(self):
        template = self.env["sms.template"].create(
            {"name": "Sale", "model_id": self.env.ref("sale.model_sale_order").id, "body": "Sale!"}
        )
        order = self.make_order()
        template.purpose_id = self.offer_sms
        message = order._message_sms_with_template(template=template, partner_ids=self.anna.ids)
        self.assertEqual(self.purpose_of(message), "offer_sms")
        for mode in ("comment", "mass"):
            composer = self.env["sms.composer"].create(
                {
                    "res_model": "sale.order",
                    "res_ids": repr(order.ids),
                    "composition_mode": mode,
                    "template_id": template.id,
                    "body": "Sale!",
                }
            )
            composer._action_send_sms()
            self.assertEqual(self.env["sms.sms"].search([], limit=1).purpose_id.code, "offer_sms")

    def test_a_template_made_for_other_records_does_not_count(self):
        ours = self.env.ref("consent_notify.sms_template_ready")
        composer = self.env["sms.composer"].create(
            {"res_model": "res.partner", "res_ids": repr(self.anna.ids), "template_id": ours.id, "body": "Buy!"}
        )
        composer._action_send_sms()
        self.assertFalse(self.env["sms.sms"].search([], limit=1).purpose_id)

    def test_a_context_from_outside_forges_nothing(self):
        forged = {"sms_purpose_code": "service", "default_purpose_id": self.service.id}
        composer = self.env["sms.composer"].with_user(self.clerk).with_context(**forged)
        composer.create({"composition_mode": "numbers", "numbers": "+79160000002", "body": "Buy!"}).action_send_sms()
        sms = self.env["sms.sms"].search([("body", "=", "Buy!")])
        self.assertFalse(sms.purpose_id)
        self.assertEqual(sms.failure_type, "no_purpose")
        message = self.anna.with_context(**forged)._message_sms("Hello", partner_ids=self.anna.ids)
        self.assertFalse(self.purpose_of(message))

    def test_a_mark_and_the_same_words_are_two_contexts(self):
        """Odoo keeps one environment for equal contexts: whichever came first must not be taken for the other."""
        for first, second in ((SmsPurpose("service"), "service"), ("order_call", SmsPurpose("order_call"))):
            for code in (first, second):
                message = self.anna.with_context(sms_purpose_code=code)._message_sms("Hi", partner_ids=self.anna.ids)
                self.assertEqual(self.purpose_of(message), str(code) if isinstance(code, SmsPurpose) else False)

    def test_no_template_may_be_of_the_service_purpose(self):
        with self.assertRaises(ValidationError):
            self.env.ref("consent_notify.sms_template_ready").purpose_id = self.service


@tagged("post_install", "-at_install")
class TestWaysAround(OrdersCommon):
    """Other modules' ways to the provider."""

    def setUp(self):
        super().setUp()
        self.called = []
        test = self

        def sent(api, messages, delivery_reports_url=False):
            test.called.append(messages)
            return []

        for cls in SmsApiBase.__subclasses__() + [SmsApiBase]:
            if cls is not SmsApiClosed and "_send_sms_batch" in vars(cls):
                self.startPatcher(patch.object(cls, "_send_sms_batch", sent))

    def test_no_way_ends_at_a_provider_in_the_request(self):
        self.answer(self.anna, "granted")
        for provider in ("iap", "twilio", "sandbox"):
            self.company.sms_provider = provider
            sms = self.make_sms(self.anna)
            sms.send()
            sms._send()
            sms.with_context(sms_api=object())._send()
            sms.resend_failed()
            self.assertFalse(self.called)
            self.assertEqual(sms.state, "outgoing")

    def test_a_transfer_of_stock_texts_through_the_gate(self):
        if "stock.picking" not in self.env:
            self.skipTest("Transfers come with the app Inventory, which this addon does not need.")
        picking = self.env["stock.picking"].create(
            {
                "partner_id": self.anna.id,
                "picking_type_id": self.env.ref("stock.picking_type_out").id,
            }
        )
        message = picking._message_sms("Your order has been shipped", partner_ids=self.anna.ids)
        sms = self.env["sms.sms"].search([("mail_message_id", "=", message.id)])
        self.assertEqual((sms.purpose_id.code, sms.failure_type), ("order_sms", "consent_missing"))
        self.assertFalse(self.called)

    def test_a_company_hands_its_provider_to_nobody_else(self):
        for provider in ("iap", "twilio", "sandbox"):
            self.company.sms_provider = provider
            driver = self.company._get_sms_api_class()(self.env)
            with self.assertRaises(UserError):
                driver._send_sms_batch([{"content": "Buy!", "numbers": [{"number": NUMBER, "uuid": "1"}]}])
            forged = self.company.with_context(sms_gate_pass=True)
            self.assertIs(forged._get_sms_api_class(), SmsApiClosed)
        self.assertFalse(self.called)

    def compose_mass(self, orders, **vals):
        composer = self.env["sms.composer"].create(
            {
                "res_model": "sale.order",
                "res_ids": repr(orders.ids),
                "composition_mode": "mass",
                "mass_force_send": True,
                "use_exclusion_list": False,
                "body": "A word about your order",
                **vals,
            }
        )
        return composer._action_send_sms()

    def test_the_mass_composer_passes_the_gate(self):
        agreed, refused = self.make_customers(1), self.env["res.partner"].create({"name": "B", "phone": "+79160000003"})
        orders = self.make_order(agreed) + self.make_order(refused)
        template = self.env.ref("consent_notify.sms_template_ready")
        texts = self.compose_mass(orders, template_id=template.id)
        self.assertEqual(texts.purpose_id, self.order_sms)
        self.assertEqual({sms.partner_id: sms.state for sms in texts}, {agreed: "outgoing", refused: "canceled"})
        self.assertFalse(self.called)

    def test_what_goes_to_many_is_no_word_about_an_order_by_itself(self):
        """Else an offer to the buyers of all orders would pass as an update of each."""
        customers = self.make_customers(2)
        orders = self.make_order(customers[0]) + self.make_order(customers[1])
        for vals in ({}, {"mass_keep_log": False}):
            texts = self.compose_mass(orders, **vals)
            self.assertEqual((len(texts), texts.purpose_id.ids), (2, []))
            self.assertEqual(texts.mapped("failure_type"), ["no_purpose"] * 2)
        about = {"res_model": "sale.order", "body": "Sale!"}
        for vals in (
            {"composition_mode": "comment", "res_ids": repr(orders.ids)},
            {"composition_mode": "numbers", "res_id": orders[0].id, "numbers": customers[0].phone},
        ):
            self.env["sms.composer"].create({**about, **vals})._action_send_sms()
            texts = self.env["sms.sms"].search([("body", "ilike", "Sale!")])
            self.assertTrue(texts)
            self.assertEqual(set(texts.mapped("failure_type")), {"no_purpose"})
            texts.unlink()

    def test_a_mailing_is_an_offer_whatever_its_records_are(self):
        customers = self.make_customers(2)  # who agreed to order updates alone
        orders = self.make_order(customers[0]) + self.make_order(customers[1])
        template = self.env.ref("consent_notify.sms_template_ready")
        with patch.object(type(self.env["sms.composer"]), "_is_mailing", lambda composer: True):
            texts = self.compose_mass(orders, template_id=template.id)
        self.assertEqual(texts.purpose_id, self.offer_sms)
        self.assertEqual(texts.mapped("failure_type"), ["consent_missing"] * 2)

    def test_the_composer_keeps_no_number_in_plain_text(self):
        self.env["sms.composer"].create(
            {"res_model": "res.partner", "res_id": self.anna.id, "body": "Hello", "numbers": "+79160000004"}
        ).flush_recordset()
        self.env.cr.execute("SELECT to_json(c)::text FROM sms_composer c ORDER BY id DESC LIMIT 1")
        [[row]] = self.env.cr.fetchall()
        self.assertNotIn("7916", row)
        self.assertIn("pn_", row)
