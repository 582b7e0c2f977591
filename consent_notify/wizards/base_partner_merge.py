from odoo import models
from odoo.exceptions import UserError


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # Pages show a colleague's number whole: merged with a customer, it would be the customer's.
        partners = self.env["res.partner"].browse(partner_ids).exists()
        ours = partners._ours(former=True)
        if ours and any(partner.phone for partner in partners - ours):
            raise UserError(
                self.env._("A contact with a number cannot be merged with a colleague's: clear its number first.")
            )
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)
