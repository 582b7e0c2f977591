from odoo import fields, models

from ..tools.sms_api import GatePass, SmsApiClosed, SmsApiIap, SmsApiSandbox, SmsApiTwilioQuiet


class ResCompany(models.Model):
    _inherit = "res.company"

    # The shop's own number is public: it stands on the website and on documents.
    phone = fields.Char(sealed=False)
    sms_provider = fields.Selection(
        selection_add=[("sandbox", "Sandbox: keep texts in the shop")],
        ondelete={"sandbox": lambda companies: companies.write({"sms_provider": "iap"})},
        default="sandbox",
    )

    consent_anchor_email = fields.Char(
        "Witness of the Log", help="Outside the shop: gets the latest anchor every day, so that nobody has to trust us."
    )

    def _sms_processor(self):
        """Return the name of who gets this company's texts."""
        names = {"iap": "Odoo", "sandbox": "Sandbox", "twilio": "Twilio"}
        return names.get(self.sms_provider) or self.sms_provider

    def _needs_phone_sudo(self):
        """Return the names of the payment providers and couriers, open to customers, that are given numbers."""
        company_sudo = self.sudo()
        providers = company_sudo.env["payment.provider"].search(
            [("company_id", "=", self.id), ("state", "=", "enabled"), ("consent_needs_phone", "=", True)]
        )
        carriers = company_sudo.env["delivery.carrier"].search(
            [("company_id", "in", (False, self.id)), ("is_published", "=", True), ("needs_phone", "=", True)]
        )
        return [*providers.mapped("name"), *carriers.mapped("name")]

    def _get_sms_api_class(self):
        """Return the driver of this company's provider; one that refuses to whoever has not passed the gate."""
        self.ensure_one()
        gate_is_on = self.env["sms.sms"]._gate_is_on()
        if gate_is_on and not isinstance(self.env.context.get("sms_gate_pass"), GatePass):
            return SmsApiClosed
        if self.sms_provider == "sandbox":
            return SmsApiSandbox
        ours = {"iap": SmsApiIap, "twilio": SmsApiTwilioQuiet}.get(self.sms_provider) if gate_is_on else None
        return ours or super()._get_sms_api_class()
