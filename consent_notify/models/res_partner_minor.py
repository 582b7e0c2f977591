from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_minor = fields.Boolean(
        "Under Age",
        groups="consent_notify.group_user",
        copy=False,
        help="No offers, whatever the answer, and a parent or guardian answers for the rest. No date of birth is kept.",
    )

    def _is_minor_sudo(self):
        """Tell whether this contact, or the person whose address it is, is under age."""
        partner_sudo = self.sudo()
        return partner_sudo.is_minor or partner_sudo.commercial_partner_id.is_minor
