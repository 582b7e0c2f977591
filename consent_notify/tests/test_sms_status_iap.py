"""The core's route for the reports of Odoo's own service: nothing is signed there, and anybody may post."""

from uuid import uuid4

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .reports_common import WebhookCommon


@tagged("post_install", "-at_install")
class TestIapStatus(WebhookCommon):
    def setUp(self):
        super().setUp()
        self.company.sms_provider = "iap"

    def say(self, tracker, word):
        answer = self.say_all([{"uuids": [tracker.sms_uuid], "sms_status": word}])
        self.assertEqual(answer, "OK")

    def say_all(self, statuses):
        answer = self.make_jsonrpc_request("/sms/status", {"message_statuses": statuses})
        self.env.invalidate_all()
        return answer

    def test_a_report_says_what_became_of_the_text(self):
        for word, told in (
            ("sent", ("sent", False, "pending")),
            ("delivered", ("delivered", False, "sent")),
            ("not_delivered", ("failed", "sms_not_delivered", "exception")),
            ("invalid_destination", ("failed", "sms_invalid_destination", "bounce")),
            ("something_new", ("failed", "unknown", "exception")),
        ):
            tracker = self.make_sent()
            self.say(tracker, word)
            self.assertEqual(self.told(tracker), told, word)

    def test_what_came_later_is_never_undone_by_what_comes_late(self):
        for final in ("delivered", "not_delivered"):
            tracker = self.make_sent()
            self.say(tracker, final)
            told = self.told(tracker)
            for late in ("processing", "sent", "delivered", "not_delivered", "rejected"):
                self.say(tracker, late)
                self.assertEqual(self.told(tracker), told, f"{late} after {final}")

    def test_a_text_that_waits_stays_in_the_queue(self):
        order = self.make_order()
        order.action_confirm()
        sms = self.env["sms.sms"].search([("uuid", "=", order.update_ids.sms_uuid)])
        tracker = sms.sms_tracker_id
        self.assertEqual(self.told(tracker)[0], "waiting")
        for claimed in (False, True):
            if claimed:  # … and after a first try that came back
                sms._live_bodies_sudo()
            self.say(tracker, "delivered")
            self.assertEqual((self.told(tracker)[0], sms.state, sms.to_delete), ("waiting", "outgoing", False))

    def test_a_text_that_was_refused_never_arrived(self):
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        order = self.make_order()
        order.action_confirm()
        sms = self.env["sms.sms"].search([("uuid", "=", order.update_ids.sms_uuid)])
        self.say(sms.sms_tracker_id, "delivered")
        self.assertEqual((order.update_status, sms.state), ("refused", "canceled"))

    def test_a_text_in_a_worker_s_hands_is_that_worker_s_to_settle(self):
        sms = self.make_text()
        self.say(sms.sms_tracker_id, "delivered")
        self.assertEqual((sms.state, sms.to_delete), ("process", False))
        self.assertEqual(self.told(sms.sms_tracker_id)[0], "delivered")
        self.leave(sms)
        self.assertEqual(self.told(sms.sms_tracker_id)[0], "delivered")

    def test_another_provider_s_text_is_none_of_its_business(self):
        for provider in ("twilio", "sandbox"):
            self.company.sms_provider = provider
            tracker = self.make_sent()
            self.company.sms_provider = "iap"  # changed since
            self.say(tracker, "delivered")
            self.assertEqual(self.told(tracker)[0], "sent", provider)

    def test_a_text_from_before_the_addon_goes_by_its_company(self):
        tracker = self.make_sent()
        tracker.write({"account": False, "claimed_at": False, "company_id": False})
        self.company.sms_provider = "twilio"
        self.say(tracker, "delivered")
        self.assertEqual(self.told(tracker)[0], "sent")
        self.company.sms_provider = "iap"
        self.say(tracker, "delivered")
        self.assertEqual(self.told(tracker)[0], "delivered")

    @mute_logger("odoo.http")
    def test_nonsense_changes_nothing(self):
        tracker = self.make_sent()
        uuid = tracker.sms_uuid
        self.assertEqual(self.say_all([{"uuids": [uuid4().hex], "sms_status": "delivered"}]), "OK")
        for statuses in (
            [{"uuids": [uuid], "sms_status": "delivered"}, {"uuids": ["x"], "sms_status": "sent"}],
            [{"uuids": [uuid, 1], "sms_status": "delivered"}],
            [{"uuids": [uuid], "sms_status": ["delivered"]}],
            [{"uuids": [], "sms_status": "delivered"}],
            [{"uuids": uuid}],
            [uuid],
            "delivered",
            5,
        ):
            with self.assertRaises(JsonRpcException):
                self.say_all(statuses)
        self.assertEqual(self.told(tracker)[0], "sent")

    def test_nobody_reads_what_a_report_goes_by(self):
        update = self.make_sent().order_update_id
        with self.assertRaises(AccessError):
            update.with_user(self.clerk).read(["sms_uuid"])
        with self.assertRaises(AccessError):
            update.with_user(self.clerk).search([("sms_uuid", "like", "a")])
        self.assertTrue(update.with_user(self.clerk).read(["state", "waits_for"]))
