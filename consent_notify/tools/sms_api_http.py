"""The driver of HTTP gateways as the core's road to a provider wants it."""

import time

from odoo.addons.sms.tools.sms_api import SmsApiBase

from . import phone
from .drivers import Accepted, Later, Refused, Text
from .sms_api import ONE, UNKNOWN

# When the last text left for each gateway, in this process. Several processes may go beyond the rate; the gateway then
# says so, and the text waits.
_last = {}


class _Reasons(dict):
    """Failure types are states of their own: a gateway's settings name them."""

    def get(self, state, default=None):
        return state


class SmsApiHttp(SmsApiBase):
    """A gateway of the shop's own, one text a call, at its rate."""

    BATCH = ONE
    PROVIDER_TO_SMS_FAILURE_TYPE = _Reasons()

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        gateway_sudo = self.company.sudo().sms_gateway_id  # sudo: the account is hidden from all but administrators
        driver = gateway_sudo._driver_sudo()
        callback = gateway_sudo._receipt_address_sudo()
        return [
            {"uuid": number["uuid"], **self._send_one(gateway_sudo, driver, message["content"], number, callback)}
            for message in messages
            for number in message["numbers"]
        ]

    def _send_one(self, gateway_sudo, driver, body, number, callback):
        if not number["number"]:
            return {"state": "sms_number_missing"}
        e164 = phone.to_e164(number["number"], self.company.country_id.code)
        if not e164:
            return {"state": "sms_number_format"}
        self._keep_rate(gateway_sudo.id, driver.per_second)
        outcome = driver.send(Text(number["uuid"], e164, body, callback))
        if isinstance(outcome, Accepted):
            return {"state": "sent", "sms_twilio_sid": outcome.provider_id}
        if isinstance(outcome, Refused):
            return {"state": outcome.reason}
        return {"state": "sms_server" if isinstance(outcome, Later) else UNKNOWN}

    def _keep_rate(self, gateway_id, per_second, clock=time.monotonic, sleep=time.sleep):
        if per_second:
            wait = _last.get(gateway_id, 0) + 1 / per_second - clock()
            if 0 < wait <= 1 / per_second:
                sleep(wait)
            _last[gateway_id] = clock()
