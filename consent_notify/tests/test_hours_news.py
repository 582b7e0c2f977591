from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..tools.sms_api import SmsApiSandbox
from .hours_common import EIGHT_PM, NINE, NOON, HoursCommon

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@tagged("post_install", "-at_install")
class TestNews(HoursCommon):
    """An update goes only if it is still true when its moment comes."""

    def setUp(self):
        super().setUp()
        self.order = self.make_order()

    def at(self, moment, *codes):
        with freeze_time(moment):
            for code in codes:
                if code == "confirmed":
                    self.order.action_confirm()
                else:
                    self.order._move_to_update_stage(code)

    def told(self):
        return [update.stage_id.code for update in self.order.update_ids.sorted("id") if update.state == "sent"]

    def test_the_night_brings_the_latest_news_alone(self):
        self.at(EIGHT_PM, "confirmed", "ready")
        self.assertEqual(self.order.update_status, "waiting")
        self.run_queue_at(NINE + DAY)
        self.assertEqual(self.told(), ["ready"])
        self.assertEqual(self.order.update_ids.mapped("reason"), [False, "superseded"])

    def test_an_order_that_went_on_silently_drops_what_waits(self):
        self.at(EIGHT_PM, "confirmed", "preparing")  # of which nobody is told
        self.run_queue_at(NINE + DAY)
        self.assertEqual(self.told(), [])
        self.assertEqual((self.order.update_ids.state, self.order.update_ids.reason), ("canceled", "stale"))

    def test_the_gate_itself_looks_at_the_stage(self):
        self.at(EIGHT_PM, "confirmed")
        # By a way that no automated action sees.
        preparing = self.env["order.update.stage"]._for(self.company, "preparing")
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET update_stage_id = %s WHERE id = %s", [preparing.id, self.order.id])
        self.env.invalidate_all()
        self.run_queue_at(NINE + DAY)
        self.assertEqual(self.order.update_ids.reason, "stale")

    def test_nobody_hears_of_preparing_after_ready(self):
        preparing = self.env["order.update.stage"]._for(self.company, "preparing")
        preparing.is_on = True
        self.at(NOON, "confirmed", "ready")
        self.run_queue_at(NOON)
        self.at(NOON, "preparing")
        self.run_queue_at(NOON)
        self.assertEqual(self.told(), ["ready"])
        self.at(NOON, "delayed", "preparing")
        self.run_queue_at(NOON)
        self.assertEqual(self.told(), ["ready"], "the delay itself was never told")
        self.at(NOON, "delayed")
        self.run_queue_at(NOON)
        self.at(NOON, "preparing")
        self.run_queue_at(NOON)
        self.assertEqual(self.told(), ["ready", "delayed", "preparing"])

    def test_ready_after_a_delay_is_news_again(self):
        self.at(NOON, "confirmed", "ready")
        self.run_queue_at(NOON)
        self.at(NOON, "delayed")
        self.run_queue_at(NOON)
        self.at(NOON, "ready")
        self.run_queue_at(NOON)
        self.assertEqual(self.told(), ["ready", "delayed", "ready"])
        self.at(NOON, "ready")
        self.run_queue_at(NOON)
        self.assertEqual(self.told(), ["ready", "delayed", "ready"])

    def test_a_stage_may_wait_and_moving_back_drops_the_text(self):
        ready = self.env["order.update.stage"]._for(self.company, "ready")
        ready.delay_minutes = 10
        self.at(NOON, "confirmed")
        self.run_queue_at(NOON)
        self.at(NOON, "ready")
        [text] = self.env["sms.sms"].search([("uuid", "=", self.order.update_ids.sorted("id")[-1].sms_uuid)])
        self.assertEqual((text.send_after, text.waits_for), (NOON + 10 * MINUTE, "delay"))
        self.run_queue_at(NOON + 9 * MINUTE)
        self.assertEqual(self.told(), ["confirmed"])
        self.at(NOON + 9 * MINUTE, "preparing")
        self.run_queue_at(NOON + 11 * MINUTE)
        self.assertEqual(self.told(), ["confirmed"])
        self.at(NOON + 12 * MINUTE, "ready")
        self.run_queue_at(NOON + 22 * MINUTE)
        self.assertEqual(self.told(), ["confirmed", "ready"])

    def test_a_delay_that_ends_by_night_waits_for_the_morning(self):
        self.env["order.update.stage"]._for(self.company, "confirmed").delay_minutes = 60
        self.at(EIGHT_PM - 30 * MINUTE, "confirmed")
        [text] = self.env["sms.sms"].search([("uuid", "=", self.order.update_ids.sms_uuid)])
        self.assertEqual((text.send_after, text.waits_for), (NINE + DAY, "hours"))

    def test_an_update_stands_back_for_one_that_is_with_the_provider(self):
        """One worker has "confirmed" in flight; another must not send "ready" before it comes back."""
        self.at(NOON, "confirmed")
        test = self

        def slow(api, messages, delivery_reports_url=False):
            env = api.env
            order = env["sale.order"].browse(test.order.id)
            order._move_to_update_stage("ready")
            newer = env["sms.sms"].search([("uuid", "=", order.update_ids.sorted("id")[-1].sms_uuid)])
            passes = bool(newer.with_context(sms_at_claim=True)._pass_gate_sudo())
            test.seen = newer.state, newer.waits_for, passes
            return [{"uuid": n["uuid"], "state": "sent"} for m in messages for n in m["numbers"]]

        with patch.object(SmsApiSandbox, "_send_sms_batch", slow):
            self.run_queue_at(NOON)
        self.assertEqual(self.seen, ("outgoing", "turn", False))
        self.run_queue_at(NOON + MINUTE)
        self.assertEqual(self.told(), ["confirmed", "ready"])
