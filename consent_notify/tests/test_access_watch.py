from datetime import timedelta
from functools import partial

from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import AccessDenied, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.phone_access import CALLS_AN_HOUR
from ..models.phone_access_watch import PASSWORDS_KEPT

NOON = fields.Datetime.to_datetime("2030-05-15 12:00:00")
NUMBER = "+79161234567"


@tagged("post_install", "-at_install")
class TestAccessWatch(TransactionCase):
    """Unusual access raises an alert to a person: who and how many, once a day, never a number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(cls.env, "watch_officer", "consent_notify.group_officer")
        cls.clerk = new_test_user(cls.env, "watch_clerk", "consent_notify.group_user")
        cls.manager = new_test_user(
            cls.env, "watch_manager", "consent_notify.group_manager", notification_type="inbox", lang="en_US"
        )
        cls.env.company.partner_id.tz = "UTC"
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})

    def record(self, door="show", user=None, time=NOON, **values):
        access = self.env["phone.access"].sudo()
        return access._record_all_sudo(door, [{"time": time, **values}], **access._who(user or self.officer))

    def record_many(self, count, door="show", minutes=1, **values):
        for i in range(count):
            self.record(door, time=NOON - timedelta(minutes=minutes * i), **values)

    def watch(self, now=NOON, users=None):
        return self.env["phone.access"]._watch_sudo(users, now)

    def patterns(self, alerts):
        return sorted((alert.login, alert.pattern, alert.count) for alert in alerts)

    def messages(self):
        return self.env["mail.message"].search(
            [("model", "=", "phone.access.alert"), ("notified_partner_ids", "in", self.manager.partner_id.id)]
        )

    def test_many_numbers_within_an_hour_are_told_to_a_manager_once(self):
        self.record_many(10)
        self.assertFalse(self.watch(), "ten an hour are usual")
        self.record("call")
        alerts = self.watch()
        self.assertEqual(self.patterns(alerts), [("watch_officer", "opened", 11)])
        [message] = self.messages()
        self.assertIn("watch_officer opened 11 phone numbers within an hour.", message.body)
        self.assertNotIn("1234567", message.body + message.subject)
        self.assertEqual((message.model, message.res_id), ("phone.access.alert", alerts.id))
        self.assertIn("watch_manager", alerts.told)
        self.assertFalse(self.officer.partner_id in message.notified_partner_ids)
        self.record_many(20)
        self.assertFalse(self.watch(), "no storm of mail: once a day")
        self.assertEqual(len(self.messages()), 1)

    def test_the_same_in_a_day_is_usual(self):
        self.record_many(12, minutes=20)
        self.assertFalse(self.watch(NOON))

    def test_each_day_and_person_is_told_anew(self):
        for day in (0, 1):
            for user in (self.officer, self.clerk):
                for _each in range(11):
                    self.record(user=user, time=NOON + timedelta(days=day))
        self.assertEqual(len(self.watch(NOON)), 2)
        self.assertEqual(len(self.watch(NOON + timedelta(days=1))), 2)

    def test_an_export_of_many_counts_its_numbers(self):
        self.record("export", count=100)
        self.assertFalse(self.watch())
        self.record("export", count=1, time=NOON - timedelta(hours=5))
        self.assertEqual(self.patterns(self.watch()), [("watch_officer", "exported", 101)])

    def test_searches_up_to_the_limit(self):
        self.record_many(CALLS_AN_HOUR - 1, "look_up", minutes=0.5)
        self.assertFalse(self.watch())
        self.record("look_up")
        self.assertEqual(self.patterns(self.watch()), [("watch_officer", "looked_up", CALLS_AN_HOUR)])

    def test_outside_working_hours_one_number_is_enough(self):
        night = NOON.replace(hour=3)
        self.record("look_up", time=night)
        self.assertFalse(self.watch(night), "a search shows a mask")
        self.record(time=night)
        self.assertEqual(self.patterns(self.watch(night)), [("watch_officer", "off_hours", 1)])

    def test_working_hours_are_those_of_the_shop(self):
        self.env.company.partner_id.tz = "Asia/Vladivostok"  # UTC+10
        self.record(time=NOON.replace(hour=1))  # 11:00 there
        self.assertFalse(self.watch(NOON))
        self.record(time=NOON.replace(hour=11, minute=30))  # 21:30 there
        self.assertEqual(self.patterns(self.watch(NOON)), [("watch_officer", "off_hours", 1)])
        settings = self.env["res.config.settings"].create({"consent_watch_hours": "0-24", "consent_watch_opened": 2})
        settings.execute()
        self.record_many(3, user=self.clerk)
        self.record(user=self.clerk, time=NOON.replace(hour=11, minute=40))
        self.assertEqual(self.patterns(self.watch(NOON)), [("watch_clerk", "opened", 4)])
        for wrong in ({"consent_watch_hours": "9"}, {"consent_watch_hours": "20-8"}, {"consent_watch_opened": 0}):
            with self.assertRaises(ValidationError):
                settings.create(wrong)

    def test_wrong_passwords_at_a_door_and_at_the_sign_in(self):
        check = self.env["res.users.identitycheck"].with_user(self.officer).sudo().create({"request": "[]"})
        users = self.env["res.users"]
        self.env.flush_all()

        def is_refused(act, error):
            try:  # not assertRaises: its savepoint would take back what the other cursor wrote
                act()
            except error:
                return True
            return False

        with self.enter_registry_test_mode(), mute_logger("odoo.addons.base.models.res_users"):
            for _each in range(3):
                self.assertTrue(is_refused(check.with_context(password="wrong")._check_identity, UserError))
            for login in ("watch_officer", "watch_officer", "watch_clerk", "nobody"):
                credential = {"type": "password", "login": login, "password": "wrong"}
                self.assertTrue(is_refused(partial(users._login, credential, {}), AccessDenied))
        rows = self.env["phone.access"].search([("door", "=", "password")])
        self.assertEqual(set(rows.mapped("login")), {"watch_officer"}, "a clerk's account opens nothing")
        self.assertEqual(len(rows), 5)
        self.assertEqual(sum(rows.mapped("count")), 0, "no number was seen")
        [alert] = self.watch(fields.Datetime.now())
        self.assertEqual((alert.login, alert.pattern, alert.count), ("watch_officer", "password", 5))
        self.assertIn("watch_officer 5 times", self.messages().body)

    def test_thousands_of_guesses_do_not_fill_the_log(self):
        access = self.env["phone.access"]
        for _each in range(PASSWORDS_KEPT + 5):
            access._write_wrong_password_sudo(self.officer)
        self.assertEqual(len(access.search([("door", "=", "password")])), PASSWORDS_KEPT)

    def test_a_door_has_the_log_looked_at_when_the_look_is_certain(self):
        self.patch(self.env.cr, "postcommit", type(self.env.cr.postcommit)())
        now = fields.Datetime.now()
        for _each in range(11):
            self.record(time=now)
        self.record("owner", user=self.clerk, time=now)
        self.env.flush_all()
        self.assertEqual(len(self.env.cr.postcommit._funcs), 1)
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()
        self.env.invalidate_all()
        alerts = self.env["phone.access.alert"].search([("user_ref", "=", self.officer.id)])
        self.assertIn(("watch_officer", "opened", 11), self.patterns(alerts))

    def test_the_only_manager_does_not_hear_of_it_alone(self):
        managers = self.env.ref("consent_notify.group_manager").all_user_ids - self.manager
        managers.group_ids -= self.env.ref("consent_notify.group_manager")
        administrator = new_test_user(self.env, "watch_admin", "base.group_system")
        for _each in range(11):
            self.record(user=self.manager)
        told = self.watch().told.split(", ")
        self.assertIn(administrator.login, told)
        self.assertNotIn("watch_manager", told)

    def test_the_daily_action_looks_at_all(self):
        for _each in range(11):
            self.record(time=fields.Datetime.now())
        cron = self.env.ref("consent_notify.ir_cron_phone_access_watch")
        self.assertEqual((cron.interval_number, cron.interval_type, cron.active), (1, "days", True))
        cron.ir_actions_server_id.run()
        alerts = self.env["phone.access.alert"].search([("user_ref", "=", self.officer.id)])
        self.assertIn(("watch_officer", "opened", 11), self.patterns(alerts))

    def test_statements_do_not_grow_with_the_rows(self):
        def count():
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.watch()
            return self.cr.sql_log_count - before

        self.record(user=self.clerk)
        count()
        few = count()
        self.record_many(9)
        for _each in range(9):
            self.record("look_up", user=self.clerk)
        self.assertEqual(count(), few)

    def test_alerts_only_grow(self):
        self.record_many(11)
        alert = self.watch()
        for act in (lambda: alert.write({"count": 1}), alert.unlink, lambda: alert.create({"user_ref": 1})):
            with self.assertRaises(UserError):
                act()
        for statement in ("UPDATE phone_access_alert SET count = 0", "DELETE FROM phone_access_alert"):
            with self.assertRaises(RestrictViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.cr.execute(statement)
        action = alert.with_user(self.manager).action_view_rows()
        self.assertEqual(len(self.env["phone.access"].search(action["domain"])), 11)
