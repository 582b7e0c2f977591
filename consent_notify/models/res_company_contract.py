from odoo import models


class ResCompany(models.Model):
    """Who is waiting for numbers until an agreement is signed."""

    _inherit = "res.company"

    def _contracts_missing_sudo(self):
        """Return a sentence for each receiver of this company's numbers that has no agreement in force."""
        company_sudo = self.sudo()
        lines = []
        if self.env["consent.processor"]._without_sms_contract_sudo(company_sudo):
            lines.append(self._say_no_texts())
        payers = company_sudo.env["payment.provider"].search(
            [("company_id", "=", self.id), ("state", "=", "enabled"), ("consent_needs_phone", "=", True)]
        )
        carriers = company_sudo.env["delivery.carrier"].search(
            [("company_id", "in", (False, self.id)), ("is_published", "=", True), ("needs_phone", "=", True)]
        )
        for receiver in [*payers, *carriers]:
            if not receiver.consent_processor_id._is_in_force(company_sudo):
                lines.append(self.env._("%(name)s gets no numbers.", name=receiver.name))
        return lines

    def _say_no_texts(self):
        return self.env._(
            "No text leaves by %(provider)s: no valid agreement with them is on file.", provider=self._sms_processor()
        )
