from odoo import models


class ResCountryGroup(models.Model):
    _inherit = "res.country.group"

    def write(self, vals):
        result = super().write(vals)
        # The words that customers see are cached; which of them, depends on the groups of the customer's country.
        self.env.registry.clear_cache()
        return result
