import re

from odoo import http
from odoo.http import request

from odoo.addons.sms_twilio.controllers.controllers import SmsTwilioController

from ..tools.drivers import twilio_reports
from ..tools.drivers.twilio import ACCOUNT
from ..tools.drivers.twilio_reports import STATUS
from .guard import is_private

DOOR = "sms webhook"
LARGEST = 64 * 1024  # bytes; Twilio's own requests have fewer than two thousand
STATUS_CORE, INBOUND = "/sms_twilio/status/", "/consent_notify/sms/inbound/"
UUID = re.compile(r"[0-9a-f]{32}")
# TwiML that says nothing: the answer is ours to give, or Twilio's.
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
OPTIONS = {
    "type": "http",
    "auth": "public",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "sitemap": False,
    "max_content_length": LARGEST,
}


class SmsWebhookController(SmsTwilioController):
    """Where Twilio tells what became of texts and what customers reply.

    Whoever is not Twilio gets one answer, whatever is wrong: nobody learns which texts or companies there are.
    """

    @http.route(f"{STATUS}<string:token>", **OPTIONS)
    def sms_status(self, token, **_form):
        """Take a receipt for the text whose address this is."""
        tracker = request.env["sms.tracker"]._find_by_token_sudo(token)
        return self._take_receipt(tracker, f"{STATUS}{token}")

    # The core's route: texts that were sent before the addon came still tell here.
    @http.route(max_content_length=LARGEST, save_session=False)
    def update_sms_status(self, uuid, SmsStatus=None, ErrorCode=None, ErrorMessage=None, **kwargs):
        if not request.env["sms.sms"]._gate_is_on():
            said = {"SmsStatus": SmsStatus, "ErrorCode": ErrorCode, "ErrorMessage": ErrorMessage}
            return super().update_sms_status(uuid, **said, **kwargs)
        tracker_sudo = request.env["sms.tracker"].sudo()  # sudo: the signature is checked below
        tracker_sudo = tracker_sudo.search([("sms_uuid", "=", uuid if UUID.fullmatch(uuid) else False)], limit=1)
        return self._take_receipt(tracker_sudo, f"{STATUS_CORE}{uuid}")

    @http.route(f"{INBOUND}<string:token>", **OPTIONS)
    def sms_inbound(self, token, **_form):
        """Take a customer's reply to the company of this address."""
        company_sudo = request.env["res.company"]._by_inbound_token_sudo(token)
        refusal = self._refusal(company_sudo, f"{INBOUND}{token}")
        inbound = not refusal and twilio_reports.parse_inbound(self._form())
        if inbound:
            request.env["consent.reply"]._receive_sudo(company_sudo, inbound)
        return refusal or request.make_response(SILENCE, headers=[("Content-Type", "text/xml; charset=utf-8")])

    def _take_receipt(self, tracker_sudo, path):
        company_sudo = tracker_sudo._company_sudo()
        refusal = self._refusal(company_sudo, path)
        receipt = not refusal and twilio_reports.parse_receipt(self._form())
        if receipt:
            tracker_sudo._take_receipt_sudo(receipt)
        return refusal or request.make_response("", headers=[("Content-Type", "text/plain; charset=utf-8")])

    # ------------------------------------------------------------ who asks

    def _refusal(self, company_sudo, path):
        """Return None for a request that Twilio signed with this company's account, else the answer that refuses."""
        if not is_private():
            return self._not_found()
        # Before any count: behind a proxy Twilio and a forger may come from one address, and no number of forgeries
        # may silence a true STOP.
        if company_sudo and self._is_signed_for(company_sudo, path):
            return None
        tries, address = request.env["consent.link.try"], request.httprequest.remote_addr
        # Twilio itself may ask about a text that is gone, which is no wrong try. Who used up theirs costs us no more.
        if not tries._is_refused_sudo(address, DOOR) and not self._is_signed_for(self._company_of_account_sudo(), path):
            tries._add_sudo(address, DOOR)
        return self._not_found()

    def _is_signed_for(self, company_sudo, path):
        """Tell whether the account of `company_sudo` signed this request.

        Twilio signs the address it was given; behind a proxy the one that Odoo sees may be another.
        """
        query = request.httprequest.query_string.decode("ascii", "replace")
        path = f"{path}?{query}" if query else path
        urls = {company_sudo.get_base_url().rstrip("/") + path, request.httprequest.host_url.rstrip("/") + path}
        signature = request.httprequest.headers.get("X-Twilio-Signature")
        token = company_sudo.sms_twilio_auth_token if company_sudo else None
        return twilio_reports.is_signed(token, urls, self._form(), signature)

    def _company_of_account_sudo(self):
        """Return a company with the account that the request names, or an empty recordset."""
        account, companies_sudo = self._form().get("AccountSid") or "", request.env["res.company"].sudo()
        if not ACCOUNT.fullmatch(account):
            return companies_sudo
        return companies_sudo.search([("sms_twilio_account_sid", "=", account)], limit=1)

    def _form(self):
        """Return the fields of the body, repeated ones too: those of the address are not signed as fields."""
        return request.httprequest.form

    def _not_found(self):
        return request.make_response("", headers=[("Content-Type", "text/plain; charset=utf-8")], status=404)
