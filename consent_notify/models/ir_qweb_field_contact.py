from markupsafe import Markup, escape

from odoo import api, models

from ..tools import phone
from ..tools.marks import PrintDoor


class Contact(models.AbstractModel):
    """Pages and reports show a contact's number as a mask, unless the report is a door."""

    _inherit = "ir.qweb.field.contact"

    @api.model
    def value_to_html(self, value, options):
        html = super().value_to_html(value, options)
        if not value or "phone" not in (options.get("fields") or ["phone"]):
            return html
        partner_sudo = value.sudo()  # sudo: as the core reads it to show it
        number = partner_sudo.phone
        if not number or self._is_public(partner_sudo, number) or self._is_printed(partner_sudo, number):
            return html
        mask = self.env["phone.vault"]._mask(number)
        return Markup(str(html).replace(str(escape(number)), str(escape(mask))))

    @api.model
    def _is_public(self, partner_sudo, number):
        """Tell whether the number is the shop's own or a colleague's at work: shown to customers on purpose.

        A colleague's that a customer has as well is taken for the customer's: somebody may have put it there.
        """
        contact_sudo = partner_sudo if partner_sudo._name == "res.partner" else partner_sudo.partner_id
        if not contact_sudo._ours():
            return False
        return bool(contact_sudo.ref_company_ids) or not contact_sudo._is_customers_sudo(number, contact_sudo)

    @api.model
    def _is_printed(self, partner_sudo, number):
        """Tell whether a report that is a door asks, and log it once for each contact and print."""
        report = self.env.context.get("consent_notify_print")
        if not isinstance(report, PrintDoor):
            return False
        printed = self.env["phone.vault"]._state().setdefault("printed", set())
        if (report, partner_sudo.id) not in printed:
            printed.add((report, partner_sudo.id))
            self.env["phone.door"]._record_limited_sudo(
                "print",
                what="printed",
                model=partner_sudo._name,
                res_id=partner_sudo.id,
                note=str(report),
                code=phone.handle_code(self.env["phone.vault"]._handle(number)),
            )
        return True
