from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _xendit_prepare_invoice_request_payload(self):
        """Send the number of the transaction, which is empty where Xendit may have none, not the contact's own."""
        payload = super()._xendit_prepare_invoice_request_payload()
        payload["customer"].pop("mobile_number", None)
        if self.partner_phone:
            payload["customer"]["mobile_number"] = self.partner_phone
        return payload
