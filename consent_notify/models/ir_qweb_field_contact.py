from markupsafe import Markup, escape

from odoo import api, models


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
