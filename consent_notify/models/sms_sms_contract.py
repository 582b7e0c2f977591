from odoo import models

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
        asked = self.env["res.company"].union(*companies.values())
        missing = self.env["consent.processor"]._without_sms_contract_sudo(asked)
        for sms_id, company in companies.items():
            if company.sms_provider == "http" and not company.sms_gateway_id:
                reasons[sms_id] = "no_provider"
            elif company in missing:
                reasons[sms_id] = "no_contract"
        return reasons
