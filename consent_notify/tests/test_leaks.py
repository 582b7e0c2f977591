"""Columns and texts besides the six that everybody thinks of. Each test would find the number without its cure."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..tools import scan

NUMBER, TYPED = "+12025550187", "(202) 555-0187"


@tagged("post_install", "-at_install")
class TestLeaks(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.us")
        cls.partner = cls.env["res.partner"].create(
            {"name": "Zoe", "phone": TYPED, "country_id": cls.env.ref("base.us").id}
        )

    def assertNowhere(self):
        self.env.flush_all()
        self.assertEqual(scan.scan_tables(self.env.cr, scan.matcher([NUMBER])), {})

    def test_composer_rows(self):
        Composer = self.env["sms.composer"]
        single = Composer.create({"res_model": "res.partner", "res_id": self.partner.id, "body": "Hello"})
        several = Composer.create({"composition_mode": "numbers", "numbers": f"{NUMBER}, {TYPED}", "body": "Hello"})
        self.assertEqual(single.recipient_single_number_itf, NUMBER)
        self.assertEqual(several.sanitized_numbers, f"{NUMBER},{NUMBER}")
        self.assertNowhere()
        shown = (single + several).read(["recipient_single_number_itf", "numbers", "recipient_single_number"])
        self.assertNotIn("5550187", str(shown).replace("-", ""))

    def test_the_composer_refuses_without_repeating(self):
        with self.assertRaises(UserError) as refusal:
            composer = self.env["sms.composer"].create(
                {"composition_mode": "numbers", "numbers": f"{NUMBER}, 12", "body": "Hello"}
            )
            composer.read(["sanitized_numbers"])
        self.assertNotIn("5550187", str(refusal.exception))

    def test_a_message_for_later(self):
        later = fields.Datetime.now() + timedelta(days=1)
        message = self.partner._message_sms("Hello", partner_ids=self.partner.ids, sms_numbers=["+12025550188"])
        schedule = self.env["mail.message.schedule"].create(
            {
                "mail_message_id": message.id,
                "scheduled_datetime": later,
                "notification_parameters": json.dumps(
                    {"sms_numbers": [NUMBER], "sms_pid_to_number": {self.partner.id: TYPED}, "put_in_queue": True}
                ),
            }
        )
        self.assertNowhere()
        before = self.env["sms.sms"].search([])
        schedule.force_send()
        sent = self.env["sms.sms"].search([]) - before
        self.assertIn(NUMBER, sent.mapped("number"))
        self.assertFalse(schedule.exists())

    def test_an_uploaded_file_of_contacts(self):
        staff = new_test_user(self.env, "leak_staff", "base.group_user,base.group_partner_manager")
        Import = self.env["base_import.import"].with_user(staff)
        wizard = Import.create({"res_model": "res.partner"})
        wizard.write({"file": f"name,phone\nNew,{NUMBER}\n".encode(), "file_type": "text/csv", "file_name": "a.csv"})
        self.assertNowhere()
        wizard.invalidate_recordset()
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        self.assertEqual(wizard.parse_preview(options)["headers"], ["name", "phone"])
        result = wizard.execute_import(["name", "phone"], ["name", "phone"], options)
        self.assertEqual(self.env["res.partner"].browse(result["ids"]).phone, NUMBER)
        self.assertNowhere()

    def test_a_link_to_dial_in_a_text_of_html(self):
        self.env.company.partner_id.phone = "+1 202-555-0100"
        self.env.flush_all()
        unlink = self.env["phone.vault"]._unlink_numbers
        mask = "+1 ••• ••• 01 87"
        for html, kept in (
            (f'<a href="tel:{NUMBER}">{TYPED}</a>', mask),
            (f"<A class='x' HREF='tel:{TYPED}'>the <b>guest</b></A>, {NUMBER}", f"the <b>guest</b>, {mask}"),
            (f'<a href="tel:{NUMBER}"><b>+1 202-555</b>-<i>0187</i></a> <i>it is</i>', f"{mask} <i>it is</i>"),
            ("<a href=tel:%2B12025550187>+1&nbsp;202&#160;555-0187</a>", mask),
            (
                f'<a href="https://example.com">a page</a> and <a href="tel:{NUMBER}">Zoe</a>',
                '<a href="https://example.com">a page</a> and Zoe',
            ),
            ('<a href="tel:+1(202)5550100">our shop</a>', '<a href="tel:+1(202)5550100">our shop</a>'),
            ('<a href="tel:112">help</a>', '<a href="tel:112">help</a>'),
            ("", ""),
            (False, False),
        ):
            with self.subTest(html):
                shown = unlink(html)
                self.assertNotRegex(str(shown), r"555\W?0187")
                self.assertEqual(shown, kept)

    def test_a_sealed_file_opens_nowhere_else(self):
        wizard = self.env["base_import.import"].create({"res_model": "res.partner", "file": b"name\nx\n"})
        wizard.flush_recordset()
        self.env.cr.execute(
            "UPDATE base_import_import SET sealed_file = set_byte(sealed_file, 30, 0) WHERE id = %s", [wizard.id]
        )
        wizard.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "upload it again"):
            wizard.file  # noqa: B018
