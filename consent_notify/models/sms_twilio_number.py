from odoo import api, models


class SmsTwilioNumber(models.Model):
    """Notices name these numbers as the genuine senders."""

    _name = "sms.twilio.number"
    _inherit = ["sms.twilio.number", "consent.notice.source"]

    @api.model_create_multi
    def create(self, vals_list):
        numbers = super().create(vals_list)
        self.env["sms.hold"]._look_again_sudo()
        return numbers

    def write(self, vals):
        result = super().write(vals)
        self.env["sms.hold"]._look_again_sudo()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["sms.hold"]._look_again_sudo()
        return result
