from odoo import models


class ResCountryGroup(models.Model):
    """Which words a customer sees depends on the groups of their country."""

    _name = "res.country.group"
    _inherit = ["res.country.group", "consent.notice.source"]
