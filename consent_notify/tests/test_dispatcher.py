from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

from freezegun import freeze_time

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import sms_sms_queue
from ..models.sms_sms_deliver import Traffic
from ..tools.segments import measure
from ..tools.sms_api import NoAnswer, SmsApiIap, SmsApiSandbox
from .consent_common import NUMBER
from .orders_common import OrdersCommon

QUEUE = "odoo.addons.consent_notify.models.sms_sms_queue"
DELIVER = "odoo.addons.consent_notify.models.sms_sms_deliver"


@tagged("post_install", "-at_install")
class TestDispatcher(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")

    @contextmanager
    def provider(self, answer):
        """Make the sandbox's driver do `answer(api, messages)`; yields the list of calls."""
        calls = []

        def send(api, messages, delivery_reports_url=False):
            calls.append([number["uuid"] for message in messages for number in message["numbers"]])
            return answer(api, messages)

        with patch.object(SmsApiSandbox, "_send_sms_batch", send):
            yield calls

    def test_a_text_is_claimed_and_committed_before_the_provider_is_called(self):
        sms = self.make_sms(self.anna)
        seen = []

        def look(api, messages):
            # Only what was committed survives this: it is what a second host would see.
            api.env.cr.rollback()
            row = api.env["sms.sms"].sudo().browse(sms.id)
            seen.append((row.state, bool(row.claim)))
            return [{"uuid": sms.uuid, "state": "sent"}]

        with self.provider(look):
            self.run_queue()
        self.assertEqual(seen, [("process", True)])
        self.assertEqual((sms.state, sms.claim, sms.to_delete), ("pending", False, True))

    def test_what_a_dead_worker_claimed_is_never_sent_again(self):
        order = self.make_order()
        order.action_confirm()
        sms = self.env["sms.sms"].search([("mail_message_id", "=", order.update_ids.message_id.id)])
        sms.write({"state": "process", "claim": uuid4().hex})
        with self.provider(lambda api, messages: []) as calls, self.assertLogs(QUEUE, "WARNING"):
            self.run_queue()
        self.assertFalse(calls, "sent again")
        self.assertEqual((sms.state, sms.failure_type), ("error", "outcome_unknown"))
        self.assertEqual((order.update_status, order.update_reason), ("failed", "Unknown whether Sent"))
        sms.resend_failed()
        self.assertEqual(sms.state, "error")
        with self.assertRaises(UserError):
            sms.action_set_outgoing()
        with self.provider(lambda api, messages: []) as calls:
            self.run_queue()
        self.assertFalse(calls, "sent again")

    def test_a_crash_in_the_call_leaves_the_claim(self):
        first, second = self.make_sms(self.anna), self.make_sms(self.anna)

        def die(api, messages):
            raise KeyboardInterrupt

        # Odoo's `assertRaises` would take back what the worker committed.
        with self.provider(die), suppress(KeyboardInterrupt):
            self.run_queue()
            self.fail("the worker lives")
        self.env.invalidate_all()
        self.assertEqual({first.state, second.state}, {"process"})
        with self.provider(lambda api, messages: []) as calls, mute_logger(QUEUE):
            self.run_queue()
        self.assertFalse(calls, "sent again")
        self.assertEqual(set((first + second).mapped("failure_type")), {"outcome_unknown"})

    def test_an_answer_that_does_not_come_is_unknown_only_if_the_call_went_out(self):
        for sent, told in (
            (True, ("error", "outcome_unknown", False, 0)),
            (False, ("outgoing", False, "retry", 1)),
        ):
            sms = self.make_sms(self.anna)

            def silence(api, messages, sent=sent):
                raise NoAnswer(sent)

            with self.provider(silence):
                self.run_queue()
            self.assertEqual((sms.state, sms.failure_type, sms.waits_for, sms.attempts), told)
            self.assertFalse(sms.claim)

    def test_a_driver_that_fails_leaves_its_texts_unknown_and_its_words_unlogged(self):
        sms = self.make_sms(self.anna)

        def fail(api, messages):
            raise ValueError(f"bad number {messages[0]['numbers'][0]['number']}")

        with self.provider(fail), self.assertLogs(DELIVER, "ERROR") as logs:
            self.run_queue()
        self.assertEqual(sms.failure_type, "outcome_unknown")
        self.assertEqual(len(logs.output), 1)
        self.assertIn("ValueError", logs.output[0])
        self.assertNotIn(NUMBER[2:], logs.output[0])

    def test_each_company_has_its_own_driver(self):
        other = self.env["res.company"].create({"name": "Other", "sms_provider": "iap"})
        self.env["consent.event"]._record_sudo(self.anna, other, [(self.order_sms, "granted", None)], source="counter")
        mine, theirs = self.make_sms(self.anna), self.make_sms(self.anna, record_company_id=other.id)
        companies = []

        def iap(api, messages, delivery_reports_url=False):
            companies.append((api.company, api.env.company))
            return [{"uuid": number["uuid"], "state": "success"} for m in messages for number in m["numbers"]]

        with patch.object(SmsApiIap, "_send_sms_batch", iap), self.provider(lambda api, messages: []) as calls:
            self.run_queue()
        self.assertEqual(calls, [[mine.uuid]])
        self.assertEqual([(c.id, e.id) for c, e in companies], [(other.id, other.id)])
        self.assertEqual(theirs.state, "pending")
        self.assertEqual(mine.failure_type, "outcome_unknown", "an answer that names nobody tells nothing")

    def test_a_text_is_measured_as_it_left(self):
        """Most providers never tell what they bill."""
        template = self.env.ref("consent_notify.sms_template_confirmed")
        for words, segments in (("{{ object.name }} [link]", 1), ("Я" * 60 + " {{ object.name }} [link]", 2)):
            template.body = words
            order = self.make_order()
            order.action_confirm()
            self.assertFalse(order.update_ids.segments)
            self.run_queue()
            [sent] = self.texts_of(order)
            self.assertEqual((order.update_ids.segments, measure(sent)[1]), (segments, segments))

    def test_a_long_queue_goes_in_batches(self):
        self.patch(sms_sms_queue, "BATCH", 2)
        texts = self.env["sms.sms"].concat(*(self.make_sms(self.anna, body=str(i)) for i in range(5)))
        sent = lambda api, messages: [{"uuid": n["uuid"], "state": "sent"} for m in messages for n in m["numbers"]]  # noqa: E731
        with self.provider(sent) as calls:
            self.run_queue()
        self.assertEqual([len(call) for call in calls], [2, 2, 1])
        self.assertEqual(set(texts.mapped("state")), {"pending"})

    def test_a_long_queue_wakes_a_second_sender(self):
        self.patch(sms_sms_queue, "BATCH", 2)
        second = self.env.ref("consent_notify.ir_cron_sms_second")
        triggers = self.env["ir.cron.trigger"]
        sent = lambda api, messages: [{"uuid": n["uuid"], "state": "sent"} for m in messages for n in m["numbers"]]  # noqa: E731
        for count, woken in ((3, 0), (6, 1)):
            for number in range(count):
                self.make_sms(self.anna, body=str(number))
            with self.provider(sent):
                self.run_queue()
            self.assertEqual(triggers.search_count([("cron_id", "=", second.id)]), woken, count)

    def test_whoever_is_there_sees_what_became_of_a_text(self):
        order = self.make_order()
        order.with_user(self.clerk).action_confirm()
        notified = []
        self.patch(
            type(self.env["mail.message"]),
            "_notify_message_notification_update",
            lambda messages: notified.append(messages.ids),
        )
        sent = lambda api, messages: [{"uuid": n["uuid"], "state": "sent"} for m in messages for n in m["numbers"]]  # noqa: E731
        presence = self.env["mail.presence"].create({"user_id": self.clerk.id, "status": "online"})
        with self.provider(sent):
            self.run_queue()
        self.assertEqual(notified, [order.update_ids.message_id.ids])
        presence.status = "offline"
        other = self.make_order()
        other.with_user(self.clerk).action_confirm()
        with self.provider(sent):
            self.run_queue()
        self.assertEqual(notified[1:], [[]])
        self.assertEqual(other.update_ids.message_id.notification_ids.notification_status, "pending")

    def test_the_queue_is_woken_at_once(self):
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.make_sms(self.anna)
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_a_text_waits_for_its_time_and_the_queue_is_woken_then(self):
        moment = fields.Datetime.now() + timedelta(hours=9)
        later, now = self.make_sms(self.anna, send_after=moment), self.make_sms(self.anna)
        self.run_queue()
        self.assertEqual((later.state, now.state), ("outgoing", "pending"))
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        self.assertIn(moment, self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).mapped("call_at"))
        with freeze_time(moment):
            self.run_queue()
        self.assertEqual(later.state, "pending")


@tagged("post_install", "-at_install")
class TestTwoWorkers(OrdersCommon):
    """Two real connections. What they commit is taken back by hand at the end."""

    def setUp(self):
        super().setUp()
        self.made = []
        self.addCleanup(self.take_back)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.made = env["sms.sms"].create([{"body": f"two workers {i}"} for i in range(4)]).ids

    def take_back(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM sms_sms WHERE id = ANY(%s)", [self.made])

    def worker(self):
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})["sms.sms"]

    def claim(self, worker, claim):
        """Claim as the dispatcher does, with a gate that lets all pass."""
        with patch.object(type(worker), "_pass_gate_sudo", lambda texts: texts):
            return worker._claim_sudo(Traffic(claim, sms_sms_queue.BATCH))[1]

    def test_two_workers_never_take_the_same_text(self):
        self.patch(sms_sms_queue, "BATCH", 2)
        one, two = self.worker(), self.worker()
        # Both look at the same snapshot.
        for worker in (one, two):
            worker.search_count([])
        taken = self.claim(one, "one")
        others = self.claim(two, "two")
        self.assertEqual(sorted(taken.ids + others.ids), sorted(self.made))
        one.env.cr.commit()
        two.env.cr.commit()
        self.assertFalse(self.claim(one, "three") + self.claim(two, "four"))

    def test_a_queue_in_other_hands_is_left_to_them(self):
        one, two = self.worker(), self.worker()
        self.claim(one, "one")
        two._process_queue()  # ends, though all of it still waits
        self.assertEqual(two._count_waiting_sudo(), len(self.made))

    def test_a_worker_that_looked_too_early_tries_again(self):
        self.patch(sms_sms_queue, "BATCH", 2)
        one, two = self.worker(), self.worker()
        two.search_count([])
        taken = self.claim(one, "one")
        one.env.cr.commit()
        tries = []

        def step():
            tries.append(1)
            return self.claim(two, "two")

        with mute_logger("odoo.sql_db"):
            others = two._retry_and_commit(step)
        self.assertEqual(len(tries), 2)
        self.assertEqual(sorted(taken.ids + others.ids), sorted(self.made))

    def test_a_claim_of_the_living_is_left_alone(self):
        one, two = self.worker(), self.worker()
        one.env.cr.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", ["alive"])
        self.claim(one, "alive")
        one.env.cr.commit()
        two._settle_lost_claims_sudo()
        self.assertEqual(set(two.browse(self.made).mapped("state")), {"process"})
        two.env.cr.commit()
        one.env.cr.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", ["alive"])
        with mute_logger(QUEUE):
            two._settle_lost_claims_sudo()
        self.assertEqual(set(two.browse(self.made).mapped("failure_type")), {"outcome_unknown"})
