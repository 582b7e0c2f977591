"""Drivers: how a batch of texts reaches each provider, and what its answer means to us.

Each takes `messages` as the core's `_send_sms_batch` does and returns one dict per text: `uuid`, `state`, and
`sms_twilio_sid` where there is one. `state` is a key of `IAP_TO_SMS_STATE_SUCCESS` or of the class's
`PROVIDER_TO_SMS_FAILURE_TYPE`, `failure_reason` what the provider says of it, without numbers. Nothing is logged.
"""

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from odoo.exceptions import UserError

from odoo.addons.iap.tools.iap_tools import InsufficientCreditError
from odoo.addons.sms.tools.sms_api import SmsApi, SmsApiBase
from odoo.addons.sms_twilio.tools.sms_api import SmsApiTwilio

from .redact import redact_words

UNKNOWN = "outcome_unknown"
# Who gets the texts, as customers and the access log read it; the sandbox is nobody.
NAMES = {"iap": "Odoo", "twilio": "Twilio"}
# Texts per call. A call is the smallest thing whose outcome can be lost.
MANY, ONE = 100, 1

# https://www.twilio.com/docs/api/errors; what is not here is no more than "refused".
TWILIO_REFUSALS = {
    20003: "authentication",
    21211: "wrong_number_format",
    21265: "wrong_number_format",
    21266: "from_to",
    21408: "country_not_supported",
    21603: "from_missing",
    21604: "number_missing",
    21606: "from_missing",
    21608: "account",
    21609: "callback",
    21610: "optout",
    21614: "wrong_number_format",
}
# Where Twilio says nothing itself: the core's names for its own words about these.
SAID_BY_THE_CORE = {
    "account": "twilio_acc_unverified",
    "authentication": "twilio_authentication",
    "callback": "twilio_callback",
    "from_missing": "twilio_from_missing",
    "from_to": "twilio_from_to",
    "number_missing": "sms_number_missing",
    "wrong_number_format": "wrong_number_format",
}


class GatePass:
    """What only the dispatcher holds (context `sms_gate_pass`): past the gate, a company hands out its provider."""

    __slots__ = ()


class NoAnswer(Exception):
    """The provider was called and did not answer; `sent` tells whether the text may have reached it."""

    def __init__(self, sent):
        super().__init__("The provider did not answer.")
        self.sent = sent


def may_have_arrived(error):
    """Tell whether a request that ended in `error` may have reached the provider: not if no connection stood."""
    while error is not None:
        reason = getattr(error, "args", None) and getattr(error.args[0], "reason", None)
        for one in (error, reason):
            if isinstance(one, (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError)):
                return False
        error = error.__cause__ or error.__context__
    return True


class SmsApiClosed(SmsApiBase):
    """What code gets that asks a company for its provider without having passed the gate."""

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        raise UserError(
            self.env._(
                "This text was not sent, for nobody checked whether the customer agreed: send it from the order."
            )
        )


class SmsApiSandbox(SmsApiBase):
    """Keeps in the shop what would be sent."""

    BATCH = MANY

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        return self.env["sandbox.message"]._receive_sudo(messages)


class SmsApiIap(SmsApi):
    """Odoo's own service. One call carries the whole batch, so its silence leaves the whole batch unknown."""

    BATCH = MANY

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        try:
            return super()._send_sms_batch(messages, delivery_reports_url=delivery_reports_url)
        except InsufficientCreditError:
            return [
                {"uuid": number["uuid"], "state": "insufficient_credit"}
                for message in messages
                for number in message["numbers"]
            ]
        except Exception as error:
            raise NoAnswer(may_have_arrived(error)) from None


class _Session(requests.Session):
    """The core takes every failure of the network for "not sent"; this one tells the two kinds apart."""

    def post(self, *args, **kwargs):
        try:
            return super().post(*args, **kwargs)
        except requests.RequestException as error:
            raise NoAnswer(may_have_arrived(error)) from None


class SmsApiTwilioQuiet(SmsApiTwilio):
    """The core's request to Twilio, one text a call, without its log lines and without numbers in Twilio's words."""

    BATCH = ONE
    PROVIDER_TO_SMS_FAILURE_TYPE = {
        "account": "sms_acc",
        "authentication": "twilio_authentication",
        "callback": "twilio_callback",
        "country_not_supported": "sms_country_not_supported",
        "from_missing": "twilio_from_missing",
        "from_to": "twilio_from_to",
        "number_missing": "sms_number_missing",
        "optout": "sms_optout",
        "server_error": "sms_server",
        "wrong_number_format": "sms_number_format",
    }

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        with _Session() as session:
            return [
                {"uuid": number["uuid"], **self._send_one(session, message["content"], number)}
                for message in messages
                for number in message["numbers"]
            ]

    def _send_one(self, session, body, number):
        try:
            self.company.sudo()._assert_twilio_sid()  # sudo: the account is hidden from all but administrators
        except UserError:
            return {"state": "account"}
        try:
            response = self._sms_twilio_send_request(session, number["number"], body, number["uuid"])
        except NoAnswer as error:
            return {"state": UNKNOWN if error.sent else "server_error"}
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        answer = answer if isinstance(answer, dict) else {}
        if 400 <= response.status_code < 500:
            state = TWILIO_REFUSALS.get(answer.get("code") or answer.get("error_code"), "server_error")
            return {"state": state, "failure_reason": self._why(state, answer)}
        if response.ok and answer.get("sid"):
            return {"state": "sent", "sms_twilio_sid": answer["sid"]}
        # Twilio has no key that would make a repeat safe: it may have accepted the text.
        return {"state": UNKNOWN}

    def _why(self, state, answer):
        words = answer.get("message") or answer.get("error_message")
        if not isinstance(words, str):
            words = self._get_sms_api_error_messages().get(SAID_BY_THE_CORE.get(state))
        return redact_words(words)
