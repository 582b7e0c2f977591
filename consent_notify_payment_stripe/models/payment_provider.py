import json

from odoo import models

GIVEN = "consent_notify_payment_stripe_given"


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    def _stripe_get_inline_form_values(self, amount, currency, partner_id, *args, **kwargs):
        """Leave the number out of the page, which gives it to Stripe before there is a transaction.

        It stays for a provider that needs it and has an agreement; the access log tells so.
        """
        values = json.loads(super()._stripe_get_inline_form_values(amount, currency, partner_id, *args, **kwargs))
        details = values["billing_details"]
        # A page has a form for each way to pay: it gives the number once.
        given = self.env.cr.cache.setdefault(GIVEN, {})
        if (self.id, partner_id) not in given:
            given[self.id, partner_id] = self._give_number_sudo(partner_id, details["phone"])
        details["phone"] = given[self.id, partner_id]
        return json.dumps(values)
