from odoo import fields, models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    number = fields.Char(sealed=True)
