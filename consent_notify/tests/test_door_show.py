import time
from unittest.mock import patch

from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.phone_access import REASONS

NUMBER, SHOWN = "+79161234567", "+7 916 123-45-67"
OFFICER = "base.group_user,consent_notify.group_officer,sales_team.group_sale_salesman_all_leads"


def with_second_factor(*users):
    for user in users:
        user.sudo().totp_secret = "JBSWY3DPEHPK3PXP"


@tagged("post_install", "-at_install")
class TestDoorShow(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner.id, "state": "sale"})
        cls.officer = new_test_user(cls.env, "door_officer", OFFICER)
        cls.clerk = new_test_user(cls.env, "door_clerk", "base.group_user,consent_notify.group_user")
        cls.manager = new_test_user(cls.env, "door_manager", "base.group_user,consent_notify.group_manager")
        with_second_factor(cls.officer, cls.clerk)

    def show(self, user=None, **changed):
        ask = {"model": "res.partner", "res_id": self.partner.id, "fname": "phone", "reason": "order", **changed}
        return self.env["phone.door"].with_user(user or self.officer)._show(**ask)

    def rows(self):
        return self.env["phone.access"].search([("user_id", "in", (self.officer + self.clerk + self.manager).ids)])

    def test_an_officer_sees_the_number_and_the_log_says_who_and_why(self):
        shown = self.show(note="  asks for\n the address ", order_id=self.order.id)
        self.assertEqual((shown["number"], shown["e164"], shown["seconds"]), (SHOWN, NUMBER, 120))
        row = self.rows()
        self.assertEqual(
            (row.user_id, row.door, row.reason, row.note, row.model, row.res_id, row.order_ref),
            (self.officer, "show", "order", "asks for the address", "res.partner", self.partner.id, self.order.name),
        )
        handle = self.partner.with_user(self.officer).read(["phone"])[0]["phone"]
        self.assertTrue(handle.endswith("#" + row.code))
        self.env.cr.execute("SELECT a::text FROM phone_access a WHERE id = %s", [row.id])
        self.assertNotIn("1234567", self.env.cr.fetchone()[0])

    def test_refusals_show_nothing_and_log_nothing(self):
        for refusal, changed in (
            (UserError, {"reason": ""}),
            (UserError, {"reason": "curious"}),
            (UserError, {"reason": "other", "note": "x"}),
            (UserError, {"note": "call +7 916 123-45-67"}),
            (AccessError, {"user": self.clerk}),
            (AccessError, {"model": "no.such"}),
            (AccessError, {"fname": "email"}),
            (AccessError, {"res_id": 2**31 - 1}),
            (AccessError, {"res_id": "1 OR 1=1"}),
            (AccessError, {"model": "phone.vault", "fname": "token"}),
        ):
            with self.subTest(changed=changed), self.assertRaises(refusal) as refused:
                self.show(**changed)
            self.assertNotIn("1234567", str(refused.exception))
        self.assertFalse(self.rows())

    def test_one_factor_is_not_enough(self):
        self.officer.sudo().totp_secret = False
        self.officer.invalidate_recordset(["totp_enabled"])
        with self.assertRaisesRegex(UserError, "two factors"):
            self.show()

    def test_a_record_one_may_not_read_stays_closed(self):
        self.env["ir.rule"].create(
            {
                "name": "not Anna",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", self.partner.id)],
            }
        )
        with self.assertRaises(AccessError):
            self.show()

    def test_only_managers_read_the_log_and_nobody_writes_it(self):
        self.show()
        row = self.rows()
        self.assertEqual(row.with_user(self.manager).read(["door"])[0]["door"], "show")
        for user in (self.officer, self.clerk):
            with self.assertRaises(AccessError):
                row.with_user(user).read(["door"])
        for user in (self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(UserError):
                self.env["phone.access"].with_user(user).create({"door": "show", "user_id": user.id})
        for attempt in (
            lambda: row.write({"reason": "order"}),
            lambda: row.unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()

    @mute_logger("odoo.sql_db")
    def test_postgresql_keeps_the_log_for_its_owner_too(self):
        self.show()
        for statement in (
            "UPDATE phone_access SET reason = 'rights'",
            "DELETE FROM phone_access",
            "TRUNCATE phone_access",
        ):
            with self.subTest(statement), self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    def test_rows_go_after_twelve_months(self):
        self.show()
        young = self.rows()
        with patch.object(fields.Datetime, "now", lambda *_args: fields.Datetime.from_string("2024-01-01")):
            self.env["phone.access"].with_user(self.officer)._record_sudo("show", time="2024-01-01 00:00:00")
        self.assertEqual(len(self.rows()), 2)
        self.env["phone.access"]._gc_old_rows()
        self.env.invalidate_all()
        self.assertEqual(self.rows(), young)


@tagged("post_install", "-at_install")
class TestDoorShowOverHttp(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.officer = new_test_user(cls.env, "door_officer", OFFICER)
        with_second_factor(cls.officer)

    def ask(self, seconds_ago=0):
        self.authenticate(
            "door_officer", "door_officer", session_extra={"identity-check-last": time.time() - seconds_ago}
        )
        params = {"model": "res.partner", "res_id": self.partner.id, "fname": "phone", "reason": "correct"}
        with self.assertLogs(level="DEBUG") as logs:
            answer = self.url_open("/consent_notify/number", json={"params": params})
        self.assertNotIn("1234567", "\n".join(logs.output))
        return answer

    def test_the_number_comes_once_and_is_not_cached(self):
        answer = self.ask()
        self.assertEqual(answer.json()["result"]["number"], SHOWN)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        row = self.env["phone.access"].search([("user_id", "=", self.officer.id)])
        self.assertEqual(row.address, "127.0.0.1")
        self.assertEqual(len(row.session), 8)

    def test_an_old_password_is_asked_again(self):
        self.assertIn("ten minutes", self.ask(seconds_ago=11 * 60).json()["result"]["message"])
        self.assertFalse(self.env["phone.access"].search([("user_id", "=", self.officer.id)]))

    def test_not_over_an_open_line(self):
        with patch("odoo.addons.consent_notify.controllers.guard.LOCAL_HOSTS", set()):
            self.assertIn("https", self.ask().json()["result"]["message"])

    # ------------------------------------------------------------ what the dialog is told before it asks

    def dialog(self, login="door_officer", seconds_ago=0, **changed):
        session = {"identity-check-last": time.time() - seconds_ago}
        self.authenticate(login, login, session_extra=session)
        asked = {"model": "res.partner", "res_id": self.partner.id, "fname": "phone", **changed}
        params = {"model": "phone.door", "method": "action_ask", "args": list(asked.values()), "kwargs": {}}
        answer = self.url_open("/web/dataset/call_kw/phone.door/action_ask", json={"params": params})
        self.assertNotIn("1234567", answer.text)
        return answer.json()

    def test_the_dialog_offers_the_open_orders_and_their_reason(self):
        orders = self.env["sale.order"].create(
            [{"partner_id": self.partner.id, "state": state} for state in ("sale", "draft", "sent", "cancel")]
        )
        action = self.dialog()["result"]
        reasons = action["params"].pop("reasons")
        self.assertEqual([code for code, _label in reasons], [code for code, _label in REASONS])
        self.assertEqual((action["tag"], action["target"]), ("consent_notify.show_number", "new"))
        self.assertEqual(
            action["params"],
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "fname": "phone",
                "reason": "order",
                "orders": [[orders[2].id, orders[2].name], [orders[0].id, orders[0].name]],
                "has_totp": True,
                "seconds": 120,
            },
        )

    def test_without_an_open_order_the_reason_is_left_to_the_person(self):
        self.officer.sudo().totp_secret = False
        params = self.dialog()["result"]["params"]
        self.assertEqual((params["reason"], params["orders"], params["has_totp"]), ("", [], False))

    def test_the_dialog_opens_for_officers_with_a_fresh_password_alone(self):
        self.assertEqual(self.dialog(seconds_ago=11 * 60)["result"]["res_model"], "res.users.identitycheck")
        new_test_user(self.env, "door_clerk", "base.group_user,consent_notify.group_user")
        for refused in ({"login": "door_clerk"}, {"fname": "email"}, {"res_id": 2**31 - 1}):
            with mute_logger("odoo.http"):
                self.assertEqual(self.dialog(**refused)["error"]["data"]["name"], "odoo.exceptions.AccessError")
        self.assertFalse(self.env["phone.access"].search([("user_id", "=", self.officer.id), ("door", "=", "show")]))
