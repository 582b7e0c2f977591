"""What a provider asked for outlives the run that heard it: the scheduler's own way, with the calls counted."""

from datetime import timedelta
from email.utils import format_datetime

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import sms_sms_queue
from ..models.sms_sms_take import AGAIN
from ..tools.drivers.lane import HELD
from ..tools.drivers.twilio import TwilioDriver
from .consent_common import NUMBER
from .fake_twilio import SID, TOKEN
from .twilio_common import GERMAN, TwilioCommon

CRON = "odoo.addons.base.models.ir_cron"


@tagged("post_install", "-at_install")
class TestHold(TwilioCommon):
    def setUp(self):
        super().setUp()
        self.patch(sms_sms_queue, "BATCH", 5)
        self.cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        self.second = self.env.ref("consent_notify.ir_cron_sms_second")

    def run_cron(self, cron=None):
        """Run the dispatcher as Odoo's scheduler does: again and again while it takes something and something waits."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            (cron or self.cron).method_direct_trigger()
        self.env.invalidate_all()

    def triggers(self, cron=None):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", (cron or self.cron).id)]).mapped("call_at")

    def test_a_wrong_token_costs_one_call_and_one_text_however_long_the_queue(self):
        self.company.sms_twilio_auth_token = "wrong"
        texts = self.make_texts(22)
        self.run_cron()
        self.run_cron()
        self.assertEqual(len(self.fake.requests), 1)
        failed = texts.filtered(lambda sms: sms.state == "error")
        self.assertEqual(failed.mapped("failure_type"), ["twilio_authentication"])
        waiting = texts - failed
        self.assertEqual(set(waiting.mapped("state")), {"outgoing"})
        self.assertEqual(set(waiting.mapped("claim")), {False})
        late = self.make_sms(self.anna)
        self.run_cron()
        self.assertEqual(len(self.fake.requests), 1, "a new text is no reason to ask again")
        with freeze_time(fields.Datetime.now() + timedelta(seconds=HELD + 5)):
            self.run_cron()
        self.assertEqual(len(self.fake.requests), 2, "tried again by itself")
        waiting = waiting.filtered(lambda sms: sms.state == "outgoing") + late
        self.env["ir.cron.trigger"].search([]).unlink()
        self.company.sms_twilio_auth_token = TOKEN
        self.assertTrue([at for at in self.triggers() if at <= fields.Datetime.now()], "woken at once")
        self.run_cron()
        self.assertEqual(set(waiting.mapped("state")), {"pending"})
        self.assertEqual((len(self.fake.messages), len(failed.filtered("failure_type"))), (len(waiting), 1))

    def test_a_sender_that_is_taken_away_frees_the_queue_at_once(self):
        self.company.sms_twilio_number_ids = [(0, 0, {"country_id": self.env.ref("base.de").id, "number": GERMAN})]
        self.company.sms_twilio_auth_token = "wrong"
        texts = self.make_texts(3)
        self.run_cron()
        self.company.sms_twilio_auth_token = TOKEN
        self.env["sms.hold"]._add_sudo(
            {self.company.id: {"": 900.0}}, {self.company.id: self.company._sms_settings_digest_sudo()}
        )
        self.run_cron()
        self.assertEqual(len(self.fake.requests), 1, "held")
        self.env["ir.cron.trigger"].search([]).unlink()
        self.company.sms_twilio_number_ids[-1].unlink()
        self.assertTrue([at for at in self.triggers() if at <= fields.Datetime.now()], "woken at once")
        self.run_cron()
        self.assertEqual(sorted(texts.mapped("state")), ["error", "pending", "pending"])

    def test_what_waited_for_its_time_goes_when_that_had_come(self):
        """Neither behind what came meanwhile nor before what is older."""
        self.company.sms_in_flight = 1
        now = fields.Datetime.now()
        texts = self.make_texts(4)
        moments = (timedelta(hours=-1), timedelta(hours=-3), timedelta(hours=-2), timedelta(hours=-4))
        texts[3].send_after = now - timedelta(minutes=150)
        self.env.flush_all()
        for sms, moment in zip(texts, moments, strict=True):
            self.env.cr.execute("UPDATE sms_sms SET create_date = %s WHERE id = %s", [now + moment, sms.id])
        self.run_cron()
        said = [message["body"] for message in self.fake.messages]
        self.assertEqual(said, ["Hello 1", "Hello 2", "Hello 3", "Hello 0"])

    def test_what_is_asked_for_now_does_not_stand_behind_the_backlog_of_the_night(self):
        """A code that is ten minutes late is refused as too old, and whoever waits for it cannot have another."""
        self.company.sms_in_flight = 1
        backlog = self.make_texts(3)
        backlog.send_after = fields.Datetime.now() - timedelta(minutes=20)
        self.make_sms(self.anna, body="Now")
        self.run_cron()
        self.assertEqual([message["body"] for message in self.fake.messages][:1], ["Now"])

    def test_retry_after_holds_for_the_next_run_and_for_new_texts(self):
        start = fields.Datetime.now()
        until = start + timedelta(seconds=90)
        for said in (90, format_datetime(until.astimezone(), usegmt=False)):
            self.fake.clear()
            self.fake.fault("throttled", retry_after=said)
            texts = self.make_texts(12)
            with freeze_time(start):
                self.run_cron()
                texts += self.make_sms(self.anna)
                self.run_cron()
            self.assertEqual((len(self.fake.requests), set(texts.mapped("state"))), (1, {"outgoing"}), said)
            self.assertIn(until, self.triggers(), "woken when it is over")
            with freeze_time(until - timedelta(seconds=10)):
                self.run_cron()
            self.assertEqual(len(self.fake.requests), 1)
            with freeze_time(until + timedelta(seconds=1)):
                self.run_cron()
            self.assertEqual((len(self.fake.messages), set(texts.mapped("state"))), (13, {"pending"}))
            self.env.cr.execute("DELETE FROM sms_hold")

    def test_a_short_pause_is_known_to_the_next_run(self):
        self.fake.fault("throttled", retry_after=4)
        self.make_sms(self.anna)
        self.run_cron()
        held = self.env["sms.hold"]._in_force_sudo()[self.company.id][""]
        self.assertTrue(2 < held <= 5, held)

    def test_one_account_s_hold_is_nobody_else_s(self):
        other = self.other_company()
        self.fake.suspended.add(SID)
        mine = self.make_texts(12)
        self.run_cron()
        theirs = self.make_sms(self.anna, record_company_id=other.id)
        self.run_cron()
        self.assertEqual((theirs.state, len(self.fake.requests)), ("pending", 2))
        self.assertEqual(sorted(mine.mapped("state")), ["error"] + ["outgoing"] * 11)

    def test_a_closed_country_is_not_even_taken_off_the_queue(self):
        self.fake.fault("refused", code=21408, to=NUMBER, times=0)
        german = self.env["res.partner"].create({"name": "Grete", "phone": "+4915112345678"})
        self.answer(german, "granted")
        self.make_texts(7)
        self.run_cron()
        self.assertEqual(len(self.fake.requests), 1)
        given = self.env["phone.access"].search_count([("door", "=", "provider")])
        russian = self.make_texts(7)
        theirs = self.make_sms(german, german.phone)
        self.run_cron()
        self.assertEqual((theirs.state, set(russian.mapped("state"))), ("pending", {"outgoing"}))
        self.assertEqual(set(russian.mapped("send_after")), {False}, "nobody has touched them")
        self.assertEqual(self.env["phone.access"].search_count([("door", "=", "provider")]), given + 1)
        self.assertEqual(len(self.fake.requests), 2)

    def test_no_whole_number_is_kept(self):
        self.env["sms.hold"]._add_sudo({self.company.id: {NUMBER: 900.0, "+7": 900.0}}, {self.company.id: "account"})
        self.env.cr.execute("SELECT prefix FROM sms_hold")
        self.assertEqual(self.env.cr.fetchall(), [("+7",)])

    def test_however_many_accounts_are_held_it_takes_as_many_queries(self):
        holds, asked = self.env["sms.hold"], []
        companies = self.company
        for count, prefixes in ((2, ("+7",)), (6, ("", "+7", "+49"))):
            while len(companies) < count:
                sender = {"country_id": self.env.ref("base.de").id, "number": f"+4915112345{len(companies):03}"}
                account = {"sms_twilio_account_sid": f"AC{len(companies):032}", "sms_twilio_auth_token": "x"}
                companies += self.env["res.company"].create(
                    {
                        "name": f"Shop {len(companies)}",
                        "sms_provider": "twilio",
                        "sms_twilio_number_ids": [(0, 0, sender)],
                        **account,
                    }
                )
            accounts = {company.id: company._sms_settings_digest_sudo() for company in companies}
            holds._add_sudo({company.id: dict.fromkeys(prefixes, 900.0) for company in companies}, accounts)
            queries = []
            for method in (holds._in_force_sudo, holds._clean_up_sudo):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found = method()
                queries.append(self.env.cr.sql_log_count - before)
                self.assertEqual(set(found), set(companies.ids) if method == holds._in_force_sudo else set())
            asked.append(queries)
        self.assertEqual(asked[1], asked[0])

    # ------------------------------------------------------------ a rate holds for all workers

    def test_who_is_locked_out_of_a_rate_takes_nothing_and_does_not_spin(self):
        self.patch(TwilioDriver, "per_second", 100.0)
        texts = self.make_texts(12)
        before = fields.Datetime.now()
        with self.registry.cursor() as other:
            # As the sender that keeps the rate, in another process; given back with its transaction.
            lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
            other.execute(lock, [f"sms rate {self.company.id}"])
            with self.assertNoLogs(CRON, "WARNING"):
                self.run_cron(self.second)
            other.rollback()
        self.assertFalse(self.fake.requests)
        self.assertEqual(set(texts.mapped("state")), {"outgoing"})
        progress = self.env["ir.cron.progress"].search([("cron_id", "=", self.second.id)], order="id desc")
        self.assertEqual((progress[0].done, progress[0].remaining, len(progress)), (0, 0, 1), "fully done, in one run")
        self.assertFalse(self.triggers(self.second))
        self.assertTrue([at for at in self.triggers() if before < at <= before + 2 * AGAIN], "what it leaves is found")
        self.run_cron()
        self.assertEqual((len(self.fake.messages), set(texts.mapped("state"))), (12, {"pending"}))
        self.assertFalse(self.triggers(self.second), "nobody is woken who could do nothing")

    def test_a_long_queue_without_a_rate_wakes_the_second_once_something_was_taken(self):
        self.make_texts(12)
        self.run_cron()
        self.assertTrue(self.triggers(self.second))
        self.env["ir.cron.trigger"].search([]).unlink()
        self.fake.suspended.add(SID)
        self.make_texts(12)
        self.run_cron()
        self.assertFalse(self.triggers(self.second), "a held queue needs nobody")

    def test_what_waits_elsewhere_is_not_looked_through(self):
        """With every company's lane full, the queue is left alone: however long it is, that costs nothing."""
        texts = self.make_texts(3)
        traffic = sms_sms_queue.Traffic("claim", 5)
        traffic.locked_out = set(self.env["res.company"].with_context(active_test=False).search([]).ids)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"):
            self.assertFalse(texts._take_sudo(traffic))
        self.assertEqual((texts._count_waiting_sudo(traffic), texts._count_waiting_sudo()), (0, 3))

    def test_a_search_that_found_nobody_else_is_not_done_again_at_once(self):
        self.other_company()
        texts = self.make_texts(3)
        traffic = sms_sms_queue.Traffic("claim", 5)
        traffic.locked_out = {self.company.id}
        self.patch(sms_sms_queue.Traffic, "is_busy", lambda traffic: True)
        self.env.flush_all()
        for queries in (3, 2):  # what is held, whether there are others, and the search itself
            with self.assertQueryCount(queries):
                self.assertFalse(texts._take_sudo(traffic))
        traffic.locked_out = set()
        self.assertTrue(texts._take_sudo(traffic))
