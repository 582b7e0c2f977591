"""Look-ups by number that went uncounted: by the server's rights, as whole numbers, by a domain kept for later."""

import json
import xmlrpc.client

from odoo import http
from odoo.tests import HttpCase, tagged

from .attack_common import NUMBER, AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksByLookUp(AttackCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff.group_ids += cls.env.ref("consent_notify.group_user")
        cls.order.message_subscribe(cls.zoe.ids)
        cls.guesses = [f"+1202555{number:04}" for number in range(100, 106)]

    def setUp(self):
        super().setUp()
        self.authenticate("attacker", "attacker")

    def kw(self, model, method, *args, **kwargs):
        answer = self.call_kw(model, method, *args, **kwargs)
        return answer.get("result", str(answer.get("error")))

    def rows(self):
        self.env.invalidate_all()
        return self.env["phone.access"].search([("door", "=", "look_up"), ("user_id", "=", self.staff.id)])

    PATHS = (
        ("sale.order", "message_partner_ids.phone_sanitized"),
        ("res.partner", "message_partner_ids.phone_sanitized"),
        ("consent.event", "partner_id.phone_sanitized"),
        ("ir.attachment", "create_uid.phone"),
        ("res.partner", "phone_sanitized"),
    )

    def test_searches_that_take_the_servers_rights_are_counted(self):
        for count, (model, path) in enumerate(self.PATHS, 1):
            with self.subTest(model, path=path):
                self.assertIsInstance(self.kw(model, "search_count", [[path, "=", NUMBER]]), int)
                self.assertEqual(len(self.rows()), count)
                self.assertIn("at once", str(self.kw(model, "search_count", [[path, "in", self.guesses]])))
                nested = ["|", ["id", "=", 0], [path.split(".")[0], "any", [[path.split(".")[-1], "in", self.guesses]]]]
                if "." in path:
                    self.assertIn("at once", str(self.kw(model, "search_count", nested)))

    def test_by_the_old_protocols_too(self):
        ask = (self.env.cr.dbname, self.staff.id, "attacker")
        for model, path in self.PATHS:
            with self.subTest(model, path=path):
                with self.assertRaisesRegex(xmlrpc.client.Fault, "at once"):
                    self.xmlrpc_object.execute_kw(*ask, model, "search_count", [[[path, "in", self.guesses]]])

    def test_guesses_that_differ_in_their_beginning_are_counted_apart(self):
        """Against a mask whose end is known, the operators' prefixes are what is left to try."""
        self.env["ir.config_parameter"].set_param("consent_notify.numbers_typed_an_hour", 3)
        guesses = [{"name": "Guess", "phone": f"+1{area}5550187"} for area in (203, 205, 206, 207)]
        self.assertIsInstance(self.kw("res.partner", "create", guesses[:3]), list)
        self.assertIn("typed in many numbers", str(self.kw("res.partner", "create", guesses[3:])))

    def test_whole_numbers_are_counted(self):
        self.zoe.phone = "2025550187"
        self.forget()
        self.assertEqual(self.kw("res.partner", "search", [["phone", "=", 2025550187]]), self.zoe.ids)
        self.assertEqual(len(self.rows()), 1)
        numbers = list(range(2025550100, 2025550106))
        self.assertIn("at once", str(self.kw("res.partner", "search", [["phone", "in", numbers]])))

    def test_numbers_are_counted_however_an_export_spells_them(self):
        def export(*numbers):
            spec = {"model": "res.partner", "fields": [{"name": "name", "label": "Name"}], "ids": False}
            spec |= {"domain": [["phone_sanitized", "in", numbers]], "import_compat": False}
            text = json.dumps(spec)
            for number in numbers:
                text = text.replace(number, "".join(f"\\u{ord(sign):04x}" for sign in number))
            data = {"data": text, "csrf_token": http.Request.csrf_token(self)}
            return self.url_open("/web/export/csv", data=data).text

        self.assertIn("Zoe", export(NUMBER))
        self.assertEqual(len(self.rows()), 1)
        self.assertIn("at once", export(*self.guesses))

    def test_a_note_with_a_backslash_makes_no_search_of_the_server_s_the_user_s(self):
        note = "See (C:\\x) [or] call 555"
        created = self.kw("res.partner", "create", {"name": "x", "phone": "(202) 555-0123", "comment": note})
        self.assertIsInstance(created, int)
        self.kw("res.partner", "write", self.zoe.ids, {"phone": "(2025550124)", "comment": note})
        self.assertFalse(self.rows())

    def test_a_domain_kept_for_later_is_refused_and_one_kept_before_is_counted(self):
        self.staff.group_ids += self.env.ref("mail.group_mail_template_editor")
        domain = f"[('phone_sanitized', 'in', {self.guesses})]"
        values = {"model": "res.partner", "composition_mode": "mass_mail", "subject": "x", "body": "x"}
        told = self.kw("mail.compose.message", "create", values | {"res_domain": domain})
        self.assertIn("is not kept", str(told))
        composer = self.kw("mail.compose.message", "create", values | {"res_domain": "[('id', '=', 0)]"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_compose_message SET res_domain = %s WHERE id = %s", [domain, composer])
        self.env.invalidate_all()
        self.assertIn("at once", str(self.kw("mail.compose.message", "action_send_mail", [composer])))

    def test_what_the_server_compares_by_itself_is_free(self):
        self.kw("res.partner", "create", {"name": "x", "phone": "(202) 555-0123"})
        self.kw("res.partner", "write", self.zoe.ids, {"phone": "(202) 555-0124"})
        self.assertFalse(self.rows())
