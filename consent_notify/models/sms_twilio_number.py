from odoo import api, models


class SmsTwilioNumber(models.Model):
    """The words that customers see are cached, and name these numbers as the genuine senders."""

    _inherit = "sms.twilio.number"

    @api.model_create_multi
    def create(self, vals_list):
        numbers = super().create(vals_list)
        self.env.registry.clear_cache()
        return numbers

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
