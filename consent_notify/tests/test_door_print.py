"""The door *print*: a colleague at the printer gets whole numbers; links, mails and what is kept have masks."""

import io
import json
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.http_routing.tests.common import MockRequest

from ..tools.marks import Printer
from .attack_common import MASK, NUMBER, AttackCommon

REPORT = "sale.report_saleorder"


@tagged("post_install", "-at_install")
class TestDoorPrint(AttackCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["ir.actions.report"].search([("report_name", "=", REPORT)])
        cls.report.consent_print_number = True
        # The document prints the number of whoever gets the goods, if that is somebody else.
        cls.mother = cls.env["res.partner"].create({"name": "Zoe's mother", "phone": NUMBER})
        cls.order.partner_invoice_id = cls.order.partner_shipping_id = cls.mother
        cls.link = cls.order.get_portal_url(report_type="html")
        cls.before = cls.env["phone.access"].search([("door", "=", "print")])

    def page(self, path):
        self.env.flush_all()
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        self.assertIn("Zoe", answer.text)
        return answer.content.decode()

    def rows(self):
        self.env.invalidate_all()
        return self.env["phone.access"].search([("door", "=", "print")]) - self.before

    def test_a_colleague_prints_a_report_that_is_a_door(self):
        self.authenticate("attacker", "attacker")
        path = f"/report/html/{REPORT}/{self.order.id}"
        self.assertIn(NUMBER, self.page(path))
        row = self.rows()
        self.assertEqual(
            (row.user_id, row.note, row.res_id), (self.staff, self.report.name, self.mother.id), "once a print"
        )
        self.report.consent_print_number = False
        page = self.page(path)
        self.assertIn(MASK, page)
        self.assertMasked(page)
        self.assertEqual(self.rows(), row)

    def test_a_field_of_a_report_is_a_door_as_well(self):
        view = self.env["ir.ui.view"].create(
            {
                "type": "qweb",
                "key": "consent_notify.slip_for_test",
                "name": "Slip",
                "arch": """<t t-name="consent_notify.slip_for_test"><div t-foreach="docs" t-as="doc">
                    <p t-field="doc.partner_id"/><p t-field="doc.partner_id.phone"/></div></t>""",
            }
        )
        self.env["ir.model.data"].create(
            {"module": "consent_notify", "name": "slip_for_test", "model": "ir.ui.view", "res_id": view.id}
        )
        report = self.env["ir.actions.report"].create(
            {"name": "Slip", "model": "sale.order", "report_type": "qweb-html", "report_name": view.key}
        )
        self.authenticate("attacker", "attacker")
        self.assertMasked(self.page(f"/report/html/{view.key}/{self.order.id}"))
        self.assertFalse(self.rows())
        report.consent_print_number = True
        self.assertIn(NUMBER, self.page(f"/report/html/{view.key}/{self.order.id}"))
        self.assertEqual(self.rows().note, "Slip")

    def test_whoever_has_the_link_of_the_order_gets_a_mask(self):
        new_test_user(self.env, "holder", "base.group_portal")
        for login in (None, "holder", "attacker"):
            with self.subTest(login):
                self.authenticate(login, login)
                page = self.page(self.link)
                self.assertIn(MASK, page)
                self.assertMasked(page)
        self.assertFalse(self.rows())

    def test_a_customer_signed_in_gets_a_mask(self):
        user = new_test_user(self.env, "customer", "base.group_portal")
        addresses = dict.fromkeys(("partner_invoice_id", "partner_shipping_id"), self.mother.id)
        self.order.write({"partner_id": user.partner_id.id, **addresses})
        self.authenticate("customer", "customer")
        page = self.page(f"/report/html/{REPORT}/{self.order.id}")
        self.assertIn(MASK, page)
        self.assertMasked(page)
        self.assertFalse(self.rows())

    def test_what_is_rendered_to_be_kept_has_a_mask(self):
        """A signed order, a mail, an automation: none of them is a person who prints."""
        for reports in (self.report, self.report.sudo(), self.report.with_user(self.staff)):
            html, _kind = reports._render_qweb_html(REPORT, self.order.ids)
            self.assertIn(MASK, html.decode())
            self.assertMasked(html.decode())
        self.assertFalse(self.rows())

    def test_an_address_that_looks_like_a_printer_s_is_none(self):
        with MockRequest(self.env(user=self.staff), path="/report/of_another_addon") as request:
            self.assertFalse(request.env["ir.actions.report"]._print_door_sudo(REPORT))
        mine = self.report.with_user(self.staff)
        for said in (str(self.staff.id), self.staff.id, Printer(self.env.uid)):
            html, _kind = mine.with_context(consent_notify_printer=said)._render_qweb_html(REPORT, self.order.ids)
            self.assertMasked(html.decode())
        self.assertFalse(self.rows())

    def test_a_report_that_is_downloaded_is_printed(self):
        self.authenticate("attacker", "attacker")
        data = json.dumps([f"/report/text/{REPORT}/{self.order.id}", "qweb-text"])
        self.env.flush_all()
        answer = self.url_open("/report/download", data={"data": data, "csrf_token": Request.csrf_token(self)})
        self.assertIn(NUMBER, answer.text)
        self.assertEqual(self.rows().user_id, self.staff)

    def test_a_print_with_numbers_is_not_kept(self):
        self.report.attachment = "'order.pdf'"

        def render(reports, report_ref, res_ids=None, data=None):
            return {res_ids[0]: {"stream": io.BytesIO(b"%PDF"), "attachment": None}}, "pdf"

        self.authenticate("attacker", "attacker")
        domain = [("res_model", "=", "sale.order"), ("res_id", "=", self.order.id), ("name", "=", "order.pdf")]
        with patch.object(self.registry["ir.actions.report"], "_pre_render_qweb_pdf", render):
            for is_door in (True, False):
                self.report.consent_print_number = is_door
                self.env.flush_all()
                self.assertEqual(self.url_open(f"/report/pdf/{REPORT}/{self.order.id}").content, b"%PDF")
                self.assertEqual(self.env["ir.attachment"].search_count(domain), int(not is_door))
