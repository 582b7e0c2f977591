from odoo import api, models

from ..tools import phone
from ..tools.marks import PrintDoor


class IrQwebField(models.AbstractModel):
    """Pages, mails and reports show a mask wherever a template names a sealed field, unless the report is a door."""

    _inherit = "ir.qweb.field"

    @api.model
    def record_to_html(self, record, field_name, options):
        number = record[field_name] if record and record._fields[field_name].sealed else None
        if not number:
            return super().record_to_html(record, field_name, options)
        record_sudo = record.sudo()  # sudo: whose number it is, and to log it
        if self._is_public(record_sudo, number) or self._is_printed(record_sudo, number):
            return super().record_to_html(record, field_name, options)
        return self.value_to_html(self.env["phone.vault"]._mask(number), options)

    @api.model
    def _is_public(self, record_sudo, number):
        """Tell whether the number is the shop's own or a colleague's at work: shown to customers on purpose.

        A colleague's that a customer has as well is taken for the customer's: somebody may have put it there.
        """
        if record_sudo._name in ("res.users", "res.company"):
            record_sudo = record_sudo.partner_id
        # Whatever else names a contact: anybody may have put another number beside a colleague's name.
        if record_sudo._name != "res.partner" or not record_sudo._ours():
            return False
        return bool(record_sudo.ref_company_ids) or not record_sudo._is_customers_sudo(number, record_sudo)

    @api.model
    def _is_printed(self, record_sudo, number):
        """Tell whether a report that is a door asks, and log it once for each record and print."""
        report = self.env.context.get("consent_notify_print")
        if not isinstance(report, PrintDoor):
            return False
        printed = self.env["phone.vault"]._state().setdefault("printed", set())
        if (report, record_sudo) not in printed:
            printed.add((report, record_sudo))
            self.env["phone.door"]._record_limited_sudo(
                "print",
                what="printed",
                model=record_sudo._name,
                res_id=record_sudo.id,
                note=str(report),
                code=phone.handle_code(self.env["phone.vault"]._handle(number)),
            )
        return True
