from odoo import models


class SmsTwilioNumber(models.Model):
    """Notices name these numbers as the genuine senders."""

    _name = "sms.twilio.number"
    _inherit = ["sms.twilio.number", "consent.notice.source"]
