from odoo import api, fields, models

# Providers whose payment page cannot be opened without the customer's number, by their own documentation.
NEEDS_PHONE = {"paymob", "razorpay"}
# Notices name who receives the number, and their words are cached.
TOLD = {"name", "code", "state", "company_id", "consent_needs_phone"}


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    consent_needs_phone = fields.Boolean(
        "Needs the Phone Number",
        compute="_compute_consent_needs_phone",
        store=True,
        readonly=False,
        help="Only then is the customer's number given to this provider.",
    )

    @api.depends("code")
    def _compute_consent_needs_phone(self):
        for provider in self:
            provider.consent_needs_phone = provider.code in NEEDS_PHONE

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if TOLD & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
