"""Whoever owns the database can drop the trigger and write what they like. They are found, and so is the row."""

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..tools import anchor, ledger, signing
from ..tools.event_row import COVERED
from ..tools.verify import Finding, verify
from ..tools.words import hash_of
from .consent_common import ConsentCommon

EVENTS, ANCHORS, WORDS, NOTICES = "consent_event", "consent_anchor", "consent_notice_text", "consent_notice"


@tagged("post_install", "-at_install")
class TestVerify(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = cls.env["consent.anchor"].search([], limit=1).number
        cls.env["consent.anchor"]._anchor_sudo()
        cls.events = [cls.answer(cls.anna, kind, lang="en_US") for kind in ("shown", "granted", "refused")]
        cls.env["consent.anchor"]._anchor_sudo()
        cls.events += [cls.answer(cls.anna, kind) for kind in ("granted", "withdrawn", "shown", "granted")]
        cls.env["consent.anchor"]._anchor_sudo()
        cls.ids = [event.id for event in cls.events]
        cls.last = cls.env["consent.anchor"].search([], limit=1)

    def setUp(self):
        super().setUp()
        self.patch(ledger, "known", lambda cr: None)

    def verify(self, **options):
        return verify(self.env.cr, self.env["phone.vault"]._keyring(), **options)[0]

    def tamper(self, statement, *parameters):
        """Do as the owner of the database; the triggers are back when the next check comes."""
        self.env.flush_all()
        for table in (EVENTS, ANCHORS, WORDS):
            self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        self.env.cr.execute(statement, parameters)
        for table in (EVENTS, ANCHORS, WORDS):
            self.env["consent.event"]._guard_table(table)
        self.env.invalidate_all()

    def assertFound(self, *findings):
        self.assertEqual(self.verify(), [Finding(*finding) for finding in findings])

    def test_an_honest_log(self):
        self.assertFound()
        self.assertEqual(self.last.count, 4)
        self.assertEqual(self.last.number, self.start + 3 if self.start else self.last.number)

    def test_every_column_is_covered(self):
        stored = {name for name, field in self.events[0]._fields.items() if field.store and field.column_type}
        self.assertEqual(stored, {"id", "mac", *COVERED}, "a column that no mac covers could be changed unseen")
        other = {
            "company_id": self.env["res.company"].create({"name": "Other"}).id,
            "purpose_id": self.order_call.id,
            **dict.fromkeys(("notice_id", "text_id")),
            **{"kind": "expired", "source": "paper", "time": "2001-01-01"},
        }
        for column in COVERED:
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                value = other.get(column, 0 if self.events[0]._fields[column].type == "integer" else "x")
                self.tamper(f"UPDATE consent_event SET {column} = %s WHERE id = %s", value, self.ids[1])
                self.assertFound((EVENTS, self.ids[1], self.ids[1], "edited"))
                savepoint.rollback()

    def test_edited(self):
        self.tamper("UPDATE consent_event SET kind = 'granted' WHERE id = ANY(%s)", [self.ids[2], self.ids[4]])
        self.assertFound(
            (EVENTS, self.ids[2], self.ids[2], "edited"),
            (EVENTS, self.ids[4], self.ids[4], "edited"),
        )

    def test_a_mac_that_is_no_mac(self):
        for mac in ("", "x", "0" * 64, "0" * 80):
            with self.subTest(len(mac)), self.env.cr.savepoint() as savepoint:
                self.tamper("UPDATE consent_event SET mac = %s WHERE id = %s", mac, self.ids[3])
                self.assertFound((EVENTS, self.ids[3], self.ids[3], "edited"))
                savepoint.rollback()

    def test_removed(self):
        self.tamper("DELETE FROM consent_event WHERE id = ANY(%s)", [self.ids[0], self.ids[1]])
        self.assertFound((EVENTS, self.ids[0], self.ids[1], "removed"))

    def test_cut_off(self):
        self.tamper("DELETE FROM consent_event WHERE id = ANY(%s)", self.ids[4:])
        self.assertFound((EVENTS, self.ids[4], self.ids[6], "cut_off"))

    def test_truncated(self):
        self.tamper("TRUNCATE consent_event CASCADE")
        found = self.verify()
        self.assertEqual({(finding.table, finding.how) for finding in found}, {(EVENTS, "cut_off")})
        self.assertEqual((found[-1].last), self.ids[-1])

    def test_slipped_in(self):
        columns = ", ".join((*COVERED, "mac"))
        self.tamper(
            f"INSERT INTO consent_event (id, {columns}) SELECT nextval('consent_event_id_seq'), {columns}"
            " FROM consent_event WHERE id = %s",
            self.ids[1],
        )
        self.env.cr.execute("SELECT max(id) FROM consent_event")
        copy = self.env.cr.fetchone()[0]
        self.assertFound((EVENTS, copy, copy, "inserted"))
        # Posing as pending does not help: it is not anchored, and found as not what was written.
        self.env.cr.execute("INSERT INTO consent_event_pending (id, since) VALUES (%s, now())", [copy])
        with self.assertLogs("odoo.addons.consent_notify.models.consent_anchor", "ERROR"):
            self.env["consent.anchor"]._anchor_sudo()
        self.assertFound((EVENTS, copy, copy, "edited"))

    def test_reordered(self):
        first, second = self.ids[1], self.ids[4]
        self.tamper(
            "UPDATE consent_event SET id = -id WHERE id IN (%s, %s);"
            " UPDATE consent_event SET id = CASE -id WHEN %s THEN %s ELSE %s END WHERE id < 0",
            *(first, second, first, second, first),
        )
        self.assertFound((EVENTS, first, first, "reordered"), (EVENTS, second, second, "reordered"))

    def test_words(self):
        text = self.events[0].text_id
        self.tamper("UPDATE consent_notice_text SET label = 'Yes to all' WHERE id = %s", text.id)
        self.assertFound((WORDS, text.id, text.id, "edited"))
        mine = hash_of(text.notice_id.id, text.lang, text.intro, "Yes to all", text.details)
        self.tamper("UPDATE consent_notice_text SET sha256 = %s WHERE id = %s", mine, text.id)
        found = self.verify()
        self.assertEqual({(finding.table, finding.how) for finding in found}, {(EVENTS, "words")})
        self.assertEqual((found[0].first, found[-1].last), (self.ids[0], self.ids[-1]))

    def test_words_that_customers_will_be_shown(self):
        notice = self.env.ref("consent_notify.notice_order_sms_en")
        draft = notice.copy({"label": "Not published yet"})
        self.tamper("UPDATE consent_notice SET label = 'Still not' WHERE id = %s", draft.id)
        self.assertFound()
        columns = ("intro", "label", "statement", "details", "document", "mac")
        for column, value in (*((column, "Yes to all") for column in columns), ("version", 99), ("lang", "fr_FR")):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(f"UPDATE consent_notice SET {column} = %s WHERE id = %s", value, notice.id)
                self.assertFound((NOTICES, notice.id, notice.id, "edited"))
                # Who has the database has no key.
                self.env.cr.execute(
                    "UPDATE consent_notice SET sha256 = %s WHERE id = %s", [notice._sha256(), notice.id]
                )
                self.assertFound((NOTICES, notice.id, notice.id, "edited"))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_anchors(self):
        number = self.last.number
        stored = {name for name, field in self.last._fields.items() if field.store and field.column_type}
        values = {
            **{"count": 3, "span": "1-2", "time": "2001-01-01", "hints": "AAAAAAAAAAA="},
            **dict.fromkeys(("root", "previous", "public_key"), "0" * 64),
            **{"signature": self.last.signature[:-1] + ("0" if self.last.signature[-1] != "0" else "1")},
        }
        self.assertEqual(stored, {"id", "number", *values}, "a column that nobody looks at could be changed unseen")
        for column, value in values.items():
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(f"UPDATE consent_anchor SET {column} = %s WHERE number = %s", value, number)
                self.assertIn(Finding(ANCHORS, number, number, "forged"), self.verify())
                savepoint.rollback()

    def test_an_anchor_slipped_in(self):
        """At the end, as a copy of one that the shop did sign, or signed with another key."""
        number = self.last.number + 1
        columns = "time, count, span, root, previous, hints, public_key, signature"
        for changed, value in (("count", self.last.count), ("public_key", "0" * 64)):
            with self.subTest(changed), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"INSERT INTO consent_anchor (number, {columns})"
                    f" SELECT number + 1, {columns.replace(changed, '%s')} FROM consent_anchor WHERE number = %s",
                    *(value, self.last.number),
                )
                self.assertIn(Finding(ANCHORS, number, number, "forged"), self.verify())
                savepoint.rollback()

    def test_anchors_in_another_order(self):
        first, second = self.last.number - 1, self.last.number
        self.tamper(
            "UPDATE consent_anchor SET number = -number WHERE number IN (%s, %s);"
            " UPDATE consent_anchor SET number = CASE -number WHEN %s THEN %s ELSE %s END WHERE number < 0",
            *(first, second, first, second, first),
        )
        self.assertFound((ANCHORS, first, first, "forged"), (ANCHORS, second, second, "forged"))

    def test_a_signed_anchor_that_continues_another(self):
        """Whoever has the keys as well cannot put another batch in the place of one that somebody outside knows."""
        told = {**self.last._told(), "previous": anchor.FIRST[:-1] + "1"}
        signature = signing.sign(self.env["phone.vault"]._keyring(), anchor.statement_of(told))
        known = (self.last.number, anchor.digest_of(self.last._told()))
        self.tamper(
            "UPDATE consent_anchor SET previous = %s, signature = %s WHERE number = %s",
            *(told["previous"], signature, self.last.number),
        )
        self.assertFound((ANCHORS, self.last.number, self.last.number, "chain"))
        self.assertIn(Finding(ANCHORS, known[0], known[0], "noted"), self.verify(expected=known))

    def test_anchors_cut_off(self):
        told = (self.last.number, anchor.digest_of(self.last._told()))
        self.assertFound()
        self.patch(ledger, "known", lambda cr: told)
        self.assertFound()
        self.tamper("DELETE FROM consent_event WHERE id = ANY(%s)", self.ids[3:])
        self.tamper("DELETE FROM consent_anchor WHERE number = %s", told[0])
        self.assertFound((ANCHORS, told[0], told[0], "noted"))
        self.patch(ledger, "known", lambda cr: None)
        self.assertFound()  # nobody outside remembers: this is what the ledger and the messages are for
        self.assertEqual(self.verify(expected=told), [Finding(ANCHORS, told[0], told[0], "noted")])

    def test_an_anchor_from_the_middle(self):
        number = self.last.number - 1
        self.tamper("DELETE FROM consent_anchor WHERE number = %s", number)
        self.assertFound(
            (ANCHORS, number, number, "removed"),
            (EVENTS, self.ids[0], self.ids[2], "inserted"),
        )

    def test_the_trigger(self):
        for change in (
            "ALTER TABLE consent_event DISABLE TRIGGER consent_event_append_only_row",
            "ALTER TABLE consent_event ENABLE TRIGGER consent_event_append_only_row",
            "DROP TRIGGER consent_event_append_only_table ON consent_event",
            *(
                "DROP TRIGGER consent_event_append_only_row ON consent_event;"
                f" CREATE TRIGGER consent_event_append_only_row {weaker} EXECUTE FUNCTION"
                " consent_notify_append_only_events();"
                " ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_append_only_row"
                for weaker in (
                    "BEFORE UPDATE OR DELETE ON consent_event FOR EACH ROW WHEN (false)",
                    "BEFORE INSERT ON consent_event FOR EACH ROW",
                    "BEFORE UPDATE ON consent_event FOR EACH ROW",
                    "BEFORE UPDATE OF mac OR DELETE ON consent_event FOR EACH ROW",
                    "AFTER UPDATE OR DELETE ON consent_event FOR EACH ROW",
                    "BEFORE UPDATE OR DELETE ON consent_event FOR EACH STATEMENT",
                )
            ),
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(change)
                self.assertFound((EVENTS, None, None, "guard"))
                savepoint.rollback()
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION consent_notify_append_only() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN OLD; END'"
        )
        self.assertEqual({finding.how for finding in self.verify()}, {"guard"})

    def test_a_slow_transaction_is_anchored_later(self):
        early, late = self.env["consent.event"]._next_ids(2)
        row = {"subject_ref": 1, "company_id": self.company.id, "purpose_id": self.order_sms.id}
        row |= {"kind": "refused", "source": "paper"}
        for event_id in (late, early):
            self.patch(type(self.events[0]), "_next_ids", lambda _event, _count, event_id=event_id: [event_id])
            self.env["consent.event"].create(row)
            self.assertFound()
            self.env["consent.anchor"]._anchor_sudo()
            self.assertFound()
        self.assertEqual(self.env["consent.anchor"].search([], limit=2).mapped("span"), [str(early), str(late)])

    def test_waiting_too_long(self):
        event = self.answer(self.anna, "refused")
        self.assertFound()
        self.env.cr.execute("UPDATE consent_event_pending SET since = since - interval '1 hour'")
        self.assertFound((EVENTS, event.id, event.id, "unanchored"))
        self.tamper("DELETE FROM consent_event WHERE id = %s", event.id)
        self.assertFound((EVENTS, event.id, event.id, "removed"))

    @mute_logger("odoo.sql_db")
    def test_anchors_only_grow(self):
        for attempt in (
            lambda: self.last.sudo().write({"count": 1}),
            self.last.sudo().unlink,
            lambda: self.last.sudo().create({"number": 99}),
        ):
            with self.assertRaises(UserError):
                attempt()
        key = signing.public_key(self.env["phone.vault"]._keyring())
        self.assertEqual(self.last.public_key, key)
