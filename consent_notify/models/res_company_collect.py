from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collect_hours = fields.Char(
        "Hours for Collecting",
        size=16,
        help="What “ready to collect” tells the customer, e.g. 10:00-20:00. Empty: the text names no hours.",
    )
