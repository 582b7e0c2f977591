import csv
import io
import json
import time
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from ..models import phone_door_export
from .test_door_show import with_second_factor

NUMBER = "+79161234567"
STAFF = "base.group_user,base.group_partner_manager,base.group_allow_export"


@tagged("post_install", "-at_install")
class TestDoorExport(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": "Анна", "phone": "8 916 123-45-67", "country_id": cls.env.ref("base.ru").id},
                {"name": "=cmd|' /C calc'!A0", "email": "@SUM(1)", "phone": "+1 202-555-0187"},
                {"name": "No number"},
            ]
        )
        cls.manager = new_test_user(cls.env, "export_manager", f"{STAFF},consent_notify.group_manager")
        cls.officer = new_test_user(cls.env, "export_officer", f"{STAFF},consent_notify.group_officer")
        with_second_factor(cls.manager, cls.officer)

    def export(self, login="export_manager", seconds_ago=0, **changed):
        self.authenticate(login, login, session_extra={"identity-check-last": time.time() - seconds_ago})
        data = {
            "ids": json.dumps(self.partners.ids),
            "reason": "delivery",
            "note": "courier list",
            "csrf_token": http.Request.csrf_token(self),
            **changed,
        }
        return self.url_open("/consent_notify/export", data=data)

    def rows(self):
        return self.env["phone.access"].search([("door", "=", "export")], order="res_id")

    def test_a_manager_takes_a_file_away_and_each_number_is_logged(self):
        with patch.object(phone_door_export, "AT_ONCE", 1):
            answer = self.export()
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "no-store"))
        self.assertTrue(answer.content.startswith(b"\xef\xbb\xbf"), "spreadsheets read it as UTF-8")
        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        self.assertEqual(lines[0], ["name", "email", "number"])
        self.assertCountEqual(lines[1:], [["Анна", "", NUMBER], ["'=cmd|' /C calc'!A0", "'@SUM(1)", "+12025550187"]])
        rows = self.rows()
        self.assertEqual(rows.mapped("res_id"), self.partners[:2].ids)
        self.assertEqual(
            {(row.user_id, row.reason, row.note, row.model, row.address, len(row.session)) for row in rows},
            {(self.manager, "delivery", "courier list", "res.partner", "127.0.0.1", 8)},
        )
        handle = self.partners[0].with_user(self.manager).read(["phone"])[0]["phone"]
        self.assertTrue(handle.endswith("#" + rows[0].code))

    def test_refusals_send_nothing_and_log_nothing(self):
        for words, changed in (
            ("Only a manager", {"login": "export_officer"}),
            ("ten minutes", {"seconds_ago": 11 * 60}),
            ("Choose why", {"reason": ""}),
            ("few words", {"reason": "other", "note": ""}),
            ("Leave numbers out", {"note": "8 916 123 45 67"}),
            ("None of these", {"ids": "[0]"}),
            ("None of these", {"ids": "nonsense"}),
            ("None of these", {"ids": '{"a": 1}'}),
        ):
            with self.subTest(changed):
                answer = self.export(**changed)
                self.assertEqual(answer.status_code, 422)
                self.assertIn(words, answer.json()["message"])
        self.assertFalse(self.rows())

    def test_one_factor_is_not_enough(self):
        self.manager.sudo().totp_secret = False
        self.assertIn("two factors", self.export().json()["message"])

    def test_not_over_an_open_line_nor_by_a_link_nor_from_another_site(self):
        with patch("odoo.addons.consent_notify.controllers.guard.LOCAL_HOSTS", set()):
            self.assertIn("https", self.export().json()["message"])
        self.assertEqual(self.url_open("/consent_notify/export?reason=delivery").status_code, 405)
        self.assertEqual(self.export(csrf_token="forged").status_code, 400)
        self.assertFalse(self.rows())

    def test_contacts_one_may_not_read_stay_out(self):
        self.env["ir.rule"].create(
            {
                "name": "not Anna",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", self.partners[0].id)],
            }
        )
        self.assertNotIn("9161234567", self.export().text)
        self.assertEqual(self.rows().mapped("res_id"), self.partners[1].ids)

    def test_an_ordinary_export_has_handles(self):
        self.authenticate("export_manager", "export_manager")
        spec = {
            "model": "res.partner",
            "fields": [{"name": "phone", "label": "Phone"}, {"name": "child_ids/phone", "label": "Of children"}],
            "ids": self.partners[0].ids,
            "domain": [],
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        data = {"data": json.dumps(spec), "csrf_token": http.Request.csrf_token(self)}
        answer = self.url_open("/web/export/csv", data=data).text
        self.assertIn("+7 ••• ••• 45 67 #", answer)
        self.assertNotIn("1234567", answer.replace(" ", "").replace("-", ""))

    def test_the_button_asks_for_the_password_and_is_the_managers(self):
        action = self.env.ref("consent_notify.res_partner_action_export_numbers")
        self.assertEqual(action.group_ids, self.env.ref("consent_notify.group_manager"))
        for login, expected in (("export_manager", "identitycheck"), ("export_officer", "Only a manager")):
            self.authenticate(login, login)
            params = {"model": "res.partner", "method": "action_export_numbers", "args": [self.partners.ids]}
            session = {"identity-check-last": time.time()} if login == "export_officer" else {}
            self.authenticate(login, login, session_extra=session)
            answer = self.url_open(
                "/web/dataset/call_button/res.partner/action_export_numbers", json={"params": {**params, "kwargs": {}}}
            )
            self.assertIn(expected, answer.text)
