from odoo import SUPERUSER_ID, fields, models

from ..tools.sms_api import NAMES, GatePass, SmsApiClosed, SmsApiIap, SmsApiSandbox


class ResCompany(models.Model):
    _inherit = "res.company"

    # The shop's own number is public: it stands on the website and on documents.
    phone = fields.Char(sealed=False)
    sms_provider = fields.Selection(
        selection_add=[("sandbox", "Sandbox: keep texts in the shop")],
        ondelete={"sandbox": lambda companies: companies._leave_sandbox_sudo()},
        default="sandbox",
    )
    consent_confirm = fields.Boolean(
        "Confirm Numbers by a Code",
        help="Whoever allows texts at the website gets a code and types it in. Until then no other text is sent to"
        " the number; that also holds for customers who agreed before this was switched on.",
    )

    consent_texts_on = fields.Boolean(
        "Texts are Sent",
        default=True,
        groups="consent_notify.group_manager",
        help="Off: no text of any kind leaves the shop, codes included. What was meant to go says so on its order.",
    )
    consent_hour_from = fields.Integer("Texts not before", default=9, help="By the customer's own clock.")
    consent_hour_to = fields.Integer("Texts not after", default=20)
    consent_daily_cap = fields.Integer(
        "Texts in 24 Hours",
        default=3,
        help="At most so many to one number; what is left waits for the next day. 0: any.",
    )
    _consent_hours_possible = models.Constraint(
        "CHECK (consent_hour_from >= 0 AND consent_hour_from < consent_hour_to AND consent_hour_to <= 24)",
        "The hours for texts lie within one day, the first before the last: write them as 9 and 20.",
    )
    _consent_cap_possible = models.Constraint(
        "CHECK (consent_daily_cap >= 0)", "The limit is a number of texts, or 0 for none."
    )

    consent_sender = fields.Char(
        "Sender that Customers See",
        help="What a handset shows as the sender of the shop's texts. Empty: your Twilio numbers, or the shop's name.",
    )

    consent_anchor_email = fields.Char(
        "Witness of the Log", help="Outside the shop: gets the latest anchor every day, so that nobody has to trust us."
    )

    def _tz(self, user=None):
        """Return the name of the time zone that the shop goes by: its own, else that of `user`, else UTC."""
        self.partner_id.fetch(["tz"])  # alone: each batch of texts asks
        return self.partner_id.tz or (user and user.tz) or "UTC"

    def _leave_sandbox_sudo(self):
        """Let companies go on texting nobody without the addon, whose texts stayed in the shop until now.

        The core knows no provider that sends nothing, and an empty one is Odoo's own: Twilio without an account
        refuses every text until somebody gives it one.
        """
        # sudo: the account is hidden from all but administrators
        self.sudo().write({"sms_provider": "twilio", "sms_twilio_account_sid": False})

    def _sms_senders(self):
        """Return from whom genuine texts of this company come."""
        company_sudo = self.sudo()  # sudo: the account's numbers, which customers see as the sender
        numbers = company_sudo.sms_twilio_number_ids.mapped("number") if company_sudo.sms_provider == "twilio" else []
        return ", ".join(numbers) or company_sudo.name

    def _sms_processor(self):
        """Return the name of who gets this company's texts."""
        return {**NAMES, "sandbox": "Sandbox"}.get(self.sms_provider) or self.sms_provider

    def _consent_owner(self, *groups):
        """Return the user who gets a to-do about customers' rights: the first of these groups' people, else the admin.

        :param groups: names of groups of this addon, the first choice first
        """
        for group in groups:
            users = self.env.ref(f"consent_notify.{group}").sudo().all_user_ids  # sudo: for the portal
            users = users.filtered(lambda user: user.active and self in user.company_ids)
            if people := users.filtered(lambda user: user.id != SUPERUSER_ID):
                return people.sorted("id")[0]
        return self.env.ref("base.user_admin")

    def _owner_of_work(self, user):
        """Return whose work something of this company is: `user`'s, the salesperson, else an officer's or manager's."""
        if user.active and user._is_internal() and self in user.company_ids:
            return user
        return self._consent_owner("group_officer", "group_manager")

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
        """Return what the core calls a provider's API; one that refuses to whoever has not passed the gate.

        Providers with a driver of ours (`_sms_driver_sudo`) are called by nobody else.
        """
        self.ensure_one()
        gate_is_on = self.env["sms.sms"]._gate_is_on()
        has_passed = isinstance(self.env.context.get("sms_gate_pass"), GatePass)
        if gate_is_on and (not has_passed or self._sms_driver_sudo()):
            return SmsApiClosed
        if self.sms_provider == "sandbox":
            return SmsApiSandbox
        return SmsApiIap if gate_is_on and self.sms_provider == "iap" else super()._get_sms_api_class()
