from odoo import api, models


class SmsSms(models.Model):
    """No agreement, no number: what leaves the shop goes to processors under contract only."""

    _inherit = "sms.sms"

    @api.model
    def _company_reasons_sudo(self, companies):
        reasons = super()._company_reasons_sudo(companies)
        unsigned = self.env["consent.processor"]._without_sms_contract_sudo(companies)
        homeless = companies.sudo().filtered(lambda one: one.sms_provider == "http" and not one.sms_gateway_id)
        return reasons | dict.fromkeys(unsigned, "no_contract") | dict.fromkeys(homeless, "no_provider")
