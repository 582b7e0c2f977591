import json
import logging
from urllib.parse import parse_qs

import requests
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from odoo.tests import tagged

from ..tools.seal import is_token
from ..tools.sms_api import may_have_arrived
from .consent_common import NUMBER
from .orders_common import OrdersCommon

SID = "AC" + "0123456789abcdef" * 2


@tagged("post_install", "-at_install")
class TestSmsTwilio(OrdersCommon):
    """The core's Twilio behind the gate; only the HTTP session is faked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "sms_provider": "twilio",
                "sms_twilio_account_sid": SID,
                "sms_twilio_auth_token": "secret",
                "sms_twilio_number_ids": [
                    (5, 0),
                    (0, 0, {"country_id": cls.env.ref("base.ru").id, "number": "+79990000000"}),
                ],
            }
        )
        cls.requests = []
        cls.replies = []

    @classmethod
    def _request_handler(cls, session, request, **kwargs):
        if not request.url.startswith("https://api.twilio.com/"):
            return super()._request_handler(session, request, **kwargs)
        cls.requests.append({name: value for name, [value] in parse_qs(request.body).items()})
        reply = cls.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        status, body = reply
        response = requests.Response()
        response.status_code = status
        response._content = (body if isinstance(body, str) else json.dumps(body)).encode()
        return response

    def setUp(self):
        super().setUp()
        self.requests.clear()
        self.replies.clear()
        self.answer(self.anna, "granted")

    def outcome(self, *replies):
        """Send as many texts as there are replies; return [(state, why)]."""
        self.replies.extend(replies)
        texts = self.env["sms.sms"].concat(*(self.make_sms(self.anna) for _reply in replies))
        self.run_queue()
        return [(sms.state, sms.failure_type) for sms in texts]

    def test_an_accepted_text_keeps_its_sid(self):
        self.replies.append((201, {"sid": "SM1", "status": "queued"}))
        order = self.make_order()
        order.action_confirm()
        self.run_queue()
        self.assertEqual(order.update_status, "sent")
        [sent] = self.requests
        self.assertEqual((sent["To"], sent["From"]), (NUMBER, "+79990000000"))
        self.assertIn("is confirmed", sent["Body"])
        self.assertNotIn("[link]", sent["Body"])
        tracker = self.env["sms.tracker"].search([("order_update_id", "=", order.update_ids.id)])
        self.assertEqual(tracker.sms_twilio_sid, "SM1")

    def test_without_consent_twilio_is_not_called(self):
        self.answer(self.anna, "refused")
        self.assertEqual(self.make_sms(self.anna).state, "outgoing")
        self.run_queue()
        self.assertFalse(self.requests)

    def test_each_answer_has_one_meaning(self):
        refused = {"status": 400, "message": f"The 'To' number {NUMBER} is not valid."}
        expected = {
            (400, 21211): "sms_number_format",
            (400, 21610): "sms_optout",
            (401, 20003): "twilio_authentication",
            (400, 21408): "sms_country_not_supported",
            (400, 99999): "sms_server",
            (429, 20429): "sms_server",
            (500, 20500): "outcome_unknown",
        }
        found = self.outcome(*((status, {**refused, "code": code}) for status, code in expected))
        self.assertEqual(found, [("error", reason) for reason in expected.values()])

    def test_what_may_have_been_accepted_is_unknown(self):
        found = self.outcome(
            (502, "<html>Bad gateway</html>"),
            (201, "<html>"),
            (201, {}),
            requests.ReadTimeout("slow"),
            requests.ConnectionError("reset by peer"),
            requests.ConnectionError(_refused()),
            requests.ConnectTimeout("no route"),
            (201, {"sid": "SM2"}),
        )
        unknown, failed = ("error", "outcome_unknown"), ("error", "sms_server")
        self.assertEqual(found, [unknown] * 5 + [failed] * 2 + [("pending", False)])

    def test_a_missing_account_sends_nothing(self):
        self.company.sms_twilio_account_sid = False
        self.assertEqual(self.outcome((201, {"sid": "SM3"})), [("error", "sms_acc")])
        self.assertFalse(self.requests)

    def test_no_number_in_the_words_of_twilio_reaches_log_or_chatter(self):
        self.replies.append((400, {"code": 1, "message": f"No such number {NUMBER}"}))
        order = self.make_order()
        with self.assertLogs("odoo", logging.DEBUG) as logs:
            order.action_confirm()
            self.run_queue()
        self.assertEqual(order.update_status, "failed")
        tails = ("9161234567", "No such number")
        said = [line for line in logs.output if "odoo.sql_db" not in line]
        self.assertFalse([line for line in said if any(tail in line for tail in tails)])
        notification = order.update_ids.message_id.notification_ids
        self.assertEqual(notification.failure_reason, "No such number [number]")
        tracker = notification.sms_tracker_ids
        tracker._action_update_from_twilio_error("undelivered", "30003", f"{NUMBER} is unreachable")
        self.assertEqual(notification.failure_reason, "[number] is unreachable")

    def test_the_test_of_the_account_goes_out_and_keeps_no_number(self):
        self.replies.append((201, {"sid": "SM4"}))
        wizard = self.env["sms.twilio.account.manage"].create({"test_number": "+79160000005"})
        wizard.action_send_test()
        self.run_queue()
        self.assertEqual([sent["To"] for sent in self.requests], ["+79160000005"])
        self.env.cr.execute("SELECT test_number FROM sms_twilio_account_manage WHERE id = %s", [wizard.id])
        self.assertTrue(is_token(self.env.cr.fetchone()[0]))

    def test_only_a_connection_that_never_stood_is_surely_not_sent(self):
        self.assertFalse(may_have_arrived(requests.ConnectionError(_refused())))
        self.assertTrue(may_have_arrived(requests.ConnectionError(ReadTimeoutError(None, "/", "slow"))))
        outer = ValueError()
        outer.__context__ = requests.ConnectTimeout()
        self.assertFalse(may_have_arrived(outer))


def _refused():
    error = Exception()
    error.reason = NewConnectionError(None, "refused")
    return error
