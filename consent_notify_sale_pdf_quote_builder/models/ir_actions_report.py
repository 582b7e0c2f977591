from odoo import api, models

from odoo.addons.consent_notify.fields import tells_number
from odoo.addons.consent_notify.tools.marks import PrintDoor

# The only document to which the app adds its pages.
REPORT = "sale.report_saleorder"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_value_from_path(self, form_field, order, order_line=None):
        """Fill a number into a form as the document itself prints it: masked, unless the document is a door."""
        value = super()._get_value_from_path(form_field, order, order_line=order_line)
        path, _dot, name = form_field.path.rpartition(".")
        records_sudo = (order_line or order).sudo().mapped(path)  # sudo: as the core follows the path
        field = records_sudo._fields[name]
        if not value or not tells_number(field, self.env):
            return value
        if not field.sealed:
            return self.env["phone.vault"]._mask_within(value)
        return ", ".join(map(self._quoted_number, records_sudo, records_sudo.mapped(name)))

    @api.model
    def _quoted_number(self, record_sudo, number):
        """Return what the pages of a quotation show of a number on this record."""
        printer = self.env["ir.qweb.field"]
        if report_sudo := self._print_door_sudo(REPORT):
            printer = printer.with_context(consent_notify_print=PrintDoor(report_sudo.name))
        if not number or printer._is_public(record_sudo, number) or printer._is_printed(record_sudo, number):
            return number or ""
        return self.env["phone.vault"]._mask(number)
