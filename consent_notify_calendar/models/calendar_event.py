from odoo import api, models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model
    def _prepare_partner_contact_details_html(self, section_title, partner):
        """Leave the number out: the description is plain text, and invitations carry it to every guest."""
        return [
            detail
            for detail in super()._prepare_partner_contact_details_html(section_title, partner)
            if "href='tel:" not in detail
        ]
