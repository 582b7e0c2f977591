from odoo import api, fields, models


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
        provider = self.env["payment.provider"].browse(values.get("provider_id"))
        number = provider._give_number_sudo(values.get("partner_id"), number)
        return specific if number else {**specific, "partner_phone": False}
