from hmac import compare_digest

from odoo import api, fields, models

from ..tools.drivers import Misconfigured
from .res_company_sms import TWILIO


class ResCompany(models.Model):
    """What a company's provider tells us, what it answers by itself, and what it is made to forget."""

    _inherit = "res.company"

    sms_replies_answered = fields.Boolean(
        "Twilio Answers STOP Itself",
        default=True,
        help="Twilio answers STOP, START and HELP by itself unless you switched that off there. If you did, the shop"
        " confirms a STOP with one text.",
    )
    sms_forget = fields.Boolean(
        "Have Twilio Forget Texts",
        default=True,
        help="When a text has arrived or failed, its words are deleted at Twilio.",
    )
    sms_forget_message = fields.Boolean(
        "Delete them there", help="Twilio then has neither the number nor the record that there was a text."
    )

    @api.model
    def _by_inbound_token_sudo(self, token):
        """Return the company that replies to this address are for, or an empty recordset."""
        company_id, _mark, mac = token.partition("-")
        if not (company_id.isascii() and company_id.isdigit() and len(company_id) < 10):
            return self.sudo().browse()
        company_sudo = self.sudo().browse(int(company_id))
        if not compare_digest(mac.encode(), company_sudo._inbound_token().partition("-")[2].encode()):
            return self.sudo().browse()
        return company_sudo.exists()

    def _inbound_token(self):
        """Return what the address for replies ends in: it names the company and cannot be guessed."""
        return f"{self.id}-{self.env['phone.vault']._mac('sms inbound', str(self.id))[:32]}"

    def _inbound_url(self):
        return f"{self.get_base_url().rstrip('/')}/consent_notify/sms/inbound/{self._inbound_token()}"

    def _takes_replies(self):
        """Tell whether a customer can answer this company's texts: a sender's name cannot be written to."""
        company_sudo = self.sudo()  # sudo: the account's numbers are what customers see as the sender
        return company_sudo.sms_provider == "twilio" and bool(
            company_sudo.sms_twilio_number_ids or company_sudo.sms_twilio_messaging_service_sid
        )

    def _report_driver_sudo(self):
        """Return the `tools.drivers.Driver` that can ask this company's provider what became of texts, or None."""
        driver = self._sms_driver_sudo()
        if driver is None or isinstance(driver, Misconfigured):
            return None
        driver.deletes = self.sudo().sms_forget_message
        return driver

    def _alert_texts_kept_sudo(self, account):
        """Tell the administrator of texts that stay at an account of Twilio's: nobody asks it any more."""
        env = self.with_context(lang=self.env.ref("base.user_admin").lang).env
        self._alert_administrator_sudo(
            env._("Twilio keeps texts of account %(account)s", account=account.removeprefix(TWILIO)),
            env._(
                "%(company)s sent texts by this account, and Twilio did not delete what they say: the shop has no"
                " access to the account any more, or Twilio refused. Delete them in Twilio's console.",
                company=self.name,
            ),
        )
