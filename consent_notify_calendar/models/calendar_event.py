from odoo import api, models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_links(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_links(vals))

    @api.model
    def _without_links(self, vals):
        """Mask the number of a pasted link: the description is kept unsealed and goes out with every invitation."""
        if not vals.get("description"):
            return vals
        return {**vals, "description": self.env["phone.vault"]._unlink_numbers(vals["description"])}

    @api.model
    def _prepare_partner_contact_details_html(self, section_title, partner):
        """Leave the number out: the description is plain text, and invitations carry it to every guest."""
        return [
            detail
            for detail in super()._prepare_partner_contact_details_html(section_title, partner)
            if "href='tel:" not in detail
        ]
