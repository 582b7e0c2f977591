from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import sms_sms_reconcile
from ..models.order_update_todo import PATIENCE
from ..models.res_company_replies import ResCompany
from ..models.sms_sms_reconcile import LOOKS, WINDOW
from ..tools.drivers import Accepted, Driver, Receipt, Unknown
from .reports_common import ReportsCommon, new_sid
from .twilio_common import TwilioCommon


class Provider(Driver):
    """A provider that answers each look-up by the next of `answers`."""

    def __init__(self, *answers):
        self.answers, self.asked, self.redacted = list(answers), [], []

    def lookup(self, text, since, taken=frozenset()):
        self.asked.append((text, since, taken))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def redact(self, provider_id):
        self.redacted.append(provider_id)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class ProviderCommon(ReportsCommon):
    @contextmanager
    def provider(self, *answers):
        driver = Provider(*answers)
        with patch.object(ResCompany, "_report_driver_sudo", lambda company: driver):
            yield driver

    def run_job(self, model, method, later=timedelta()):
        """Run a cron's method on a cursor whose commits are savepoints, at a later time."""
        self.env.flush_all()
        moment = fields.Datetime.now() + later
        with freeze_time(moment), self.enter_registry_test_mode(), self.registry.cursor() as cr:
            getattr(self.env(cr=cr)[model], method)()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestReconcile(ProviderCommon):
    def setUp(self):
        super().setUp()
        self.sms = self.make_doubtful()
        self.tracker = self.sms.sms_tracker_id
        self.order = self.tracker.order_update_id.order_id

    def reconcile(self, *answers, later=LOOKS[0]):
        with self.provider(*answers) as driver:
            self.run_job("sms.sms", "_reconcile_sudo", later)
        return driver.asked

    def passes(self, later):
        """Tell whether the gate lets the text through after it went back into the queue."""
        self.assertEqual(self.sms.state, "outgoing")
        with freeze_time(fields.Datetime.now() + later):
            return bool(self.sms._pass_gate_sudo())

    def test_a_text_that_the_provider_knows_becomes_what_it_says(self):
        sid = new_sid()
        for found, told in (
            (Accepted(sid), ("sent", False, "pending")),
            (Receipt(new_sid(), "delivered", segments=2), ("delivered", False, "sent")),
            (Receipt(new_sid(), "failed", "sms_rejected"), ("failed", "sms_rejected", "bounce")),
        ):
            sms = self.make_doubtful()
            tracker = sms.sms_tracker_id
            self.sms.sms_tracker_id.looks = len(LOOKS)
            asked = self.reconcile(found)
            self.assertEqual([text.uuid for text, _since, _taken in asked], [sms.uuid])
            self.assertEqual(self.told(tracker), told)
            self.assertEqual(tracker.sms_twilio_sid, found.provider_id)
            self.assertTrue(sms.to_delete)
            self.assertFalse(self.reconcile(found), "asked again")

    def test_each_look_opens_the_number_through_the_provider_s_door(self):
        access = self.env["phone.access"]
        before = access.search_count([("door", "=", "provider")])
        [(text, since, _taken)] = self.reconcile(Unknown())
        self.assertEqual(access.search_count([("door", "=", "provider")]), before + 1)
        self.assertEqual(text.to, self.sms.number)
        self.assertEqual(since, self.tracker.claimed_at)
        self.assertIn("[link]", text.body)

    def test_another_account_is_not_asked_it_would_say_that_the_text_never_came(self):
        for vals in ({"sms_twilio_account_sid": "AC" + "f" * 32}, {"sms_provider": "iap"}):
            self.company.write(vals)
            self.assertFalse(self.reconcile(None, later=LOOKS[1]))
            self.assertEqual(self.sms.failure_type, "outcome_unknown")
            self.tracker.looks = 0

    def test_a_number_is_looked_up_as_it_was_sent(self):
        self.company.country_id = self.env.ref("base.ru")
        self.sms.number = "8 (916) 123-45-67"
        [(text, _since, _taken)] = self.reconcile(Unknown())
        self.assertEqual(text.to, "+79161234567")

    def test_ids_of_other_texts_are_not_taken_for_this_one(self):
        other = self.make_sent()
        other.sms_twilio_sid = new_sid()
        [(_text, _since, taken)] = self.reconcile(Unknown())
        self.assertIn(other.sms_twilio_sid, taken)

    def test_it_is_asked_less_and_less_often_and_not_for_ever(self):
        asked = [len(self.reconcile(Unknown(), later=later)) for later in LOOKS]
        self.assertEqual(asked, [1] * len(LOOKS))
        for later in (LOOKS[-1], WINDOW, WINDOW * 2):
            self.assertFalse(self.reconcile(Unknown(), later=later))
        self.assertFalse(self.reconcile(Unknown(), later=timedelta()))
        self.assertEqual((self.sms.state, self.sms.failure_type), ("error", "outcome_unknown"))

    def test_what_the_provider_never_had_goes_back_only_when_that_is_sure(self):
        self.reconcile(None)
        self.assertEqual(self.sms.failure_type, "outcome_unknown", "a request may still be under way")
        self.reconcile(None, later=LOOKS[1])
        self.assertEqual((self.sms.state, self.sms.failure_type), ("outgoing", False))
        self.assertEqual(self.sms.waits_for, "retry")
        self.assertEqual(self.told(self.tracker), ("waiting", False, "ready"))

    def test_what_could_not_go_in_time_is_not_sent(self):
        self.sms.send_until = fields.Datetime.now() + timedelta(minutes=5)
        self.reconcile(None, later=LOOKS[1])
        self.assertFalse(self.passes(LOOKS[1]))
        self.assertEqual((self.sms.state, self.sms.failure_type), ("canceled", "too_late"))
        self.assertEqual(self.told(self.tracker)[:2], ("failed", "too_late"))

    def test_a_failed_text_that_is_sent_once_more_really_goes(self):
        self.company.sms_provider = "sandbox"
        for button in ("action_set_outgoing", "resend_failed"):
            sms = self.make_doubtful()
            tracker, sid = sms.sms_tracker_id, new_sid()
            tracker._take_receipt_sudo(Receipt(sid, "failed", "sms_not_delivered"))
            tracker.write({"looks": 3, "forget_tries": 10, "forgotten_at": fields.Datetime.now()})
            self.assertEqual((sms.state, sms.to_delete), ("error", True), "the night would take it")
            getattr(sms, button)()
            self.assertEqual((sms.state, sms.to_delete), ("outgoing", False))
            self.run_queue()
            self.assertEqual((sms.state, tracker.order_update_id.state), ("pending", "sent"))
            self.assertNotEqual(tracker.sms_twilio_sid, sid)
            self.assertFalse(tracker.report or tracker.looks or tracker.forget_tries or tracker.forgotten_at)

    def make_tried_again(self):
        """Return a text that failed, and that a worker has in hand once more."""
        sms = self.make_doubtful()
        sms.sms_tracker_id._take_receipt_sudo(Receipt(new_sid(), "failed", "sms_not_delivered"))
        sms.action_set_outgoing()
        sms._live_bodies_sudo()
        sms.write({"state": "process", "claim": "a worker"})
        return sms

    def test_the_receipts_of_another_try_count(self):
        sms = self.make_tried_again()
        tracker = sms.sms_tracker_id
        self.leave(sms, "outcome_unknown")  # so nobody learnt the new id
        tracker._take_receipt_sudo(Receipt(new_sid(), "delivered"))
        self.assertEqual(self.told(tracker)[0], "delivered")

    def test_what_an_earlier_try_said_meanwhile_is_not_the_last_word(self):
        sms = self.make_tried_again()
        tracker = sms.sms_tracker_id
        tracker._take_receipt_sudo(Receipt(new_sid(), "failed", "sms_not_delivered"))  # once more, and late
        sid = new_sid()
        sms._record_ids_sudo({sms.uuid: Accepted(sid)})
        sms._record_accepted_sudo({sms.uuid: 1})
        tracker._take_receipt_sudo(Receipt(sid, "delivered"))
        self.assertEqual(self.told(tracker)[0], "delivered")

    def test_who_is_asked_by_a_person_is_not_texted_as_well(self):
        update = self.tracker.order_update_id
        self.run_job("order.update", "_make_todos_sudo", PATIENCE)
        self.assertTrue(update.todo_at)
        activity = self.env.ref("consent_notify.activity_not_told")
        self.assertIn(activity, self.order.activity_ids.activity_type_id)
        self.reconcile(None, later=LOOKS[4])
        self.assertEqual((self.sms.state, self.sms.failure_type), ("error", "outcome_unknown"))
        self.tracker._take_receipt_sudo(Receipt(new_sid(), "delivered"))
        self.assertNotIn(activity, self.order.activity_ids.activity_type_id, "told after all")

    def test_what_newer_news_replaced_is_not_sent(self):
        self.order.action_mark_ready()
        self.reconcile(None, later=LOOKS[1])
        self.assertFalse(self.passes(LOOKS[1]))
        self.assertEqual((self.sms.state, self.sms.failure_type), ("canceled", "superseded"))

    def test_a_receipt_that_came_before_the_workers_record_settles_it_without_a_look(self):
        sms = self.make_text()
        tracker = sms.sms_tracker_id
        tracker._take_receipt_sudo(Receipt(new_sid(), "delivered"))
        self.leave(sms, "outcome_unknown")
        self.tracker.looks = len(LOOKS)
        self.assertFalse(self.reconcile(Unknown(), later=timedelta()))
        self.assertEqual((sms.state, sms.to_delete), ("sent", True))
        self.assertEqual(self.told(tracker)[0], "delivered")

    def test_a_provider_that_cannot_look_opens_no_number(self):
        self.company.sms_provider = "sandbox"
        access = self.env["phone.access"].search_count([])
        self.run_job("sms.sms", "_reconcile_sudo", LOOKS[0])
        self.assertEqual(self.env["phone.access"].search_count([]), access)
        self.assertEqual(self.tracker.looks, 1)

    def test_many_are_asked_about_in_batches(self):
        self.patch(sms_sms_reconcile, "AT_ONCE", 2)
        texts = self.sms.concat(self.sms, *(self.make_doubtful() for _i in range(4)))
        self.assertEqual(len(self.reconcile(*(Accepted(new_sid()) for _sms in texts))), 5)
        self.assertEqual(set(texts.mapped("state")), {"pending"})

    def test_the_queue_wakes_it(self):
        cron = self.env.ref("consent_notify.ir_cron_sms_reconcile")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.run_queue()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)


@tagged("post_install", "-at_install")
class TestForget(ProviderCommon):
    def setUp(self):
        super().setUp()
        self.tracker = self.make_sent()
        self.tracker._take_receipt_sudo(Receipt(new_sid(), "delivered"))

    def forget(self, *answers, later=timedelta()):
        with self.provider(*answers) as driver:
            self.run_job("sms.tracker", "_forget_sudo", later)
        return driver.redacted

    def test_a_finished_text_is_forgotten_once(self):
        self.assertEqual(self.forget(True), [self.tracker.sms_twilio_sid])
        self.assertTrue(self.tracker.forgotten_at)
        self.assertFalse(self.forget(True))

    def test_who_never_had_the_text_forgets_nothing(self):
        for vals in ({"sms_twilio_account_sid": "AC" + "f" * 32}, {"sms_provider": "iap"}):
            self.company.write(vals)
            self.assertFalse(self.forget(True))
            self.assertFalse(self.tracker.forgotten_at)

    def todos(self):
        return self.company.partner_id.activity_ids.filtered(lambda todo: "keeps texts" in (todo.summary or ""))

    def test_an_account_that_the_company_left_is_somebodys_work_once(self):
        account = self.company.sms_twilio_account_sid
        self.company.sms_twilio_account_sid = "AC" + "f" * 32
        self.forget(True)
        self.assertFalse(self.todos(), "it may have been a slip")
        for _time in range(2):
            self.assertFalse(self.forget(True, later=timedelta(days=4)))
        self.assertIn(account, self.todos().summary)
        self.assertEqual(len(self.todos()), 1)
        self.assertFalse(self.tracker.forgotten_at)
        self.company.sms_twilio_account_sid = account
        self.assertEqual(self.forget(True, later=timedelta(days=5)), [self.tracker.sms_twilio_sid], "it is back")
        self.assertTrue(self.tracker.forgotten_at)

    def test_an_account_that_another_company_has_is_asked_by_its_access(self):
        account = self.company.sms_twilio_account_sid
        other = self.env["res.company"].create({"name": "Other", "sms_provider": "twilio"})
        (self.company.sms_twilio_account_sid, other.sms_twilio_account_sid) = ("AC" + "f" * 32, account)
        self.assertEqual(self.forget(True, later=timedelta(days=4)), [self.tracker.sms_twilio_sid])
        self.assertTrue(self.tracker.forgotten_at)
        self.assertFalse(self.todos())

    def test_one_under_way_is_left_alone_until_nothing_more_will_come(self):
        self.tracker.forgotten_at = fields.Datetime.now()
        other = self.make_sent()
        other._take_receipt_sudo(Receipt(new_sid(), "sent"))
        self.assertFalse(self.forget(True))
        self.assertEqual(self.forget(True, later=timedelta(days=3, minutes=1)), [other.sms_twilio_sid])

    def test_a_provider_that_does_not_is_asked_again_later_and_later(self):
        self.assertEqual(len(self.forget(False)), 1)
        self.assertFalse(self.forget(False), "asked again at once")
        for tries in range(2, 11):
            self.assertEqual(len(self.forget(False, later=timedelta(minutes=2**10 * tries))), 1)
        self.assertFalse(self.forget(False, later=timedelta(days=90)))
        self.assertFalse(self.tracker.forgotten_at)
        self.assertEqual(len(self.todos()), 1)

    def test_a_company_may_leave_it(self):
        self.company.sms_forget = False
        self.assertFalse(self.forget(True))

    def test_a_worker_that_died_leaves_it_to_the_next(self):
        self.env["sms.tracker"]._take_to_forget_sudo()
        self.assertFalse(self.forget(True))
        self.assertEqual(len(self.forget(True, later=timedelta(minutes=16))), 1)


@tagged("post_install", "-at_install")
class TestUpdateTodo(ProviderCommon):
    def todos(self, order):
        kind = self.env.ref("consent_notify.activity_not_told")
        return order.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def make_failed(self, reason="sms_invalid_destination", order=None):
        tracker = self.make_sent(order)
        tracker._take_receipt_sudo(Receipt(new_sid(), "failed", reason))
        return tracker.order_update_id

    def run_todos(self, later=timedelta()):
        self.run_job("order.update", "_make_todos_sudo", later)

    def test_a_failed_text_becomes_the_salespersons_work_once(self):
        order = self.make_failed().order_id
        self.run_todos()
        [todo] = self.todos(order)
        self.assertEqual(todo.user_id, self.clerk)
        self.assertIn("Confirmed", todo.summary)
        self.assertIn("another number", todo.note)
        self.run_todos()
        self.assertEqual(len(self.todos(order)), 1)

    def test_the_same_stage_again_is_the_same_work(self):
        update = self.make_failed()
        self.run_todos()
        again = update.copy({"occurrence": 2, "state": "failed", "reason": update.reason, "todo_at": False})
        self.run_todos()
        self.assertTrue(again.todo_at)
        self.assertEqual(len(self.todos(update.order_id)), 1)

    def test_an_opt_out_is_nobodys_work(self):
        update = self.make_failed("sms_optout")
        self.run_todos()
        self.assertFalse(self.todos(update.order_id))
        self.assertFalse(update._todo_words())

    def test_what_newer_news_replaced_is_nobodys_work(self):
        update = self.make_failed()
        update.order_id.action_mark_ready()
        self.run_todos()
        self.assertFalse(self.todos(update.order_id))

    def test_doubt_has_its_time_before_somebody_asks_the_customer(self):
        sms = self.make_doubtful()
        order = sms.sms_tracker_id.order_update_id.order_id
        self.run_todos(timedelta(hours=2))
        self.assertFalse(self.todos(order))
        for _time in range(2):
            self.run_todos(timedelta(hours=3, minutes=1))
        [todo] = self.todos(order)
        self.assertIn("Nobody knows whether", todo.summary)
        self.assertEqual(sms.state, "error", "sent again")

    def test_what_may_have_arrived_is_not_told_again(self):
        order = self.make_doubtful().sms_tracker_id.order_update_id.order_id
        with self.assertRaises(UserError):
            order.action_tell_again()
        order._move_to_update_stage("preparing")
        order._move_to_update_stage("confirmed")
        self.assertEqual(len(order.update_ids), 1)

    def test_a_cancellation_that_failed_is_work_too(self):
        order = self.make_sent().order_update_id.order_id
        order._action_cancel()
        update = order.update_ids.sorted("id")[-1]
        self.assertEqual(update.stage_id.code, "cancelled")
        sms = self.env["sms.sms"].search([("uuid", "=", update.sms_uuid)])
        sms._live_bodies_sudo()
        self.leave(sms)
        sms.sms_tracker_id._take_receipt_sudo(Receipt(new_sid(), "failed", "sms_invalid_destination"))
        self.run_todos()
        self.assertEqual(len(self.todos(order)), 1)

    def test_old_failures_are_history(self):
        update = self.make_failed()
        self.run_todos(timedelta(days=4))
        self.assertFalse(self.todos(update.order_id))

    def test_a_late_failure_is_as_fresh_as_any(self):
        """A network may need days to give a text up."""
        tracker = self.make_sent()
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            tracker._take_receipt_sudo(Receipt(new_sid(), "failed", "sms_expired"))
        order = tracker.order_update_id.order_id
        self.run_todos(timedelta(days=4, hours=1))
        self.assertEqual(len(self.todos(order)), 1)

    def test_what_could_not_go_in_time_is_work_and_heads_the_board(self):
        """The provider was down for as long as "ready" was news: the customer still waits for it."""
        order = self.make_order()
        order.action_confirm()
        text = self.env["sms.sms"].search([("uuid", "=", order.update_ids.sms_uuid)])
        text.send_until = fields.Datetime.now() - timedelta(seconds=1)
        text.send()
        self.assertEqual((order.update_status, order.is_untold), ("failed", True))
        self.assertIn("Tell again", order.update_next_step)
        self.run_todos()
        self.assertEqual(len(self.todos(order)), 1)
        order.with_user(self.clerk).action_tell_again()
        self.assertEqual(order.update_status, "waiting")

    def test_what_is_no_longer_true_is_nobody_s_work_however_late_it_is(self):
        order = self.make_order()
        order.action_confirm()
        update = order.update_ids
        text = self.env["sms.sms"].search([("uuid", "=", update.sms_uuid)])
        text.send_until = fields.Datetime.now() - timedelta(seconds=1)
        preparing = self.env["order.update.stage"]._for(self.company, "preparing")
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET update_stage_id = %s WHERE id = %s", [preparing.id, order.id])
        self.env.invalidate_all()
        text.send()
        self.assertEqual((update.state, update.reason), ("canceled", "stale"))
        self.run_todos()
        self.assertFalse(self.todos(order))

    def test_every_failure_has_a_next_step(self):
        for reason, _label in self.env["order.update"]._selection_reason():
            update = self.env["order.update"].new({"state": "failed", "reason": reason})
            self.assertEqual(bool(update._todo_words()), reason not in ("sms_optout", "sms_blacklist"), reason)


@tagged("post_install", "-at_install")
class TestWithTwilio(TwilioCommon):
    """The same with the real driver, against the Twilio on loopback."""

    def run_job(self, model, method, later):
        self.env.flush_all()
        moment = fields.Datetime.now() + later
        with freeze_time(moment), self.enter_registry_test_mode(), self.registry.cursor() as cr:
            getattr(self.env(cr=cr)[model], method)()
        self.env.invalidate_all()

    def lose(self, fault):
        """Confirm an order whose text meets `fault`; return the order."""
        self.fake.fault(fault)
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        self.assertEqual((order.update_ids.state, order.update_ids.reason), ("failed", "outcome_unknown"))
        return order

    def test_what_twilio_took_is_found_and_not_sent_again(self):
        for fault in ("reset_after", "garbled"):
            self.fake.clear()
            order = self.lose(fault)
            self.run_job("sms.sms", "_reconcile_sudo", LOOKS[0])
            self.assertEqual(order.update_ids.state, "sent")
            [message] = self.fake.messages
            self.assertEqual(
                order.update_ids.message_id.notification_ids.sms_tracker_ids.sms_twilio_sid, message["sid"]
            )
            self.run_queue()
            self.assertEqual(len(self.fake.messages), 1)

    def test_what_twilio_never_had_is_sent_once_when_that_is_sure(self):
        order = self.lose("reset_before")
        self.assertFalse(self.fake.messages)
        self.run_job("sms.sms", "_reconcile_sudo", LOOKS[0])
        self.run_queue()
        self.assertFalse(self.fake.messages)
        self.run_job("sms.sms", "_reconcile_sudo", LOOKS[1])
        with freeze_time(fields.Datetime.now() + LOOKS[1]):
            self.run_queue()
        self.assertEqual(len(self.fake.messages), 1)
        self.assertEqual(order.update_ids.state, "sent")

    def test_a_text_that_keeps_no_words_is_never_taken_for_lost(self):
        self.company.sms_twilio_no_words = True
        order = self.lose("reset_after")
        self.fake.messages[0]["body"] = ""
        self.run_job("sms.sms", "_reconcile_sudo", LOOKS[1])
        self.assertEqual(order.update_ids.reason, "outcome_unknown")

    def test_twilio_forgets_what_arrived(self):
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        [message] = self.fake.messages
        tracker = order.update_ids.message_id.notification_ids.sms_tracker_ids
        self.assertIn("confirmed", message["body"])
        self.fake.advance(message["sid"], "delivered")
        tracker._take_receipt_sudo(Receipt(message["sid"], "delivered"))
        self.fake.fault("server_error")
        self.run_job("sms.tracker", "_forget_sudo", timedelta())
        self.assertFalse(tracker.forgotten_at)
        self.run_job("sms.tracker", "_forget_sudo", timedelta(hours=1))
        self.assertEqual((message["body"], bool(tracker.forgotten_at)), ("", True))
        # Its answer tells the price, which no receipt had.
        self.assertEqual((order.update_ids.price, order.update_ids.currency), (0.0075, "USD"))

    def test_twilio_s_own_count_of_segments_counts(self):
        for says, counted in (("3", 3), ("0", 1), (None, 1)):  # a service that has not chosen its sender tells none
            self.patch(self.fake, "num_segments", says)
            order = self.make_order()
            order.action_confirm()
            self.run_queue()
            self.assertEqual(order.update_ids.segments, counted, says)

    def test_it_deletes_the_message_where_the_company_wants_that(self):
        self.company.sms_forget_message = True
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        [message] = self.fake.messages
        self.fake.advance(message["sid"], "delivered")
        tracker = order.update_ids.message_id.notification_ids.sms_tracker_ids
        tracker._take_receipt_sudo(Receipt(message["sid"], "delivered"))
        self.run_job("sms.tracker", "_forget_sudo", timedelta())
        self.assertFalse(self.fake.messages)
