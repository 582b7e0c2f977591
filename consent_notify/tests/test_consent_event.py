from psycopg2 import DatabaseError, IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .consent_common import ConsentCommon


@tagged("post_install", "-at_install")
class TestConsentEvent(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = cls.answer(cls.anna, "granted")

    def test_an_event_names_no_person(self):
        relations = {f.comodel_name for f in self.event._fields.values() if f.store and f.relational}
        self.assertFalse(relations & {"res.partner", "res.users", "consent.subject"})
        self.assertEqual(self.event.partner_id, self.anna)
        self.assertRegex(self.event.commitment, r"^[0-9a-f]{64}$")
        self.env.cr.execute("SELECT e::text FROM consent_event e WHERE id = %s", [self.event.id])
        self.assertNotIn("9161234567", self.env.cr.fetchone()[0])

    def test_the_orm_changes_and_deletes_nothing(self):
        text = self.event.text_id
        self.assertTrue(text)
        for record in (self.event.sudo(), text.sudo()):
            with self.assertRaises(UserError):
                record.write({"lang": "ru_RU"})
            with self.assertRaises(UserError):
                record.unlink()
        with self.assertRaises(UserError):
            text.sudo().create({"notice_id": text.notice_id.id, "lang": "en_US", "sha256": "0"})

    def test_nobody_makes_events_over_rpc(self):
        manager = new_test_user(self.env, "event_manager", groups="base.group_system,consent_notify.group_manager")
        Event = self.env["consent.event"].with_user(manager)
        with self.assertRaises(AccessError):
            Event.create({"subject_ref": 1, "company_id": 1, "purpose_id": 1, "kind": "granted", "source": "counter"})
        for operation in ("write", "unlink"):
            self.assertFalse(Event.has_access(operation))
        self.assertFalse(self.env["consent.subject"].with_user(manager).has_access("read"))

    @mute_logger("odoo.sql_db")
    def test_postgresql_refuses_even_its_superuser(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'consent_event'")
        self.assertTrue(self.env.cr.fetchone()[0], "the owner tries")
        attempts = [
            SQL("UPDATE consent_event SET kind = 'refused' WHERE id = %s", self.event.id),
            SQL("DELETE FROM consent_event WHERE id = %s", self.event.id),
            SQL("TRUNCATE consent_event"),
            SQL("UPDATE consent_notice_text SET label = 'x' WHERE id = %s", self.event.text_id.id),
            SQL("DELETE FROM consent_notice_text WHERE id = %s", self.event.text_id.id),
            SQL("TRUNCATE consent_notice_text CASCADE"),
        ]
        for attempt in attempts:
            with self.assertRaisesRegex(IntegrityError, "never changed or deleted"), self.env.cr.savepoint():
                self.env.cr.execute(attempt)
        # A superuser may pose as a replica, where ordinary triggers sleep; anybody else may not.
        refusal = "never changed or deleted|permission denied"
        with self.assertRaisesRegex(DatabaseError, refusal), self.env.cr.savepoint():
            self.env.cr.execute("SET LOCAL session_replication_role = replica")
            self.env.cr.execute(attempts[0])

    def test_the_trigger_is_always_on(self):
        self.env.cr.execute(
            "SELECT tgrelid::regclass::text, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN"
            " ('consent_event'::regclass, 'consent_notice_text'::regclass, 'phone_access'::regclass) ORDER BY 1"
        )
        found = self.env.cr.fetchall()
        tables = ("consent_event", "consent_notice_text", "phone_access")
        self.assertEqual(found, [(table, "A") for table in tables for _trigger in range(2)])

    def test_a_changed_column_shows(self):
        self.assertTrue(self.event.is_intact)
        self.env.cr.execute("ALTER TABLE consent_event DISABLE TRIGGER consent_event_append_only_row")
        for column, value in (
            ("kind", "refused"),
            ("subject_ref", self.event.subject_ref + 1),
            ("order_name", "S99999"),
            ("time", "2001-01-01"),
            ("evidence", "{}"),
            ("commitment", "0" * 64),
            ("text_id", None),
        ):
            with self.env.cr.savepoint() as savepoint:
                name = SQL.identifier(column)
                self.env.cr.execute(SQL("UPDATE consent_event SET %s = %s WHERE id = %s", name, value, self.event.id))
                self.env.invalidate_all()
                self.assertFalse(self.event.is_intact, column)
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertTrue(self.event.is_intact)

    def test_a_batch_is_one_insert(self):
        def recorded(count):
            before = self.env.cr.sql_log_count
            answers = [(self.order_sms, "shown", None), (self.order_sms, "refused", None)] * count
            self.env["consent.event"]._record_sudo(self.anna, self.company, answers, source="paper").flush_recordset()
            return self.env.cr.sql_log_count - before

        recorded(1)
        self.assertEqual(recorded(1), recorded(30))

    def test_users_see_own_customers_and_officers_all(self):
        user, other = (
            new_test_user(self.env, login, groups="base.group_user,consent_notify.group_user")
            for login in ("event_user", "event_other")
        )
        officer = new_test_user(self.env, "event_officer", groups="base.group_user,consent_notify.group_officer")
        self.anna.user_id = user
        for model, ids in (("consent.event", self.event.ids), ("consent.status", self.event.ids)):
            seen = {
                viewer: bool(self.env[model].with_user(viewer).search([("id", "in", ids)]))
                for viewer in (user, other, officer)
            }
            self.assertEqual(seen, {user: True, other: False, officer: True}, model)
            self.env[model].with_user(user).browse(ids).check_access("read")
            with self.assertRaises(AccessError):
                self.env[model].with_user(other).browse(ids).check_access("read")
        self.env["sale.order"].create({"partner_id": self.anna.id, "user_id": other.id})
        self.assertTrue(self.env["consent.event"].with_user(other).search([("id", "in", self.event.ids)]))

    def test_other_companies_see_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        officer = new_test_user(
            self.env,
            "event_elsewhere",
            groups="base.group_user,consent_notify.group_officer",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        for model in ("consent.event", "consent.status"):
            self.assertFalse(self.env[model].with_user(officer).search([("id", "=", self.event.id)]), model)
