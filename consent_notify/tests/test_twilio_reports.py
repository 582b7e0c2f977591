from collections import namedtuple
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

from twilio.base.exceptions import TwilioRestException
from werkzeug.datastructures import MultiDict

from odoo.tests import BaseCase, tagged

from ..tools.drivers import Receipt, Text, Unknown, twilio_reports
from .fake_twilio import TOKEN, sign

SID, OTHER = "SM" + "a" * 32, "SM" + "b" * 32
NOW = datetime(2026, 11, 27, 12, 0)
FIELDS = "sid status body direction date_created error_code num_segments price price_unit"
Message = namedtuple("Message", FIELDS, defaults=("outbound-api", NOW.replace(tzinfo=UTC), None, "1", None, "USD"))


class Client:
    """What `lookup` and `redact` use of `twilio.rest.Client`."""

    def __init__(self, *messages):
        self.listed = Mock(return_value=list(messages))
        self.one = Mock()
        self.messages = Mock(return_value=self.one)
        self.messages.list = self.listed


@tagged("post_install", "-at_install")
class TestTwilioReports(BaseCase):
    def text(self, body="S1 is ready. [link]"):
        return Text("uuid", "+79161234567", body)

    def test_every_word_of_twilio_has_one_meaning(self):
        expected = {
            **dict.fromkeys(("queued", "accepted", "scheduled", "sending", "sent", "SENT"), "sent"),
            **dict.fromkeys(("delivered", "read"), "delivered"),
            **dict.fromkeys(("failed", "undelivered", "canceled"), "failed"),
            **dict.fromkeys(("received", "receiving", "", "nonsense", "доставлено"), None),
        }
        for word, status in expected.items():
            for name in ("MessageStatus", "SmsStatus"):
                receipt = twilio_reports.parse_receipt(MultiDict({"MessageSid": SID, name: word}))
                self.assertEqual(receipt and receipt.status, status, word)

    def test_a_receipt_tells_why_and_what_it_cost(self):
        form = {"SmsSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30005", "NumSegments": "2"}
        receipt = twilio_reports.parse_receipt(MultiDict({**form, "Price": "-0.0150", "PriceUnit": "usd"}))
        self.assertEqual(receipt, Receipt(SID, "failed", "sms_invalid_destination", 2, 0.015, "USD"))
        for code, reason in {
            "21610": "sms_optout",
            "30003": "sms_not_delivered",
            "30006": "sms_not_allowed",
            "30007": "sms_rejected",
            "99999": "sms_not_delivered",
            "": "sms_not_delivered",
            "nonsense": "sms_not_delivered",
            "1e999": "sms_not_delivered",
            "nan": "sms_not_delivered",
        }.items():
            receipt = twilio_reports.parse_receipt(MultiDict({**form, "ErrorCode": code}))
            self.assertEqual(receipt.reason, reason, code)

    def test_what_is_no_receipt_is_none(self):
        for sid in ("", "SM1", "AC" + "a" * 32, SID + "a", "SM" + "g" * 32, "SM" + "a" * 31 + "\n"):
            self.assertIsNone(twilio_reports.parse_receipt(MultiDict({"MessageSid": sid, "MessageStatus": "sent"})))

    def test_a_reply_is_read_and_whether_twilio_answered_it(self):
        form = {"MessageSid": SID, "From": "+79161234567", "To": "+79990000000", "Body": "Stop"}
        inbound = twilio_reports.parse_inbound(MultiDict(form))
        self.assertEqual((inbound.provider_id, inbound.body, inbound.is_answered), (SID, "Stop", False))
        self.assertTrue(twilio_reports.parse_inbound(MultiDict({**form, "OptOutType": "STOP"})).is_answered)
        self.assertEqual(len(twilio_reports.parse_inbound(MultiDict({**form, "Body": "x" * 99_999})).body), 1600)
        self.assertIsNone(twilio_reports.parse_inbound(MultiDict({**form, "From": ""})))
        self.assertIsNone(twilio_reports.parse_inbound(MultiDict({**form, "MessageSid": "x"})))
        self.assertNotIn("79161234567", repr(inbound))

    def test_only_twilio_s_own_signature_counts(self):
        url, form = "https://shop.example/x", MultiDict([("a", "1"), ("b", "2")])
        signature = sign(TOKEN, url, dict(form))["X-Twilio-Signature"]
        self.assertTrue(twilio_reports.is_signed(TOKEN, {url, "https://other.example/x"}, form, signature))
        self.assertFalse(twilio_reports.is_signed(TOKEN, {"https://other.example/x"}, form, signature))
        self.assertFalse(twilio_reports.is_signed(TOKEN, {url}, MultiDict([("a", "1")]), signature))
        self.assertFalse(twilio_reports.is_signed("other", {url}, form, signature))
        for nothing in ("", None):
            self.assertFalse(twilio_reports.is_signed(TOKEN, {url}, form, nothing))
            forged = sign("", url, dict(form))["X-Twilio-Signature"]
            self.assertFalse(twilio_reports.is_signed(nothing, {url}, form, forged))
        for odd in ("é", "x" * 10_000, "\x00"):
            self.assertFalse(twilio_reports.is_signed(TOKEN, {url}, form, odd))

    def test_a_look_up_finds_the_text_by_its_words_and_its_time(self):
        ours = Message(SID, "delivered", "S1 is ready. shop.example/u/Ab3dE5fG7hK")
        client = Client(ours)
        self.assertEqual(twilio_reports.lookup(client, self.text(), NOW), Receipt(SID, "delivered", "", 1, 0.0, "USD"))
        without_link = Message(SID, "sent", "S1 is ready.")
        self.assertEqual(twilio_reports.lookup(Client(without_link), self.text(), NOW).status, "sent")
        code = Message(SID, "sent", "Code 123456 for shop.example")
        self.assertEqual(
            twilio_reports.lookup(Client(code), self.text("Code [code] for shop.example"), NOW).status, "sent"
        )

    def test_other_messages_are_not_the_text(self):
        body = "S1 is ready. shop.example/u/Ab3dE5fG7hK"
        for other in (
            Message(SID, "delivered", body, date_created=(NOW - timedelta(minutes=3)).replace(tzinfo=UTC)),
            Message(SID, "received", body, direction="inbound"),
        ):
            self.assertIsNone(twilio_reports.lookup(Client(other), self.text(), NOW))
        self.assertIsNone(twilio_reports.lookup(Client(), self.text(), NOW))

    def test_a_message_that_nobody_can_account_for_may_be_the_text(self):
        """Its words were dropped or changed: taken for "never sent", the text would go out twice."""
        for words in ("", "S2 is ready. shop.example/u/Ab3dE5fG7hK"):
            other = Message(SID, "delivered", words)
            self.assertEqual(twilio_reports.lookup(Client(other), self.text(), NOW), Unknown())
            self.assertIsNone(twilio_reports.lookup(Client(other), self.text(), NOW, {SID}), "another text's")
        trial = Message(SID, "sent", f"{twilio_reports.TRIAL}S1 is ready. shop.example/u/Ab3dE5fG7hK")
        self.assertEqual(twilio_reports.lookup(Client(trial), self.text(), NOW).provider_id, SID)

    def test_of_two_that_say_the_same_the_known_one_is_left_out(self):
        body = "S1 is ready. shop.example/u/Ab3dE5fG7hK"
        client = Client(Message(SID, "sent", body), Message(OTHER, "delivered", body))
        self.assertEqual(twilio_reports.lookup(client, self.text(), NOW), Unknown())
        self.assertEqual(twilio_reports.lookup(client, self.text(), NOW, {SID}).provider_id, OTHER)

    def test_a_look_up_that_fails_or_does_not_end_tells_nothing(self):
        client = Client()
        for error in (TwilioRestException(500, "/"), ConnectionError("+79161234567"), ValueError()):
            client.listed.side_effect = error
            self.assertEqual(twilio_reports.lookup(client, self.text(), NOW), Unknown())
        full = Client(*(Message(SID, "sent", "another") for _i in range(twilio_reports.AT_MOST)))
        self.assertEqual(twilio_reports.lookup(full, self.text(), NOW), Unknown())

    def test_forgetting_empties_the_words_and_deletes_if_wanted(self):
        client = Client()
        self.assertTrue(twilio_reports.redact(client, SID))
        client.one.update.assert_called_once_with(body="")
        client.one.delete.assert_not_called()
        self.assertTrue(twilio_reports.redact(client, SID, deletes=True))
        client.one.delete.assert_called_once_with()

    def test_what_is_gone_is_forgotten_and_what_is_under_way_is_not(self):
        client = Client()
        for error, done in (
            (TwilioRestException(404, "/"), True),
            (TwilioRestException(409, "/", code=20009), False),
            (TwilioRestException(429, "/", code=20429), False),
            (ConnectionError(), False),
        ):
            client.one.update.side_effect = error
            self.assertEqual(twilio_reports.redact(client, SID), done)
