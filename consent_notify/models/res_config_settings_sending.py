from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Who sends the texts, and whether the law lets them have the numbers."""

    _inherit = "res.config.settings"

    sms_gateway_id = fields.Many2one(related="company_id.sms_gateway_id", readonly=False)
    consent_contracts_missing = fields.Text(compute="_compute_consent_contracts_missing")

    @api.depends("company_id", "sms_provider", "sms_gateway_id")
    def _compute_consent_contracts_missing(self):
        for settings in self:
            settings.consent_contracts_missing = "\n".join(settings.company_id._contracts_missing_sudo())

    def action_open_sms_gateways(self):
        return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.sms_gateway_action")

    def action_open_consent_processors(self):
        return self.env["ir.actions.act_window"]._for_xml_id("consent_notify.consent_processor_action")
