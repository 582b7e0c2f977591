from odoo import api, fields, models

from ..tools import phone


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    partner_phone = fields.Char(sealed=True)

    @api.model
    def _get_specific_create_values(self, provider_code, values):
        """Leave the number out for providers that do not need it; note it in the access log for those that do.

        Without an agreement in force a provider gets none, whatever it needs.
        """
        specific = super()._get_specific_create_values(provider_code, values)
        number = specific.get("partner_phone", values.get("partner_phone"))
        if not number:
            return specific
        provider_sudo = self.env["payment.provider"].browse(values.get("provider_id")).sudo()  # sudo: visitors pay too
        contract_sudo = provider_sudo.consent_processor_id
        if not provider_sudo.consent_needs_phone or not contract_sudo._is_in_force(provider_sudo.company_id):
            return {**specific, "partner_phone": False}
        self.env["phone.access"]._record_sudo(
            "provider",
            model="res.partner",
            res_id=values.get("partner_id"),
            processor=provider_sudo.name,
            code=phone.handle_code(self.env["phone.vault"]._handle(number)),
        )
        return specific
