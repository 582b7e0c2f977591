from odoo import api, fields, models

# Providers whose payment page cannot be opened without the customer's number, by their own documentation.
NEEDS_PHONE = {"paymob", "razorpay"}


class PaymentProvider(models.Model):
    _name = "payment.provider"
    _inherit = ["payment.provider", "consent.notice.source", "consent.receiver"]

    _processor_kind = "payment"
    _needs_field = "consent_needs_phone"
    _told_fields = {"name", "code", "state", "company_id", "consent_needs_phone"}

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
