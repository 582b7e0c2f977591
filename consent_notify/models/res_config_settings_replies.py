from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Replies of customers, and what the provider keeps."""

    _inherit = "res.config.settings"

    sms_inbound_url = fields.Char("Address for Replies", compute="_compute_sms_inbound_url")
    sms_replies_answered = fields.Boolean(related="company_id.sms_replies_answered", readonly=False)
    sms_forget = fields.Boolean(related="company_id.sms_forget", readonly=False)
    sms_forget_message = fields.Boolean(related="company_id.sms_forget_message", readonly=False)

    @api.depends("company_id")
    def _compute_sms_inbound_url(self):
        for settings in self:
            settings.sms_inbound_url = settings.company_id._inbound_url()
