from odoo import fields, models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    sms_number = fields.Char(sealed=True)
