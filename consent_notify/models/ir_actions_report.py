from odoo import api, fields, models

from ..tools.marks import PrintDoor, Printer


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    consent_print_number = fields.Boolean(
        "Prints Whole Numbers",
        help="A delivery slip may need the number; everything else shows a mask. Each print is in the access log."
        " Only colleagues who print it themselves get numbers: what is mailed, kept or shown to customers has masks.",
    )

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        if self._print_door_sudo(self._get_report(report_ref).report_name):
            # A number that was printed is on paper and in the access log. An attachment would stay, unlogged.
            self = self.with_context(report_pdf_no_attachment=True)
        return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)

    @api.model
    def _render_template(self, template, values=None):
        if report_sudo := self._print_door_sudo(template):
            self = self.with_context(consent_notify_print=PrintDoor(report_sudo.name))
        return super()._render_template(template, values)

    @api.model
    def _print_door_sudo(self, template):
        """Return the report of this template that may print numbers, if a colleague prints it now.

        The same report is rendered for customers, by a link or signed in, and to be mailed or kept: with masks then.
        """
        printer = self.env.context.get("consent_notify_printer")
        is_printing = isinstance(printer, Printer) and printer == Printer(self.env.uid) and not self.env.su
        if not is_printing or not self.env.user._is_internal():
            return self.sudo().browse()
        # sudo: whether a report may print numbers is no secret and no right of the reader's
        return self.sudo().search([("report_name", "=", template), ("consent_print_number", "=", True)], limit=1)
