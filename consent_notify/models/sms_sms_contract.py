from odoo import api, models

from .sms_sms_gate import TO_MEND  # which also has the gate declared before what extends it

TO_MEND.add("no_contract")


class SmsSms(models.Model):
    """No agreement, no number: what leaves the shop goes to processors under contract only."""

    _inherit = "sms.sms"

    def _gate_reasons_sudo(self):
        reasons = super()._gate_reasons_sudo()
        # sudo: as all that the gate reads
        passed = self.sudo().browse([sms_id for sms_id, reason in reasons.items() if not reason])
        companies = {sms.id: sms._get_sms_company() for sms in passed}
        why = self._company_reasons_sudo(self.env["res.company"].union(*companies.values()))
        reasons.update((sms_id, why[company]) for sms_id, company in companies.items() if company in why)
        return reasons

    @api.model
    def _company_reasons_sudo(self, companies):
        """Return {company: why nothing of it may be sent at present}, of those companies that may send nothing."""
        missing = self.env["consent.processor"]._without_sms_contract_sudo(companies)
        reasons = dict.fromkeys(missing, "no_contract")
        for company in companies.sudo():
            if company.sms_provider == "http" and not company.sms_gateway_id:
                reasons[company] = "no_provider"
        return reasons
