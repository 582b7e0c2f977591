"""Guesses in domains that Python evaluates, on records at hand, where PostgreSQL is not asked."""

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .attack_common import NUMBER, AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksByFilter(AttackCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env["ir.actions.act_window"].create({"name": "Contacts", "res_model": "res.partner"})
        cls.guesses = [f"+1202555{number:04}" for number in range(100, 106)]

    def kw(self, model, method, *args, **kwargs):
        answer = self.call_kw(model, method, *args, **kwargs)
        return answer.get("result", str(answer.get("error")))

    def embed(self, domain):
        values = {
            "name": "Guess",
            "parent_action_id": self.action.id,
            "parent_res_model": "res.partner",
            "action_id": self.action.id,
            "domain": domain,
        }
        return self.kw("ir.embedded.actions", "create", values)

    def is_visible(self, embedded):
        context = {"active_id": self.zoe.id}
        return self.kw("ir.embedded.actions", "read", [embedded], ["is_visible"], context=context)

    def rows(self):
        self.env.invalidate_all()
        return self.env["phone.access"].search([("door", "=", "look_up"), ("user_id", "=", self.staff.id)])

    def test_an_embedded_action_tells_nothing_of_parts(self):
        self.authenticate("attacker", "attacker")
        self.assertEqual([row["is_visible"] for row in self.is_visible(self.embed("[('name', '=', 'Zoe')]"))], [True])
        self.env["res.partner"].create({"name": "Child", "parent_id": self.zoe.id})
        for leaf in (
            ("phone_sanitized", "=like", "+1202%"),
            ("phone_sanitized", "=like", "+1303%"),
            ("phone_sanitized", "not like", "303"),
            ("phone", "<", "+13"),
            ("child_ids.parent_id.phone", ">=", "+1"),
            ("child_ids", "any", [("parent_id", "any", [("phone", "ilike", "0187")])]),
        ):
            with self.subTest(leaf):
                embedded = self.embed(str([leaf]))
                self.assertIsInstance(embedded, int)
                self.assertIn("sealed", self.is_visible(embedded))

    def test_whole_numbers_are_not_kept_and_those_kept_before_are_counted(self):
        self.authenticate("attacker", "attacker")
        self.assertIn("is not kept", self.embed(f"[('phone_sanitized', '=', '{NUMBER}')]"))
        embedded = self.embed("[]")
        for count, (domain, told) in enumerate(
            ((f"[('phone_sanitized', '=', '{NUMBER}')]", "True"), (f"[('phone', 'in', {self.guesses})]", "at once")), 1
        ):
            self.env.flush_all()
            self.env.cr.execute("UPDATE ir_embedded_actions SET domain = %s WHERE id = %s", [domain, embedded])
            self.env.invalidate_all()
            self.assertIn(told, str(self.is_visible(embedded)))
            self.assertEqual(len(self.rows()), 1, count)

    def test_numbers_are_counted_however_a_domain_spells_them(self):
        """Escaped, in halves with a comment between them, as another figure: the server reads a number."""
        self.authenticate("attacker", "attacker")
        values = {"parent_res_model": "res.partner"}
        spec = dict.fromkeys(("is_visible", "domain", "parent_res_model"), {})

        def ask(domain):
            args = ([], values | {"domain": domain}, [], spec)
            return str(self.kw("ir.embedded.actions", "onchange", *args, context={"active_id": self.zoe.id}))

        for spell in (
            lambda number: "'" + "".join(f"\\x{ord(sign):02x}" for sign in number) + "'",
            lambda number: "'" + "".join(f"\\{ord(sign):o}" for sign in number) + "'",
            lambda number: f"'{number[:6]}' # 99\n'{number[6:]}'",
            lambda number: "'+\\N{DIGIT ONE}" + number[2:] + "'",
        ):
            with self.subTest(spell(NUMBER)):
                before = len(self.rows())
                self.assertIn("'is_visible': True", ask(f"[('phone_sanitized', 'in', [{spell(NUMBER)}])]"))
                self.assertEqual(len(self.rows()), before + 1)
                self.assertIn("at once", ask(f"([('phone_sanitized', 'in', [{', '.join(map(spell, self.guesses))}])])"))

    def test_whoever_keeps_searches_keeps_no_number(self):
        """Whatever model: its searches stand in the database in plain text."""
        with self.assertRaisesRegex(UserError, "is not kept"):
            self.action.domain = f"[('partner_id.phone', '=', '{NUMBER}')]"
        for spelling in ("+1%202%555%01%87", "1#2025#550187"):
            with self.subTest(spelling), self.assertRaisesRegex(UserError, "is not kept"):
                self.action.domain = f"[('partner_id.phone', 'ilike', '{spelling}')]"
        self.action.domain = "[('partner_id.phone', '!=', False)]"
        self.env["website"].search([], limit=1).domain = "https://example.com"

    def test_filters_go_by_whole_numbers_alone(self):
        visitor = self.env["website.visitor"].create({"access_token": str(self.zoe.id)})
        for fname in ("phone", "phone_sanitized"):
            for domain, found in (
                ([(fname, "=", NUMBER)], self.seen),
                ([(fname, "!=", NUMBER)], self.Partner),
                ([(fname, "in", self.guesses)], self.Partner),
                ([(fname, "!=", False)], self.seen),
            ):
                self.assertEqual(self.seen.filtered_domain(domain), found, domain)
        for records, fname in ((self.seen, "phone"), (self.seen, "phone_sanitized"), (visitor, "mobile")):
            for operator, value in (("=like", "+1202%"), ("not ilike", "303"), (">", "+1"), ("<=", "+2")):
                with self.subTest(fname, operator=operator), self.assertRaisesRegex(UserError, "sealed"):
                    records.filtered_domain([(fname, operator, value)])

    def test_an_automation_may_go_by_the_country_of_a_number(self):
        self.env["base.automation"].create(
            {
                "name": "From the United States",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "trigger": "on_create_or_write",
                "filter_pre_domain": "[('phone', 'not like', '+44')]",
                "filter_domain": "[('phone_sanitized', '=like', '+1%')]",
                "action_server_ids": [
                    (0, 0, {
                        "name": "Note", "state": "code", "code": "record.write({'ref': 'US'})",
                        "model_id": self.env["ir.model"]._get_id("res.partner"),
                    })
                ],
            }
        )  # fmt: skip
        british = self.env["res.partner"].create({"name": "British", "phone": "+442079460958"})
        self.seen.function = "Florist"
        british.with_user(self.staff).function = "Florist"
        self.assertEqual([self.zoe.ref, british.ref], ["US", False])
        with self.assertRaisesRegex(UserError, "sealed"):
            self.seen.filtered_domain([("phone", "=like", "+1%")])
