from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    partner_phone = fields.Char(sealed=True)
