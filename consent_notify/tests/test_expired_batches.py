"""Retention of the log itself: expired batches go whole, are signed for, and nothing else ever goes."""

from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools import ledger, tombstone
from ..tools.verify import Finding, dropped, verify
from .consent_common import OTHER, ConsentCommon

EVENTS, ANCHORS, STONES = "consent_event", "consent_anchor", "consent_anchor_expired"
LONG_AGO, LATER = "2010-03-01 10:00:00", "2026-11-28 02:30:00"


@tagged("post_install", "-at_install")
class TestExpiredBatches(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["consent.anchor"]._anchor_sudo()
        cls.Expired = cls.env["consent.anchor.expired"]
        cls.company.country_id = cls.env.ref("base.ru")
        cls.boris = cls.env["res.partner"].create({"name": "Boris", "phone": OTHER})

    def setUp(self):
        super().setUp()
        self.patch(ledger, "known", lambda cr: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_options: 60)
        self.patch(fields.Datetime, "now", lambda: fields.Datetime.to_datetime(self.clock))
        self.clock = LATER

    def batch(self, time, *answers, partner=None):
        """Anchor a batch of (kind, purpose) at a time; return its anchor and its events."""
        self.clock = time
        events = self.env["consent.event"]
        for kind, purpose in answers:
            events += self.answer(partner or self.boris, kind, purpose)
        self.env["consent.anchor"]._anchor_sudo()
        self.clock = LATER
        return self.env["consent.anchor"].search([], limit=1), events

    def forget(self, partner):
        """Let the number go, as retention does."""
        partner.phone = False
        self.env.flush_all()
        self.env["phone.vault"]._destroy_unused_sudo()

    def run_at(self, time=LATER):
        self.Expired._run_sudo(fields.Datetime.to_datetime(time))
        self.env["consent.anchor"]._anchor_sudo()

    def verify(self):
        return verify(self.env.cr, self.env["phone.vault"]._keyring())[0]

    def numbers(self):
        return self.Expired.search([]).mapped("number")

    def tamper(self, statement, *parameters):
        self.env.flush_all()
        for table in (EVENTS, ANCHORS, STONES):
            self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        self.env.cr.execute(statement, parameters)
        for table in (EVENTS, ANCHORS, STONES):
            self.env["consent.event"]._guard_table(table)
        self.env.invalidate_all()

    # ------------------------------------------------------------ what goes

    def test_a_batch_past_its_term_goes_whole_and_the_chain_stands(self):
        first, events = self.batch(LONG_AGO, ("shown", None), ("granted", None), ("withdrawn", None))
        second, kept = self.batch("2026-01-01 10:00:00", ("shown", None))
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(self.numbers(), [first.number])
        self.assertFalse(events.exists())
        self.assertTrue(kept.exists())
        self.assertTrue((first | second).exists())
        self.assertFalse(self.verify())
        ring = self.env["phone.vault"]._keyring()
        self.assertEqual(dropped(self.env.cr, ring), [(first.number, first.number, "2026-11-28")])
        self.assertEqual(self.Expired.search([]).months, 36)
        self.run_at()
        self.assertEqual(self.numbers(), [first.number], "done twice, it changes nothing")

    def test_the_term_runs_from_the_end_of_the_yes(self):
        first, events = self.batch(LONG_AGO, ("shown", None), ("granted", None))
        self.batch("2026-01-01 10:00:00", ("withdrawn", None))
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(events.exists(), events, "what was sent under the yes until this year has to be proved")
        self.run_at("2029-01-01 10:00:00")
        self.assertIn(first.number, self.numbers())

    def test_an_answer_that_counts_today_is_no_old_proof(self):
        for kind in ("granted", "refused", "withdrawn"):
            with self.subTest(kind):
                _anchor, events = self.batch(LONG_AGO, (kind, self.offer_sms))
                self.run_at()
                self.assertEqual(events.exists(), events)
        self.assertEqual(self.verdict(self.boris, self.offer_sms, OTHER), "consent_withdrawn")
        self.assertEqual(len(self.numbers()), 2, "the two that a later answer took the place of")

    def test_one_event_holds_its_batch(self):
        _anchor, events = self.batch(LONG_AGO, ("refused", None), ("refused", self.offer_sms))
        self.batch("2026-01-01 10:00:00", ("granted", self.offer_sms), ("withdrawn", self.offer_sms))
        self.run_at()
        self.assertEqual(events.exists(), events)

    def test_a_yes_to_a_number_that_is_gone_ends_and_is_kept_for_a_term_from_then(self):
        _anchor, events = self.batch(LONG_AGO, ("granted", None))
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(events.exists(), events)
        last = self.env["consent.event"].search([], limit=1)
        self.assertEqual((last.kind, last.source, last.subject_ref), ("expired", "retention", events.subject_ref))
        self.run_at()
        self.assertEqual(self.env["consent.event"].search([], limit=1), last, "and it ends once")
        self.clock = "2030-01-01 10:00:00"
        self.run_at(self.clock)
        self.assertFalse((events | last).exists())
        self.assertFalse(self.verify())

    def test_the_longest_term_counts_and_without_one_nothing_goes(self):
        self.company.country_id = self.env.ref("base.de")
        _anchor, events = self.batch("2022-06-01 10:00:00", ("refused", None))
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(events.exists(), events, "five years are not over")
        self.env["consent.evidence.term"].search([]).active = False
        self.run_at("2099-01-01 10:00:00")
        self.assertEqual(events.exists(), events)

    def test_whose_law(self):
        terms, company = self.env["consent.evidence.term"], self.company
        for country, months in (("ru", 36), ("de", 60), ("uk", 72), ("us", 60), ("br", 72)):
            company.country_id = self.env.ref(f"base.{country}")
            self.assertEqual(terms._months_sudo(company, self.env["consent.notice"]), months, country)
        company.country_id = self.env.ref("base.us")
        british = self.env["consent.notice"].search([("jurisdiction_id", "=", self.env.ref("base.uk").id)], limit=1)
        self.assertEqual(terms._months_sudo(company, british), 72)
        company.country_id = False
        self.assertEqual(terms._months_sudo(company, self.env["consent.notice"]), 72)

    def test_batch_after_batch_with_a_commit_after_each(self):
        for _number in range(3):
            self.batch(LONG_AGO, ("refused", None))
        self.forget(self.boris)
        take = type(self.Expired)._take
        self.patch(type(self.Expired), "_take", lambda model, *args: take(model, *args)[:1])
        seconds = iter((60, 0))
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_options: next(seconds, 60))
        self.Expired._run_sudo(fields.Datetime.to_datetime(LATER))
        self.assertEqual(len(self.numbers()), 2, "its time was over")
        self.assertFalse(self.verify())
        self.run_at()
        self.assertEqual(len(self.numbers()), 3)

    def test_queries_do_not_grow_with_the_batches(self):
        def count(batches):
            for _number in range(batches):
                self.batch(LONG_AGO, ("refused", None))
            position = self.env["consent.anchor"].search([], limit=1, offset=batches).number
            self.env.flush_all()
            self.env.invalidate_all()
            due = self.Expired._take(position, fields.Datetime.to_datetime(LATER))
            self.assertEqual(len(due), batches)
            before = self.env.cr.sql_log_count
            self.Expired._drop_due(due, fields.Datetime.to_datetime(LATER))
            return self.env.cr.sql_log_count - before

        self.forget(self.boris)
        count(1)
        self.assertEqual(count(2), count(7))

    # ------------------------------------------------------------ who may not

    @mute_logger("odoo.sql_db")
    def test_nothing_else_is_let_go(self):
        anchor, events = self.batch(LONG_AGO, ("refused", None))
        _other, kept = self.batch(LONG_AGO, ("refused", self.offer_sms))
        self.forget(self.boris)
        due = ledger.read_anchors(self.env.cr, anchor.number)
        for setting, event in (("", events), (str(anchor.number), events), (f"{anchor.number}", kept)):
            with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute("SELECT set_config('consent_notify.expired', %s, TRUE)", [setting])
                self.env.cr.execute("DELETE FROM consent_event WHERE id = %s", [event.id])
        self.Expired._drop([(due[0], 36)], fields.Datetime.to_datetime(LATER))
        self.assertFalse(events.exists())
        for statement in (
            "DELETE FROM consent_event WHERE id = %s",
            "UPDATE consent_event SET kind = 'granted' WHERE id = %s",
            "DELETE FROM consent_anchor_expired WHERE id != %s",
            "UPDATE consent_anchor_expired SET months = 1 WHERE id != %s",
        ):
            with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute("SELECT set_config('consent_notify.expired', %s, TRUE)", [str(anchor.number)])
                self.env.cr.execute(statement, [kept.id])
        stone = self.Expired.search([])
        for attempt in (
            lambda: stone.sudo().write({"months": 1}),
            stone.sudo().unlink,
            lambda: stone.sudo().create({"number": 1}),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_pretending_that_a_batch_expired(self):
        anchor, events = self.batch(LONG_AGO, ("refused", None), ("refused", self.offer_sms))
        missing = Finding(EVENTS, events[0].id, events[1].id, "cut_off")
        told = ledger.read_anchors(self.env.cr, anchor.number)[0]
        ring = self.env["phone.vault"]._keyring()
        true = tombstone.make(ring, told, LATER, 36)
        for change in ({"signature": "0" * 128}, {"digest": "0" * 64}, {"months": 12}, {"time": "2026-11-29 00:00:00"}):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.tamper("DELETE FROM consent_event WHERE id = ANY(%s)", events.ids)
                self.assertEqual(self.verify(), [missing])
                stone = {**true, **change}
                self.env.cr.execute(
                    "INSERT INTO consent_anchor_expired (number, time, months, digest, signature) VALUES %s",
                    [tuple(stone[name] for name in tombstone.NAMES)],
                )
                self.assertEqual(self.verify(), [Finding(STONES, anchor.number, anchor.number, "stone"), missing])
                savepoint.rollback()
        # Another batch's stone, moved here.
        self.env.cr.execute(
            "INSERT INTO consent_anchor_expired (number, time, months, digest, signature) VALUES %s",
            [(anchor.number + 1, *[true[name] for name in tombstone.NAMES[1:]])],
        )
        self.assertEqual(self.verify(), [Finding(STONES, anchor.number + 1, anchor.number + 1, "stone")])

    def test_dropped_too_early(self):
        anchor, events = self.batch("2026-01-01 10:00:00", ("refused", None))
        told = ledger.read_anchors(self.env.cr, anchor.number)[0]
        self.Expired._drop([(told, 36)], fields.Datetime.to_datetime(LATER))
        self.assertEqual(
            {(found.table, found.how) for found in self.verify()}, {(STONES, "early"), (EVENTS, "cut_off")}
        )

    def test_what_comes_back_or_loses_its_stone_is_named(self):
        anchor, events = self.batch(LONG_AGO, ("refused", None))
        self.batch(LATER, ("refused", None))
        row = "subject_ref, company_id, purpose_id, kind, source, time, mac"
        self.env.cr.execute(f"SELECT id, {row} FROM consent_event WHERE id = %s", [events.id])
        was = self.env.cr.fetchone()
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(self.numbers(), [anchor.number])
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(f"INSERT INTO consent_event (id, {row}) VALUES %s", [was])
            self.assertIn(was[0], [found.first for found in self.verify() if found.table == EVENTS])
            savepoint.rollback()
        self.tamper("DELETE FROM consent_anchor_expired WHERE number = %s", anchor.number)
        self.assertEqual(self.verify(), [Finding(EVENTS, was[0], was[0], "removed")])

    def test_a_changed_batch_stays_to_be_found(self):
        anchor, events = self.batch("2026-01-01 10:00:00", ("refused", None))
        self.forget(self.boris)
        self.tamper("UPDATE consent_event SET time = '2001-01-01' WHERE id = %s", events.id)
        self.tamper("UPDATE consent_anchor SET time = '2001-01-01' WHERE number = %s", anchor.number)
        with self.assertLogs("odoo.addons.consent_notify.models.consent_anchor_expired", "ERROR"):
            self.run_at()
        self.assertFalse(self.numbers())
        self.assertIn(Finding(EVENTS, events.id, events.id, "edited"), self.verify())

    def test_a_gap_beside_an_expired_batch_is_still_named(self):
        first, _events = self.batch(LONG_AGO, ("refused", None))
        _second, kept = self.batch(LONG_AGO, ("granted", self.offer_sms), partner=self.anna)
        self.batch(LATER, ("shown", None), partner=self.anna)
        self.forget(self.boris)
        self.run_at()
        self.assertEqual(self.numbers(), [first.number])
        self.tamper("DELETE FROM consent_event WHERE id = %s", kept.id)
        self.assertEqual(self.verify(), [Finding(EVENTS, kept.id, kept.id, "removed")])
