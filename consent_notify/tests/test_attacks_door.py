"""Doors opened again and again."""

import time
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.auth_totp.models import totp

from ..tools.marks import PrintDoor
from .consent_common import NUMBER
from .orders_common import OrdersCommon
from .test_door_show import OFFICER, with_second_factor


@tagged("post_install", "-at_install")
class TestAttacksLoop(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.officer = new_test_user(cls.env, "loop_officer", OFFICER)
        with_second_factor(cls.officer)

    def setUp(self):
        super().setUp()
        self.authenticate("loop_officer", "loop_officer", session_extra={"identity-check-last": time.time()})

    def ask(self):
        params = {"model": "res.partner", "res_id": self.partner.id, "fname": "phone", "reason": "correct"}
        return self.url_open("/consent_notify/number", json={"params": params}).json()

    def rows(self):
        return self.env["phone.access"].search([("user_id", "=", self.officer.id), ("door", "=", "show")])

    def test_a_loop_ends_at_twenty_numbers(self):
        answers = [self.ask()["result"] for _time in range(22)]
        self.assertEqual([bool(answer.get("number")) for answer in answers], [True] * 20 + [False] * 2)
        self.assertIn("within the hour", answers[-1]["message"])
        self.assertEqual(len(self.rows()), 20)

    def test_a_second_factor_switched_on_on_the_spot_opens_nothing(self):
        """Whoever has the password switches it on and signs in again."""
        self.env["ir.config_parameter"].set_param("consent_notify.second_factor_hours", False)  # the demo sets it
        self.officer.totp_secret = False
        self.officer.flush_recordset()
        secret = "JBSWY3DPEHPK3PXP"
        now = int(time.time() // 30)
        with patch.object(totp.TOTP, "match", lambda *_args, **_kw: now):
            self.assertTrue(self.officer.with_user(self.officer)._totp_try_setting(secret, 123456))
        self.authenticate("loop_officer", "loop_officer", session_extra={"identity-check-last": time.time()})
        self.assertIn("24 hours", self.ask()["result"]["message"])
        self.assertFalse(self.rows())
        self.officer.totp_since -= timedelta(hours=25)
        self.assertTrue(self.ask()["result"].get("number"))
        self.officer.totp_since += timedelta(hours=20)
        self.assertIn("24 hours", self.ask()["result"]["message"])
        self.env["ir.config_parameter"].set_param("consent_notify.second_factor_hours", "0")
        self.assertTrue(self.ask()["result"].get("number"))

    def test_the_limit_is_a_setting(self):
        self.env["ir.config_parameter"].set_param("consent_notify.shown_an_hour", "2")
        self.assertEqual([bool(self.ask()["result"].get("number")) for _time in range(3)], [True, True, False])
        self.env["ir.config_parameter"].set_param("consent_notify.shown_an_hour", "many")
        self.assertTrue(self.ask()["result"].get("number"), "what is no figure changes nothing")


@tagged("post_install", "-at_install")
class TestAttacksCallsAndPrints(OrdersCommon, TransactionCase):
    def test_calls_and_shows_are_counted_together(self):
        officer = new_test_user(self.env, "loop_caller", OFFICER)
        with_second_factor(officer)
        order = self.make_order(state="sale", user_id=officer.id)
        self.answer(self.anna, "granted", self.order_call)
        door = self.env["phone.door"].with_user(officer)
        self.env["ir.config_parameter"].set_param("consent_notify.shown_an_hour", "2")
        door._call(order.id)
        door._show("res.partner", self.anna.id, "phone", "order")
        with self.assertRaisesRegex(UserError, "within the hour"):
            door._call(order.id)

    def test_what_was_opened_stays_counted_when_the_request_fails(self):
        # Not in the mode of tests over HTTP, where all cursors are one: the row is there for good. Of long ago, it
        # may be deleted, and counts towards nobody's hour.
        admin = self.env.ref("base.user_admin")
        door, note = self.env["phone.door"].with_user(admin), f"a request that fails {uuid4()}"
        with (
            patch("odoo.addons.consent_notify.models.phone_door_limit.request", object()),
            freeze_time("2024-01-01"),
        ):
            door._record_limited_sudo("show", reason="order", note=note)
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM phone_access WHERE note = %s RETURNING user_ref", [note])
            self.assertEqual(cr.fetchall(), [(admin.id,)])

    def test_a_report_in_a_loop_ends_too(self):
        contact = self.env["ir.qweb.field.contact"].with_context(consent_notify_print=PrintDoor("Slip"))
        self.env["ir.config_parameter"].set_param("consent_notify.printed_an_hour", "2")
        for _time in range(2):
            self.assertIn(NUMBER, contact.value_to_html(self.anna, {"fields": ["phone"]}))
            self.env.cr.cache.pop("consent_notify_vault", None)  # the next request
        with self.assertRaisesRegex(UserError, "within the hour"):
            contact.value_to_html(self.anna, {"fields": ["phone"]})
