import logging
from contextlib import suppress
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.drivers.lane import HELD
from ..tools.errors import GatewayError
from ..tools.seal import is_token
from .consent_common import NUMBER
from .fake_twilio import SID
from .twilio_common import GERMAN, SENDER, SERVICE, TwilioCommon


@tagged("post_install", "-at_install")
class TestSmsTwilio(TwilioCommon):
    """The whole road from the queue to Twilio and back into the chatter."""

    def test_an_accepted_text_keeps_its_sid(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        self.assertEqual(order.update_status, "sent")
        [sent] = self.fake.messages
        self.assertEqual((sent["to"], sent["from"]), (NUMBER, SENDER))
        self.assertIn("is confirmed", sent["body"])
        self.assertNotIn("[link]", sent["body"])
        tracker = self.env["sms.tracker"].search([("order_update_id", "=", order.update_ids.id)])
        self.assertEqual(tracker.sms_twilio_sid, sent["sid"])
        mac = self.env["phone.vault"]._mac("sms status", tracker.sms_uuid)
        self.assertEqual(sent["status_callback"], f"{self.company.get_base_url()}/consent_notify/sms/status/{mac}")

    def test_without_consent_twilio_is_not_called(self):
        self.answer(self.anna, "refused")
        self.assertEqual(self.make_sms(self.anna).state, "outgoing")
        self.run_queue()
        self.assertFalse(self.fake.requests)

    def test_the_sender_is_of_the_customers_country_or_a_service_chooses(self):
        self.company.sms_twilio_number_ids = [(0, 0, {"country_id": self.env.ref("base.de").id, "number": GERMAN})]
        self.make_sms(self.anna)
        self.run_queue()
        self.company.write({"sms_twilio_messaging_service_sid": SERVICE, "sms_twilio_no_words": True})
        self.company.sms_twilio_no_number = True
        self.make_sms(self.anna)
        self.run_queue()
        first, second = (dict(request.form) for request in self.fake.requests)
        self.assertEqual((first["From"], first.get("MessagingServiceSid")), (SENDER, None))
        self.assertEqual((second.get("From"), second["MessagingServiceSid"]), (None, SERVICE))
        self.assertEqual((second["ContentRetention"], second["AddressRetention"]), ("discard", "obfuscate"))

    def test_each_answer_has_one_meaning(self):
        expected = {
            21211: "sms_number_format",
            21612: "sms_country_not_supported",
            30005: "sms_invalid_destination",
            30007: "sms_rejected",
            99999: "sms_server",
            21610: "sms_optout",  # the last: the customer's word
        }
        for code, reason in expected.items():
            self.fake.fault("refused", code=code, message=f"The 'To' number {NUMBER} is not valid.")
            self.assertEqual(self.outcome(), ("error", reason), code)
        self.assertEqual(self.outcome(), ("canceled", "consent_withdrawn"))
        self.assertFalse(self.fake.messages)

    def test_what_may_have_been_accepted_is_unknown(self):
        for name in ("bad_gateway", "server_error", "garbled", "nameless", "reset_after", "reset_before"):
            self.fake.fault(name)
            self.assertEqual(self.outcome(), ("error", "outcome_unknown"), name)
            self.run_queue()
        self.assertEqual(len(self.fake.requests), 6, "sent again")

    def test_what_was_surely_not_accepted_waits_for_another_try(self):
        self.fake.fault("throttled", retry_after=120)
        sms = self.make_sms(self.anna)
        with freeze_time("2026-11-28 10:00:00"):
            sms.create_date = fields.Datetime.now()
            self.run_queue()
        self.assertEqual((sms.state, sms.waits_for, sms.attempts, sms.claim), ("outgoing", "retry", 1, False))
        self.assertEqual(str(sms.send_after), "2026-11-28 10:02:00")
        with freeze_time("2026-11-28 10:01:59"):
            self.run_queue()
        self.assertFalse(self.fake.messages)
        with freeze_time("2026-11-28 10:02:00"):
            self.run_queue()
        self.assertEqual((sms.state, sms.waits_for, len(self.fake.messages)), ("pending", False, 1))

    def test_no_connection_is_tried_again_until_it_is_no_news(self):
        self.driver_options["base_url"] = "http://127.0.0.1:9"  # nobody listens there
        self.env.ref("consent_notify.order_update_stage_confirmed").news_hours = 2
        order = self.make_order()
        order.action_confirm()
        sms = self.env["sms.sms"].search([("uuid", "=", order.update_ids.sms_uuid)])
        waits = []
        moment = fields.Datetime.now()
        while sms.state == "outgoing" and len(waits) < 200:
            with freeze_time(moment):
                self.run_queue()
            waits.append((sms.send_after - moment).total_seconds())
            moment = sms.send_after
        self.assertEqual(waits[:7], [30, 60, 120, 300, 600, 900, 900])
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "too_late"))
        self.assertLess(moment - sms.create_date, timedelta(hours=2))
        self.assertGreater(moment - sms.create_date, timedelta(hours=1))
        self.assertEqual(
            (order.update_status, order.update_reason),
            ("failed", "Not sent: it could not go in time"),
        )

    def test_a_text_that_is_no_news_any_more_is_not_sent(self):
        sms = self.make_sms(self.anna, send_until=fields.Datetime.now() - timedelta(seconds=1))
        self.run_queue()
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "too_late"))
        self.assertFalse(self.fake.requests)

    def test_a_missing_account_sends_nothing_and_the_administrator_is_told_once(self):
        self.company.sms_twilio_account_sid = False
        texts = self.make_texts(3)
        for _round in range(2):
            self.run_queue()
        self.assertFalse(self.fake.requests)
        self.assertEqual(texts.mapped("failure_type"), ["sms_acc", False, False])
        self.assertEqual(texts.mapped("waits_for"), [False, "retry", "retry"])
        todo = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.company.partner_id.id)]
        )
        self.assertEqual(todo.mapped("summary"), ["Texts to customers have stopped"])
        self.assertIn("Unregistered Account", todo.note)

    def test_an_account_at_fault_stops_its_company_alone(self):
        other = self.other_company()
        self.fake.suspended.add(SID)
        mine, theirs = self.make_texts(40), self.make_sms(self.anna, record_company_id=other.id)
        self.run_queue()
        self.assertEqual(theirs.state, "pending")
        failed = mine.filtered(lambda sms: sms.state == "error")
        self.assertEqual(failed.mapped("failure_type"), ["sms_acc"])
        waiting = mine - failed
        self.assertEqual((set(waiting.mapped("state")), set(waiting.mapped("attempts"))), ({"outgoing"}, {0}))
        self.assertGreater(min(waiting.mapped("send_after")), fields.Datetime.now() + timedelta(seconds=HELD - 60))
        self.fake.suspended.clear()
        with freeze_time(fields.Datetime.now() + timedelta(seconds=HELD + 1)):
            self.run_queue()
        self.assertEqual(set(waiting.mapped("state")), {"pending"})

    def test_a_country_that_is_closed_stops_its_own_texts_alone(self):
        self.fake.fault("refused", code=21408, to=NUMBER)
        german = self.env["res.partner"].create({"name": "Grete", "phone": "+4915112345678"})
        self.answer(german, "granted")
        texts = self.make_texts(2) + self.make_sms(german, german.phone)
        self.run_queue()
        self.assertEqual(texts.mapped("state"), ["error", "outgoing", "pending"])

    def test_each_company_has_its_own_account(self):
        other = self.other_company()
        self.make_sms(self.anna)
        self.make_sms(self.anna, record_company_id=other.id)
        self.run_queue()
        accounts = {message["account_sid"]: message["from"] for message in self.fake.messages}
        self.assertEqual(accounts, {SID: SENDER, self.other_sid: GERMAN})

    def test_a_wrong_token_stops_too(self):
        self.company.sms_twilio_auth_token = "wrong"
        self.assertEqual(self.outcome(), ("error", "twilio_authentication"))

    def test_no_number_in_the_words_of_twilio_reaches_log_or_chatter(self):
        self.fake.fault("refused", code=99999, message=f"No such number {NUMBER}")
        order = self.make_order()
        with (
            self.assertLogs("odoo", logging.DEBUG) as logs,
            self.assertNoLogs("urllib3", logging.DEBUG),
            self.assertNoLogs("twilio", logging.DEBUG),
        ):
            order.action_confirm()
            self.run_queue()
        self.assertEqual(order.update_status, "failed")
        said = [line for line in logs.output if "odoo.sql_db" not in line]
        self.assertFalse([line for line in said if any(tail in line for tail in ("9161234567", "No such", SID))])
        notification = order.update_ids.message_id.notification_ids
        self.assertEqual(notification.failure_reason, "No such number [number]")
        tracker = notification.sms_tracker_ids
        tracker._action_update_from_twilio_error("undelivered", "30003", f"{NUMBER} is unreachable")
        self.assertEqual(notification.failure_reason, "[number] is unreachable")

    def test_the_test_of_the_account_goes_out_and_keeps_no_number(self):
        wizard = self.env["sms.twilio.account.manage"].create({"test_number": "+79160000005"})
        wizard.action_send_test()
        self.run_queue()
        self.assertEqual([sent["to"] for sent in self.fake.messages], ["+79160000005"])
        self.env.cr.execute("SELECT test_number FROM sms_twilio_account_manage WHERE id = %s", [wizard.id])
        self.assertTrue(is_token(self.env.cr.fetchone()[0]))

    def test_a_failure_of_ours_gives_back_what_was_not_handed_over(self):
        self.company.sms_in_flight = 1
        texts = self.make_texts(5)
        real = type(texts)._record_sudo

        def fail_once(queue, traffic, outcomes, back):
            self.patch(type(texts), "_record_sudo", real)
            raise ValueError("a bug")

        self.patch(type(texts), "_record_sudo", fail_once)
        self.fake.fault("latency", latency=0.4, times=0)
        with suppress(ValueError):  # Odoo's `assertRaises` would take back what was committed
            self.run_queue()
            self.fail("nothing failed")
        states = [sms.state for sms in texts]
        self.assertGreaterEqual(states.count("process"), len(self.fake.messages), "what was sent stays claimed")
        self.assertIn("outgoing", states)
        self.fake.faults.clear()
        with mute_logger("odoo.addons.consent_notify.models.sms_sms_queue"):
            self.run_queue()
        self.assertEqual(len(self.fake.messages), 5)
        self.assertEqual(set(texts.mapped("failure_type")), {False, "outcome_unknown"})

    def test_settings_that_fail_stop_their_company_alone(self):
        other = self.other_company()
        mine, theirs = self.make_sms(self.anna), self.make_sms(self.anna, record_company_id=other.id)
        real = type(other)._sms_driver_sudo

        def fail(company):
            if company == other:
                raise GatewayError("setting")
            return real(company)

        self.patch(type(other), "_sms_driver_sudo", fail)
        with mute_logger("odoo.addons.consent_notify.models.sms_sms_deliver"):
            self.run_queue()
        self.assertEqual((mine.state, theirs.state, theirs.failure_type), ("pending", "error", "sms_acc"))

    def test_settings_that_cannot_be_are_refused(self):
        for name, value in (("sms_in_flight", 0), ("sms_in_flight", 1000), ("sms_retry_hours", 0)):
            with self.assertRaises(ValidationError):
                self.company[name] = value
        with self.assertRaises(ValidationError):
            self.company.sms_twilio_messaging_service_sid = "AC12"
