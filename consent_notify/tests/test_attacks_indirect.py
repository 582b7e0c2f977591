"""The attacks that go by way of what somebody else wrote, and by programs."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .attack_common import MASK, NUMBER, AttackCommon


@tagged("post_install", "-at_install")
class TestAttacksByTemplates(AttackCommon):
    """An administrator wrote a template with the number in it; what it renders is kept where staff read."""

    def assertNowhere(self):
        self.env.flush_all()
        for table, column in (("mail_message", "body"), ("mail_message", "subject"), ("sms_sms", "body")):
            self.env.cr.execute(f"SELECT count(*) FROM {table} WHERE {column} LIKE '%5550187%'")  # pylint: disable=sql-injection
            self.assertFalse(self.env.cr.fetchone()[0], f"{table}.{column}")

    def test_mails(self):
        template = self.env["mail.template"].create(
            {
                "name": "Curious",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "{{ object.phone }}",
                "body_html": '<p><t t-out="object.phone"/> <a t-attf-href="tel:{{ object.phone }}">call</a></p>',
            }
        )
        Composer = self.env["mail.compose.message"].with_user(self.staff)
        for mode in ("comment", "mass_mail"):
            composer = Composer.create(
                {
                    "model": "res.partner",
                    "res_ids": str(self.zoe.ids),
                    "composition_mode": mode,
                    "template_id": template.id,
                }
            )
            self.assertMasked(composer.read(["body", "subject"]))
            composer._action_send_mail()
            message = self.zoe.message_ids[0].with_user(self.staff)
            self.assertIn(MASK, message.body)
            self.assertMasked(message.read(["body", "subject"]))
        preview = self.env["mail.template.preview"].with_user(self.staff)
        preview = preview.create({"mail_template_id": template.id, "resource_ref": f"res.partner,{self.zoe.id}"})
        self.assertMasked(preview.read(["body_html", "subject"]))
        self.assertNowhere()

    def test_texts(self):
        template = self.env["sms.template"].create(
            {
                "name": "Curious",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "We call {{ object.phone }} or {{ object.phone_sanitized[2:] }}",
            }
        )
        Composer = self.env["sms.composer"].with_user(self.staff)
        for mode in ("comment", "mass"):
            vals = {"res_model": "res.partner", "composition_mode": mode, "template_id": template.id}
            composer = Composer.create(
                {**vals, "res_id": self.zoe.id, "res_ids": str(self.zoe.ids), "mass_keep_log": True}
            )
            self.assertMasked(composer.read(["body"]))
            composer._action_send_sms()
            self.assertIn(MASK, self.zoe.message_ids[0].body)
        self.assertNowhere()

    def test_the_shops_own_number_stays(self):
        self.order.company_id.partner_id.phone = "+1 202-555-0100"
        texts = {"phone": "+1 202-555-0100", "phone_sanitized": "+12025550100"}
        self.forget()
        template = self.env["mail.template"].create(
            {"name": "x", "model_id": self.env["ir.model"]._get_id("sale.order"), "body_html": "<p/>"}
        )
        words = "{{ object.company_id.phone }} for {{ object.partner_id.phone }}"
        shown = template._render_template(words, "sale.order", self.order.ids)[self.order.id]
        self.assertEqual(shown, f"+1 202-555-0100 for {MASK}")
        # In whichever order its two spellings were opened: the vault's rows come in the order of random keys.
        partner = self.order.company_id.partner_id
        for names in (("phone", "phone_sanitized"), ("phone_sanitized", "phone")):
            self.forget()
            for name in names:
                self.env["phone.vault"]._open([partner._fields[name].convert_to_column(texts[name], partner)])
            mask = self.env["phone.vault"]._mask_within
            self.assertEqual(mask("Call +1 202-555-0100"), "Call +1 202-555-0100")

    def test_a_colleagues_number_stays_unless_a_customer_has_it(self):
        colleague = self.staff.partner_id
        for phone, shown in (("+1 202-555-0111", "+1 202-555-0111"), (NUMBER, MASK)):
            colleague.phone = phone
            self.forget()
            template = self.env["mail.template"].create(
                {"name": "x", "model_id": self.env["ir.model"]._get_id("sale.order"), "body_html": "<p/>"}
            )
            words = template._render_template("Ask {{ object.user_id.phone }}", "sale.order", self.order.ids)
            self.assertEqual(words[self.order.id], f"Ask {shown}")

    def test_however_many_are_rendered_the_shops_numbers_are_asked_for_once(self):
        vals = {"name": "x", "model_id": self.env["ir.model"]._get_id("res.partner"), "body_html": "<p/>"}
        template = self.env["mail.template"].create(vals)
        partners = self.env["res.partner"].create(
            [{"name": f"Many {i}", "phone": f"+1 202-555-1{i:03}"} for i in range(12)]
        )
        asked = []
        for some in (partners[:2], partners[2:]):
            self.forget()
            some.mapped("phone")
            before = self.env.cr.sql_log_count
            shown = template._render_template("Call {{ object.phone }}", "res.partner", some.ids)
            asked.append(self.env.cr.sql_log_count - before)
            masks = [f"Call +1 ••• ••• {one.phone[-4:-2]} {one.phone[-2:]}" for one in some]
            self.assertEqual([shown[one.id] for one in some], masks)
        self.assertEqual(asked[1], asked[0])

    def test_staff_cannot_write_programs_into_what_they_compose(self):
        """The core's restriction on templates, which a slice of the number would pass unseen without."""
        self.assertFalse(self.staff.has_group("mail.group_mail_template_editor"))
        composer = self.env["sms.composer"].with_user(self.staff)
        composer = composer.create(
            {
                "res_model": "res.partner",
                "res_ids": str(self.zoe.ids),
                "composition_mode": "mass",
                "body": "{{ object.phone[::-1] }}",
            }
        )
        with self.assertRaises(AccessError):
            composer._action_send_sms()


@tagged("post_install", "-at_install")
class TestAttacksByProgram(AttackCommon, HttpCase):
    """The same over the programs' interface, `/json/2`, with a key of one's own."""

    def call(self, method, on="res.partner", **params):
        key = self.env["res.users.apikeys"].with_user(self.staff)
        key = key._generate("rpc", "attack", fields.Datetime.now() + timedelta(days=1))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return self.url_open(f"/json/2/{on}/{method}", data=json.dumps(params), headers=headers)

    def test_reading_gives_handles(self):
        for method, params in (
            ("read", {"ids": self.zoe.ids, "fields": ["phone", "phone_sanitized"]}),
            ("search_read", {"domain": [["id", "=", self.zoe.id]], "fields": ["phone"]}),
            ("web_read", {"ids": self.zoe.ids, "specification": {"phone": {}}}),
            ("export_data", {"ids": self.zoe.ids, "fields_to_export": ["phone"]}),
            ("default_get", {"fields": ["phone"], "context": {"default_phone": self.handle}}),
            ("copy_data", {"ids": self.zoe.ids}),
        ):
            with self.subTest(method):
                answer = self.call(method, **params)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertHandle(json.loads(answer.text))

    def test_searching_is_counted_and_logged(self):
        answer = self.call("search", domain=[["phone", "=", NUMBER]])
        self.assertEqual(answer.json(), self.zoe.ids)
        row = self.env["phone.access"].search([("door", "=", "look_up"), ("user_id", "=", self.staff.id)])
        self.assertEqual((len(row), row.model, row.count), (1, "res.partner", 1))
        many = [["phone", "in", [f"+1202555{i:04}" for i in range(6)]]]
        self.assertIn("at once", self.call("search", domain=many).text)

    def test_the_doors_stay_closed(self):
        for method, params in (
            ("action_ask", {"model": "res.partner", "res_id": self.zoe.id, "fname": "phone"}),
            ("_show", {"model": "res.partner", "res_id": self.zoe.id, "fname": "phone", "reason": "order"}),
            ("_call", {"order_id": self.order.id}),
            ("_export_lines", {"ids": self.zoe.ids, "reason": "order", "note": "", "origin": {}}),
        ):
            with self.subTest(method):
                answer = self.call(method, on="phone.door", **params)
                self.assertMasked(answer.text)
                if method.startswith("_"):
                    self.assertGreaterEqual(answer.status_code, 400)
                else:
                    self.assertEqual(answer.json()["res_model"], "res.users.identitycheck", "a key is no password")
