"""The forms in the pages that go with a quotation, which an administrator may fill with anything of the order."""

from odoo.tests import tagged

from odoo.addons.consent_notify.tests.attack_common import MASK, NUMBER, AttackCommon
from odoo.addons.consent_notify.tools.marks import Printer

OWN = "+1 202-555-0111"


@tagged("post_install", "-at_install")
class TestQuote(AttackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["ir.actions.report"].search([("report_name", "=", "sale.report_saleorder")])
        cls.line = cls.env["sale.order.line"].create(
            {"order_id": cls.order.id, "display_type": "line_note", "name": "x"}
        )

    def filled(self, path, line=None, **context):
        """Return what stands in a form with this path, printed as the curious colleague."""
        kind = "product_document" if line else "quotation_document"
        name = f"test_{path}".replace(".", "_")
        form_field = self.env["sale.pdf.form.field"].create({"name": name, "path": path, "document_type": kind})
        self.forget()
        reports = self.env["ir.actions.report"].with_user(self.staff).with_context(**context)
        return reports._get_value_from_path(form_field, self.order, line)

    def rows(self):
        return self.env["phone.access"].search([("door", "=", "print"), ("user_id", "=", self.staff.id)])

    def test_a_number_is_masked(self):
        self.assertEqual(self.filled("partner_id.phone"), MASK)
        self.assertEqual(self.filled("partner_id.phone_sanitized"), MASK)
        self.assertEqual(self.filled("order_id.partner_id.phone", self.line), MASK)
        self.assertFalse(self.rows())

    def test_a_document_that_is_a_door_prints_it(self):
        printer = {"consent_notify_printer": Printer(self.staff.id)}
        self.assertEqual(self.filled("partner_id.phone", **printer), MASK)
        self.report.consent_print_number = True
        self.assertEqual(self.filled("partner_id.commercial_partner_id.phone", **printer), NUMBER)
        self.assertEqual((self.rows().note, self.rows().res_id), (self.report.name, self.zoe.id))
        self.assertEqual(self.filled("partner_invoice_id.phone"), MASK, "mailed or kept")

    def test_the_rest_is_as_it_was(self):
        self.order.company_id.partner_id.phone = OWN
        self.assertEqual(self.filled("company_id.partner_id.phone"), OWN)
        self.assertEqual(self.filled("partner_id.name"), "Zoe")
        self.assertEqual(self.filled("name"), self.order.name)
        self.zoe.phone = False
        self.assertEqual(self.filled("partner_id.phone"), "")
