from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .orders_common import OrdersCommon

TODAY = "2026-11-28"


@tagged("post_install", "-at_install")
class TestProcessor(OrdersCommon):
    """No agreement, no number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["consent.processor"].with_context(active_test=False).search([]).write({"document": False})
        cls.env["consent.processor"].with_context(active_test=False).search([]).unlink()
        cls.manager = new_test_user(cls.env, "processor_manager", "base.group_user,consent_notify.group_manager")
        cls.company.sms_provider = "twilio"
        cls.answer(cls.anna, "granted")

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(f"{TODAY} 12:00:00"))

    def refusal(self):
        sms = self.make_sms(self.anna)
        return sms._gate_reasons_sudo()[sms.id]

    def day(self, days):
        return fields.Date.to_date(TODAY) + timedelta(days=days)

    # ------------------------------------------------------------ the gate

    def test_a_text_leaves_only_under_an_agreement_in_force(self):
        self.assertEqual(self.refusal(), "no_contract")
        contract = self.sign(sms_provider="twilio", agreement_date=self.day(-400), valid_until=self.day(0))
        self.assertIsNone(self.refusal(), "the last day counts")
        elsewhere = self.env["res.company"].create({"name": "Other"})
        in_force = {
            "valid_until": self.day(0),
            "agreement_date": self.day(-400),
            "document": contract.document,
            "active": True,
            "sms_provider": "twilio",
            "kind": "sms",
            "company_ids": [(5,)],
        }
        for values in (
            {"valid_until": self.day(-1)},
            {"agreement_date": self.day(1), "valid_until": False},
            {"agreement_date": False},
            {"document": False},
            {"active": False},
            {"sms_provider": "iap"},
            {"kind": "other"},
            {"company_ids": [(6, 0, elsewhere.ids)]},
        ):
            with self.subTest(values=values):
                contract.write(values)
                self.assertEqual(self.refusal(), "no_contract")
                contract.write(in_force)
                self.assertIsNone(self.refusal())

    def test_the_day_after_it_ends_nothing_leaves_whatever_the_state_says(self):
        contract = self.sign(sms_provider="twilio", valid_until=self.day(0))
        self.assertEqual(contract.state, "expiring")
        with freeze_time(f"{self.day(1)} 00:00:01"):
            self.assertEqual(self.refusal(), "no_contract")
            self.assertEqual(contract.state, "expiring", "as of last night")

    def test_the_sandbox_needs_none_and_the_customer_s_no_is_told_first(self):
        self.company.sms_provider = "sandbox"
        self.assertIsNone(self.refusal())
        self.company.sms_provider = "twilio"
        self.answer(self.anna, "refused")
        self.assertEqual(self.refusal(), "consent_refused")

    def test_what_was_refused_says_so_and_goes_once_it_is_signed(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        self.assertEqual(order.update_status, "refused")
        self.assertIn("data-processing agreement", order.update_reason)
        sms = self.env["sms.sms"].search([("mail_message_id", "=", order.update_ids.message_id.id)])
        self.assertEqual((sms.state, sms.failure_type), ("error", "no_contract"))
        self.sign(sms_provider="twilio")
        sms.resend_failed()
        self.assertEqual(sms.state, "outgoing")

    def test_one_query_more_for_any_number_of_texts(self):
        self.sign(sms_provider="twilio")

        def queries(count):
            texts = self.env["sms.sms"].concat(*(self.make_sms(p, p.phone) for p in self.make_customers(count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(texts._pass_gate_sudo()), count)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(50), queries(2))

    def test_two_gateways_have_two_agreements(self):
        first, second = (
            self.env["sms.gateway"].create({"name": name, "address": "https://gateway.example"}) for name in "AB"
        )
        self.company.write({"sms_provider": "http", "sms_gateway_id": first.id})
        self.sign(sms_provider="http", sms_gateway_id=second.id)
        self.assertEqual(self.refusal(), "no_contract")
        self.company.sms_gateway_id = second
        self.assertIsNone(self.refusal())

    # ------------------------------------------------------------ couriers

    def test_a_courier_without_an_agreement_gets_no_number(self):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Bike",
                "needs_phone": True,
                "product_id": self.env["product.product"].create({"name": "Bike", "type": "service"}).id,
            }
        )
        self.assertFalse(carrier.asks_phone)
        carrier.consent_processor_id = self.sign("courier")
        self.assertTrue(carrier.asks_phone)
        self.assertTrue(carrier.with_user(self.env.ref("base.public_user")).sudo().asks_phone)
        carrier.consent_processor_id.valid_until = self.day(-1)
        self.assertFalse(carrier.asks_phone)

    # ------------------------------------------------------------ states and reminders

    def test_states(self):
        contract = self.env["consent.processor"].create({"name": "Twilio", "sms_provider": "twilio"})
        self.assertEqual(contract.state, "missing")
        contract.write({"document": b"c2lnbmVk", "agreement_date": self.day(-100)})
        self.assertEqual(contract.state, "valid")
        for days, state in ((31, "valid"), (30, "expiring"), (0, "expiring"), (-1, "expired")):
            contract.valid_until = self.day(days)
            self.assertEqual(contract.state, state)
        contract.flush_recordset()
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            contract.valid_until = self.day(-101)
            contract.flush_recordset()

    def test_a_manager_is_told_before_it_ends_once(self):
        contract = self.sign(sms_provider="twilio", valid_until=self.day(31))
        self.env["consent.processor"]._watch_sudo()
        self.assertFalse(contract.activity_ids)
        with freeze_time(f"{self.day(1)} 03:15:00"):
            for _night in range(2):
                self.env["consent.processor"]._watch_sudo()
            self.assertEqual(contract.state, "expiring")
            [todo] = contract.activity_ids
            self.assertEqual(
                (todo.date_deadline, todo.user_id), (self.day(31), self.company._consent_owner("group_manager"))
            )
            self.assertIn("renew", todo.summary)
            contract.valid_until = self.day(400)
            self.assertFalse(contract.activity_ids, "renewed")

    def test_nobody_is_told_of_what_is_not_in_use(self):
        contract = self.sign(sms_provider="iap", valid_until=self.day(3))
        self.env["consent.processor"]._watch_sudo()
        self.assertFalse(contract.activity_ids)

    def test_a_shop_that_texts_already_is_told_what_is_missing(self):
        """What an update does: draft, to-do, warnings. Nothing is silent."""
        payer = self.env["payment.provider"].create({"name": "Payer", "consent_needs_phone": True, "state": "enabled"})
        for _run in range(2):
            self.env["consent.processor"]._watch_sudo()
        [draft] = self.env["consent.processor"].search([("kind", "=", "sms"), ("company_ids", "in", self.company.ids)])
        self.assertEqual((draft.name, draft.sms_provider, draft.state), ("Twilio", "twilio", "missing"))
        [todo] = draft.activity_ids
        self.assertIn("No text leaves by Twilio", todo.summary)
        self.assertEqual((payer.consent_processor_id.name, payer.consent_processor_id.kind), ("Payer", "payment"))
        self.assertTrue(payer.consent_processor_id.activity_ids)
        settings = self.env["res.config.settings"].create({})
        self.assertIn("No text leaves by Twilio", settings.consent_contracts_missing)
        self.assertIn("Payer gets no numbers", settings.consent_contracts_missing)
        setup = self.env["consent.setup"].with_user(self.manager).create({})
        self.assertFalse(setup.provider_done)
        with Form(draft.with_user(self.manager)) as form:
            form.document, form.agreement_date = b"c2lnbmVk", self.day(-1)
        self.assertEqual(draft.state, "valid")
        self.assertFalse(draft.activity_ids)
        self.assertIsNone(self.refusal())

    def test_a_signed_agreement_is_proof_and_stays(self):
        contract = self.sign(sms_provider="twilio")
        with self.assertRaises(UserError):
            contract.unlink()
        draft = self.env["consent.processor"].create({"name": "X", "kind": "other"})
        draft.unlink()
        self.assertFalse(draft.exists())
