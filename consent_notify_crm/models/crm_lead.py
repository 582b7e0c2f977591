from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # This line is all that sealing a column takes: the rows that are there, the foreign key, masks and search follow.
    phone = fields.Char(sealed=True)

    def _get_partner_phone_update(self, force_void=True):
        """Leave a colleague's contact as it is: pages show customers their number whole, as they are at work."""
        is_to_contact = not force_void  # the core asks so for the contact, and with it for the lead
        if is_to_contact and self.partner_id._ours(former=True):
            return False
        return super()._get_partner_phone_update(force_void=force_void)
