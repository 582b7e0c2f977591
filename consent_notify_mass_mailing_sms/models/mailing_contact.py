from odoo import fields, models


class MailingContact(models.Model):
    _inherit = "mailing.contact"

    mobile = fields.Char(sealed=True)
