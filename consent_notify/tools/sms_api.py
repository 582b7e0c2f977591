"""Providers of the core's kind, which are called with a batch; the others are `drivers`.

Each takes `messages` as the core's `_send_sms_batch` does and returns one dict per text: `uuid`, `state`, and
`sms_twilio_sid` where there is one. `state` is a key of `IAP_TO_SMS_STATE_SUCCESS` or of the class's
`PROVIDER_TO_SMS_FAILURE_TYPE`, `failure_reason` what the provider says of it, without numbers. Nothing is logged.
"""

from odoo.exceptions import UserError

from odoo.addons.iap.tools.iap_tools import InsufficientCreditError
from odoo.addons.sms.tools.sms_api import SmsApi, SmsApiBase

from .drivers.network import may_have_arrived

UNKNOWN = "outcome_unknown"
LATER = "later"  # certainly not accepted: it may be sent again
# Who gets the texts, as customers and the access log read it; the sandbox is nobody.
NAMES = {"iap": "Odoo", "twilio": "Twilio"}
# Texts per call. A call is the smallest thing whose outcome can be lost.
MANY, ONE = 100, 1


class GatePass:
    """What only the dispatcher holds (context `sms_gate_pass`): past the gate, a company hands out its provider."""

    __slots__ = ()


class NoAnswer(Exception):
    """The provider was called and did not answer; `sent` tells whether the text may have reached it."""

    def __init__(self, sent):
        super().__init__("The provider did not answer.")
        self.sent = sent


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
