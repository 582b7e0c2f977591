"""A row of the vault that does not open: its text is told about, and no other text suffers for it."""

from contextlib import suppress
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.res_company_replies import ResCompany
from ..models.sms_sms_deliver import SmsSms
from ..models.sms_sms_reconcile import LOOKS
from ..tools.drivers import Receipt, Unknown
from ..tools.errors import GatewayError
from .reports_common import new_sid
from .test_reconcile import Provider
from .twilio_common import TwilioCommon

VAULT = "odoo.addons.consent_notify.models.phone_vault"
RECONCILE = "odoo.addons.consent_notify.models.sms_sms_reconcile"


@tagged("post_install", "-at_install")
class TestNumberUnreadable(TwilioCommon):
    def setUp(self):
        super().setUp()
        self.people = self.make_customers(3)
        self.texts = self.env["sms.sms"].concat(*(self.make_sms(one, number=one.phone) for one in self.people))
        self.bad = self.texts[1]
        self.good = self.texts - self.bad

    def damage(self, sms):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE phone_vault SET sealed = substr(sealed, 1, 10) FROM sms_sms s WHERE s.id = %s AND s.number = token",
            [sms.id],
        )
        self.env.invalidate_all()

    def test_one_is_refused_and_the_others_go(self):
        self.damage(self.bad)
        for provider in ("twilio", "sandbox"):
            self.company.sms_provider = provider
            self.texts.write({"state": "outgoing", "failure_type": False, "to_delete": False})
            with mute_logger(VAULT):
                self.run_queue()
            self.assertEqual(set(self.good.mapped("state")), {"pending"}, provider)
            self.assertEqual((self.bad.state, self.bad.failure_type), ("error", "number_unreadable"), provider)
            self.assertFalse(any(self.texts.mapped("claim")))
        self.assertEqual(len(self.fake.messages), 2)

    def test_the_order_says_so_and_somebody_gets_to_know(self):
        order = self.make_order(self.people[0])
        order.action_confirm()
        self.damage(self.env["sms.sms"].search([("mail_message_id", "=", order.update_ids.message_id.id)]))
        with mute_logger(VAULT):
            self.run_queue()
        self.assertEqual((order.update_status, order.update_ids.reason), ("failed", "number_unreadable"))
        self.assertIn("Tell an administrator", order.update_ids._todo_words())

    def test_what_no_provider_got_goes_back_to_the_queue(self):
        def fail(*_args):
            raise RuntimeError

        # Odoo's `assertRaises` would take back what the worker committed.
        with patch.object(SmsSms, "_texts_sudo", fail), suppress(RuntimeError):
            self.run_queue()
            self.fail("it went on")
        self.env.invalidate_all()
        self.assertEqual({(sms.state, sms.claim) for sms in self.texts}, {("outgoing", False)})
        self.run_queue()
        self.assertEqual(set(self.texts.mapped("state")), {"pending"})

    def test_what_the_provider_may_have_got_does_not(self):
        self.company.sms_provider = "sandbox"

        def fail(*_args):
            raise RuntimeError

        with patch.object(type(self.texts), "_record_results_sudo", fail), suppress(RuntimeError):
            self.run_queue()
            self.fail("it went on")
        self.env.invalidate_all()
        self.assertEqual(set(self.texts.mapped("state")), {"process"})

    def test_a_look_up_that_fails_keeps_no_other_from_being_settled(self):
        self.texts._live_bodies_sudo()
        moment = fields.Datetime.now() + LOOKS[0]

        def reconcile(driver_of):
            self.texts.write({"state": "error", "failure_type": "outcome_unknown"})
            self.texts.sms_tracker_id.write({"report": False, "looks": 0, "sms_twilio_sid": False})
            self.env.flush_all()
            logs = self.assertLogs(RECONCILE, "ERROR")
            with patch.object(ResCompany, "_report_driver_sudo", driver_of), freeze_time(moment), logs as heard:
                with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                    self.env(cr=cr)["sms.sms"]._reconcile_sudo()
            self.env.invalidate_all()
            self.assertFalse([line for line in heard.output if "7916" in line])

        def settings(company):
            raise GatewayError("x")

        reconcile(settings)
        self.assertEqual(set(self.texts.mapped("failure_type")), {"outcome_unknown"})
        self.assertEqual(self.texts.sms_tracker_id.mapped("looks"), [1, 1, 1])
        self.damage(self.bad)
        with mute_logger(VAULT):
            reconcile(lambda company: Provider(*(Receipt(new_sid(), "delivered") for _text in range(3)), Unknown()))
        self.assertEqual(set(self.good.mapped("state")), {"sent"})
        self.assertEqual((self.bad.failure_type, self.bad.sms_tracker_id.looks), ("outcome_unknown", 1))
