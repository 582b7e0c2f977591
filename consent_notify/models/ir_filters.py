from odoo import api, models


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.constrains("domain")
    def _check_no_number(self):
        """Keep no number in the words of a filter: they stand in the database unsealed."""
        for kept in self:
            self.env["phone.door"]._assert_no_number(kept.domain)
