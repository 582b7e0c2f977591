from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # The shop's own number is public: it stands on the website and on documents.
    phone = fields.Char(sealed=False)
