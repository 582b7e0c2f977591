import hashlib
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.drivers import Misconfigured
from ..tools.drivers.twilio import ACCOUNT, TwilioDriver

SERVICE = re.compile(r"MG[0-9a-f]{32}")
TWILIO = "twilio "  # what an account at Twilio is written with on texts; its id follows
IN_FLIGHT_MOST = 256
# What an account at the provider is made of: who changes it wants to see it used.
ACCOUNT_FIELDS = {
    *("sms_provider", "sms_gateway_id", "sms_twilio_account_sid", "sms_twilio_auth_token"),
    *("sms_twilio_messaging_service_sid", "sms_twilio_number_ids"),
}


class ResCompany(models.Model):
    """The company's account with the provider that sends its texts, and how hard it is driven."""

    _inherit = "res.company"

    sms_twilio_messaging_service_sid = fields.Char(
        "Messaging Service SID",
        groups="base.group_system",
        help="Begins with MG. It chooses the sender by itself; empty: the numbers of the account are used.",
    )
    sms_twilio_no_words = fields.Boolean(
        "Twilio Keeps no Words",
        groups="base.group_system",
        help="Twilio discards what a text says once it is sent. A text whose outcome is unknown cannot be looked up"
        " by its words then.",
    )
    sms_twilio_no_number = fields.Boolean(
        "Twilio Keeps no Number",
        groups="base.group_system",
        help="Twilio hides the last digits of the number in its own log of texts.",
    )
    sms_in_flight = fields.Integer(
        "Texts at Once",
        default=32,
        groups="base.group_system",
        help="How many texts may be on their way to the provider at the same time. If it says that this is too many,"
        " fewer go.",
    )
    sms_retry_hours = fields.Integer(
        "Hours to Keep Trying",
        default=24,
        groups="base.group_system",
        help="A provider that is not to be reached is tried again for so long. After that a text is no news any more.",
    )

    @api.constrains("sms_twilio_messaging_service_sid")
    def _check_sms_twilio_messaging_service_sid(self):
        for company_sudo in self.sudo():  # sudo: the account is hidden from all but administrators
            service = company_sudo.sms_twilio_messaging_service_sid
            if service and not SERVICE.fullmatch(service):
                raise ValidationError(
                    self.env._("A Messaging Service SID is MG and 32 figures or letters a to f: copy it from Twilio.")
                )

    @api.constrains("sms_in_flight", "sms_retry_hours")
    def _check_sms_limits(self):
        for company_sudo in self.sudo():  # sudo: see above
            if not 1 <= company_sudo.sms_in_flight <= IN_FLIGHT_MOST:
                raise ValidationError(
                    self.env._("Texts at once: choose a number from 1 to %(most)s.", most=IN_FLIGHT_MOST)
                )
            if company_sudo.sms_retry_hours < 1:
                raise ValidationError(self.env._("Hours to keep trying: choose 1 or more."))

    def write(self, vals):
        result = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self.env["sms.hold"]._look_again_sudo()
        return result

    # ------------------------------------------------------------ the driver

    def _sms_driver_sudo(self):
        """Return the `Driver` of this company's provider, or None if it has none and is called the core's way.

        Only the dispatcher asks, for texts that have passed the gate.
        """
        self.ensure_one()
        return self.sudo()._sms_twilio_driver_sudo() if self.sms_provider == "twilio" else None

    def _sms_twilio_driver_sudo(self):
        account, token = self.sms_twilio_account_sid or "", self.sms_twilio_auth_token
        senders = [(sender.number, sender.country_code) for sender in self.sms_twilio_number_ids]
        service = self.sms_twilio_messaging_service_sid
        if not ACCOUNT.fullmatch(account):
            return Misconfigured("sms_acc")
        if not token:
            return Misconfigured("twilio_authentication")
        if not senders and not service:
            return Misconfigured("twilio_from_missing")
        return TwilioDriver(
            account,
            token,
            senders,
            service or "",
            in_flight=self.sms_in_flight,
            no_words=self.sms_twilio_no_words,
            no_number=self.sms_twilio_no_number,
        )

    def _sms_account_sudo(self):
        """Return what tells accounts at providers apart: only that which got a text can tell what became of it."""
        self.ensure_one()
        if self.sms_provider == "twilio":
            return f"{TWILIO}{self.sudo().sms_twilio_account_sid or ''}"
        return self.sms_provider or ""

    def _sms_settings_sudo(self):
        """Return all that tells one state of this company's account from another, as a tuple."""
        company_sudo = self.sudo()
        if self.sms_provider != "twilio":
            return (self.sms_provider,)
        senders = company_sudo.sms_twilio_number_ids.mapped(lambda sender: (sender.number, sender.country_code))
        account = (company_sudo.sms_twilio_account_sid, company_sudo.sms_twilio_auth_token)
        return ("twilio", *account, company_sudo.sms_twilio_messaging_service_sid, senders)

    def _sms_settings_digest_sudo(self):
        """Return what changes as soon as somebody mends the account: what a provider said of the old one is void."""
        self.ensure_one()
        return hashlib.sha256(repr(self._sms_settings_sudo()).encode()).hexdigest()

    # ------------------------------------------------------------ when the account is at fault

    def _alert_sms_stopped_sudo(self, reason):
        """Give the administrator one to-do while texts wait because the account is at fault."""
        env = self.with_context(lang=self.env.ref("base.user_admin").lang).env
        labels = dict(env["sms.sms"]._fields["failure_type"]._description_selection(env))
        self._alert_administrator_sudo(
            env._("Texts to customers have stopped"),
            env._(
                "The provider refused a text of %(company)s: %(reason)s. Mend the account in the settings. The texts"
                " that wait are tried again by themselves; the refused one is sent again from the list of texts.",
                company=self.name,
                reason=labels.get(reason, reason),
            ),
        )

    def _alert_administrator_sudo(self, summary, note):
        """Give the administrator this to-do about the company, unless it stands there already."""
        self.ensure_one()
        kind = self.env.ref("mail.mail_activity_data_warning", raise_if_not_found=False)
        kind = kind or self.env.ref("mail.mail_activity_data_todo")
        administrator = self.env.ref("base.user_admin")
        known = Domain("res_model", "=", "res.partner") & Domain("res_id", "=", self.partner_id.id)
        known &= Domain("activity_type_id", "=", kind.id) & Domain("user_id", "=", administrator.id)
        if not self.env["mail.activity"].search_count(known & Domain("summary", "=", summary), limit=1):
            self.partner_id.with_context(lang=administrator.lang).activity_schedule(
                activity_type_id=kind.id, summary=summary, note=note, user_id=administrator.id
            )
