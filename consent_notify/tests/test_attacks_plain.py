"""Numbers that staff type where the database would keep them unsealed."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..controllers.guard import LOCAL_HOSTS, host_name
from .attack_common import NUMBER, AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksPlain(AttackCommon):
    def test_a_kept_filter_holds_no_number(self):
        filters = self.env["ir.filters"].with_user(self.staff)

        def keep(domain):
            return filters.create(
                {"name": "Mine", "model_id": "res.partner", "domain": domain, "user_ids": [(6, 0, self.staff.ids)]}
            )

        for domain in (
            "[('phone', '=', '+12025550187')]",
            "['|', ('name', '=', 'x'), ('phone_mobile_search', 'ilike', '202-555-0187')]",
            "[['partner_id.phone_sanitized', 'in', ['+12025550187']]]",
            "[('parent_id', 'any', [('phone', '=', '2025550187')])]",
            # Searches pass over these signs.
            "[('phone', 'ilike', '+1%202%555%01%87')]",
            "[('phone', 'ilike', '1#2025#550187')]",
            "[('phone', 'ilike', '20.01.2025 187')]",  # a day elsewhere, here digits
        ):
            with self.subTest(domain), self.assertRaisesRegex(UserError, "not kept") as refused:
                keep(domain)
            self.assertMasked(refused.exception)
        kept = keep("[('phone', '!=', False), ('ref', '=', '2025550187'), ('create_date', '>', '2026-11-24 10:00:00')]")
        keep("[('phone', 'ilike', '0187'), ('user_id', '=', uid)]")
        with self.assertRaisesRegex(UserError, "not kept"):
            kept.domain = "[('phone', '=', '+12025550187')]"

    def test_mails_to_the_found_keep_no_number(self):
        with self.assertRaisesRegex(UserError, "not kept"):
            self.env["mail.compose.message"].create(
                {"model": "res.partner", "composition_mode": "mass_mail", "res_domain": f"[('phone', '=', '{NUMBER}')]"}
            )

    def test_a_number_is_no_default(self):
        defaults = self.env["ir.default"]
        for value in (NUMBER, self.handle):
            with self.assertRaisesRegex(UserError, "no default") as refused:
                defaults.with_user(self.staff).set("res.partner", "phone", value, user_id=True)
            self.assertMasked(refused.exception)
        field = self.env["ir.model.fields"]._get("res.partner", "phone")
        with self.assertRaisesRegex(UserError, "no default"):
            defaults.create({"field_id": field.id, "json_value": f'"{NUMBER}"'})
        defaults.with_user(self.staff).set("res.partner", "city", "Ghent", user_id=True)

    def test_unblocking_takes_the_mask_and_keeps_no_plain_number(self):
        admin = new_test_user(self.env, "unblocker", "base.group_system,base.group_user")
        blocked = self.env["phone.blacklist"].add(NUMBER)
        self.forget()
        shown = blocked.with_user(admin).read(["number"])[0]["number"]
        self.assertMasked(shown)
        wizards = self.env["phone.blacklist.remove"].with_user(admin)
        wizard = wizards.create({"phone": shown, "reason": "asked for it"})
        self.assertEqual(wizards.with_context(default_phone=self.handle).create({}).phone, NUMBER)
        self.env.flush_all()
        self.env.cr.execute("SELECT phone FROM phone_blacklist_remove WHERE id = %s", [wizard.id])
        self.assertRegex(self.env.cr.fetchone()[0], "^pn_")
        wizard.action_unblacklist_apply()
        self.assertFalse(blocked.active)

    def test_an_export_that_comes_back_keeps_its_numbers(self):
        """Exports put a quote before a plus, lest a spreadsheet computes it."""
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "res.partner",
                "file": f"id,name,phone\r\n,Twin,'{self.handle}\r\n,Typed,'+12025550111\r\n".encode(),
                "file_name": "x.csv",
                "file_type": "text/csv",
            }
        )
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        self.forget()
        done = wizard.execute_import(["id", "name", "phone"], ["id", "name", "phone"], options)
        self.assertFalse([message for message in done["messages"] if message["type"] == "error"])
        self.assertEqual(self.env["res.partner"].browse(done["ids"]).mapped("phone"), [NUMBER, "+12025550111"])

    def test_this_machine_by_any_spelling(self):
        for host, name in (
            ("[::1]", "::1"),
            ("[::1]:8069", "::1"),
            ("::1", "::1"),
            ("localhost:8069", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
        ):
            self.assertEqual(host_name(host), name)
            self.assertIn(host_name(host), LOCAL_HOSTS)
        for host in ("shop.example.com:443", "[2001:db8::1]:80", "2001:db8::1", "localhost.example.com"):
            self.assertNotIn(host_name(host), LOCAL_HOSTS)
