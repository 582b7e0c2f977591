"""What the tests about receipts and replies share: texts as the dispatcher leaves them, and signed requests."""

import secrets

from odoo.tests import HttpCase

from ..tools.drivers.twilio_reports import STATUS
from .consent_common import NUMBER
from .fake_twilio import SID, TOKEN, sign
from .orders_common import OrdersCommon


def new_sid():
    return "SM" + secrets.token_hex(16)


class ReportsCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(cls.account())
        cls.answer(cls.anna, "granted")

    @classmethod
    def account(cls, sid=SID, token=TOKEN, number="+79990000000"):
        return {
            "sms_provider": "twilio",
            "sms_twilio_account_sid": sid,
            "sms_twilio_auth_token": token,
            "sms_twilio_number_ids": [(5, 0), (0, 0, {"country_id": cls.env.ref("base.ru").id, "number": number})],
        }

    @classmethod
    def make_text(cls, order=None):
        """Confirm an order and return its text, handed to a worker."""
        order = order or cls.make_order()
        order.action_confirm()
        update = order.update_ids[:1]
        sms = cls.env["sms.sms"].search([("uuid", "=", update.sms_uuid)])
        sms._live_bodies_sudo()
        sms.write({"state": "process", "claim": "a worker"})
        return sms

    @classmethod
    def leave(cls, sms, outcome="pending"):
        """Do as the dispatcher does when the provider took the text, or did not answer ("outcome_unknown")."""
        tracker = sms.sms_tracker_id
        if outcome == "pending":
            tracker._action_update_from_sms_state("pending")
            sms.write({"state": "pending", "failure_type": False, "to_delete": True, "claim": False})
        else:
            sms.write({"state": "error", "failure_type": outcome, "claim": False})
            tracker._action_update_from_sms_state("error", failure_type=outcome)

    @classmethod
    def make_sent(cls, order=None):
        sms = cls.make_text(order)
        cls.leave(sms)
        return sms.sms_tracker_id

    @classmethod
    def make_doubtful(cls, order=None):
        sms = cls.make_text(order)
        cls.leave(sms, "outcome_unknown")
        return sms

    def told(self, tracker):
        """Return what order and chatter say: (state, reason, notification's status)."""
        update = tracker.order_update_id
        return update.state, update.reason, tracker.mail_notification_id.notification_status


class WebhookCommon(ReportsCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.env["consent.link.try"].search([]).unlink()

    def post(self, path, form, token=TOKEN, headers=None, url=None):
        """Post a form as Twilio does, signed with `token` (None: unsigned)."""
        url = url or self.base_url() + path
        signed = sign(token, url, dict(form)) if token is not None else {}
        return self.url_open(path, data=form, headers={**signed, **(headers or {})})

    def receipt(self, tracker, status, sid=None, **more):
        """Post a status callback for the text of `tracker`."""
        sid = sid or tracker.sms_twilio_sid or new_sid()
        token, more = more.pop("token", TOKEN), {key: value for key, value in more.items() if value is not None}
        form = {"AccountSid": SID, "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "To": NUMBER, **more}
        answer = self.post(STATUS + tracker._status_token(tracker.sms_uuid), form, token)
        self.env.invalidate_all()
        return answer
