import logging
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models.consent_link_try import WRONG_TRIES
from .consent_common import NUMBER
from .fake_twilio import SID, TOKEN, sign
from .reports_common import STATUS, WebhookCommon, new_sid

OTHER_SID, OTHER_TOKEN = "AC" + "f" * 32, "another-token"


@tagged("post_install", "-at_install")
class TestSmsStatus(WebhookCommon):
    def setUp(self):
        super().setUp()
        self.tracker = self.make_sent()

    def tries(self):
        return self.env["consent.link.try"].search_count([])

    def path(self, tracker=None):
        tracker = tracker or self.tracker
        return STATUS + tracker._status_token(tracker.sms_uuid)

    def form(self, status="delivered", **more):
        sid = self.tracker.sms_twilio_sid or new_sid()
        return {"AccountSid": SID, "MessageSid": sid, "MessageStatus": status, **more}

    # ------------------------------------------------------------ what a receipt does

    def test_a_receipt_says_that_the_text_arrived_and_what_it_cost(self):
        self.assertEqual(self.told(self.tracker), ("sent", False, "pending"))
        answer = self.receipt(self.tracker, "delivered", NumSegments="2", Price="-0.0150", PriceUnit="USD")
        self.assertEqual((answer.status_code, answer.text), (200, ""))
        self.assertEqual(self.told(self.tracker), ("delivered", False, "sent"))
        update = self.tracker.order_update_id
        self.assertEqual((update.segments, update.price, update.currency), (2, 0.015, "USD"))
        self.assertTrue(update.delivered_at)

    def test_a_failure_says_why(self):
        self.receipt(self.tracker, "undelivered", ErrorCode="30005")
        self.assertEqual(self.told(self.tracker), ("failed", "sms_invalid_destination", "bounce"))
        self.assertIn("Ask for another number", self.tracker.order_update_id._todo_words())

    def test_what_came_later_is_never_undone_by_what_comes_late(self):
        for final, told in (
            ("delivered", ("delivered", False, "sent")),
            ("undelivered", ("failed", "sms_not_delivered", "exception")),
            ("failed", ("failed", "sms_not_delivered", "exception")),
        ):
            tracker = self.make_sent()
            self.receipt(tracker, final)
            for late in ("queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled"):
                self.assertEqual(self.receipt(tracker, late).status_code, 200)
                self.assertEqual(self.told(tracker), told, f"{late} after {final}")

    def test_a_repeated_receipt_changes_nothing(self):
        def rows():
            self.env.flush_all()
            ids = [self.tracker.mail_notification_id.id, self.tracker.order_update_id.id, self.tracker.id]
            self.env.cr.execute(
                "SELECT n::text, u::text, t::text FROM mail_notification n, order_update u, sms_tracker t"
                " WHERE n.id = %s AND u.id = %s AND t.id = %s",
                ids,
            )
            return self.env.cr.fetchone()

        self.receipt(self.tracker, "delivered")
        before = rows()
        self.receipt(self.tracker, "delivered")
        self.assertEqual(rows(), before)

    def test_a_receipt_before_the_workers_own_record_stands(self):
        for status, outcome in (("delivered", "pending"), ("undelivered", "pending"), ("sent", "outcome_unknown")):
            sms = self.make_text()
            tracker = sms.sms_tracker_id
            self.receipt(tracker, status)
            told = self.told(tracker)
            self.leave(sms, outcome)
            self.assertEqual(self.told(tracker), told, status)

    def test_a_receipt_brings_the_id_of_a_text_whose_outcome_was_unknown(self):
        for status, told, state in (
            ("queued", ("sent", False, "pending"), "pending"),
            ("delivered", ("delivered", False, "sent"), "sent"),
            ("undelivered", ("failed", "sms_not_delivered", "exception"), "error"),
        ):
            sms = self.make_doubtful()
            tracker = sms.sms_tracker_id
            self.assertEqual(self.told(tracker)[:2], ("failed", "outcome_unknown"))
            sid = new_sid()
            self.receipt(tracker, status, sid)
            self.assertEqual(self.told(tracker), told)
            self.assertEqual(tracker.sms_twilio_sid, sid)
            self.assertEqual((sms.state, sms.to_delete), (state, True))
            self.assertNotEqual(sms.failure_type, "outcome_unknown")

    def test_a_refusal_after_stop_is_the_customers_word(self):
        self.assertIsNone(self.verdict(self.anna))
        self.receipt(self.tracker, "failed", ErrorCode="21610")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        event = self.env["consent.event"].search([], limit=1)
        self.assertEqual((event.kind, event.source, event.actor), ("withdrawn", "inbound_sms", "customer"))

    def test_the_receipt_of_another_message_is_no_receipt_of_this_one(self):
        self.receipt(self.tracker, "sent")
        self.receipt(self.tracker, "delivered", new_sid())
        self.assertEqual(self.told(self.tracker)[0], "sent")

    def test_a_text_without_a_message_has_its_receipts_too(self):
        sms = self.make_sms(self.anna, purpose="service")
        self.assertFalse(sms.sms_tracker_id)
        sms._live_bodies_sudo()
        self.leave(sms)
        self.receipt(sms.sms_tracker_id, "delivered")
        self.assertEqual(sms.sms_tracker_id.report, "delivered")

    # ------------------------------------------------------------ who is refused

    def assert_refused(self, answer, tracker=None):
        self.env.invalidate_all()
        self.assertEqual((answer.status_code, answer.text), (404, ""))
        self.assertEqual(self.told(tracker or self.tracker)[0], "sent")

    def test_whoever_is_not_twilio_gets_the_same_answer(self):
        self.assert_refused(self.post(self.path(), self.form(), token=None))
        self.assert_refused(self.post(self.path(), self.form(), token="wrong"))
        self.assert_refused(self.post(self.path(), self.form(), token=""))
        self.assert_refused(self.post(self.path(), {"x": ""}, token=None))
        self.assert_refused(self.post(STATUS + "0" * 64, self.form(), token=None))
        self.assert_refused(self.post(STATUS + "x", self.form(), token=None))
        self.assertEqual(self.tries(), 6)

    def test_an_account_without_a_token_takes_no_forgeries(self):
        for nothing in (False, ""):
            self.company.sms_twilio_auth_token = nothing
            self.assert_refused(self.post(self.path(), self.form(), token=""))

    def test_another_field_or_another_text_breaks_the_signature(self):
        form = self.form()
        url = self.base_url() + self.path()
        signed = sign(TOKEN, url, form)
        self.assert_refused(self.url_open(self.path(), data={**form, "MessageStatus": "undelivered"}, headers=signed))
        doubled = [*form.items(), ("MessageStatus", "undelivered")]
        self.assert_refused(self.url_open(self.path(), data=doubled, headers=signed))
        other = self.make_sent()
        self.assert_refused(self.url_open(self.path(other), data=form, headers=signed), other)

    def test_an_account_speaks_for_its_own_companys_texts_only(self):
        other = self.env["res.company"].create(
            {"name": "Other", **self.account(OTHER_SID, OTHER_TOKEN, "+79990000001")}
        )
        self.assertTrue(other)
        form = self.form(AccountSid=OTHER_SID)
        self.assert_refused(self.post(self.path(), form, OTHER_TOKEN))

    def test_over_plain_http_nobody_is_heard(self):
        headers = {"X-Forwarded-Host": "shop.example.com", "X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.7"}
        url = "http://shop.example.com" + self.path()
        with patch.dict(config.options, {"proxy_mode": True}):
            self.assert_refused(self.post(self.path(), self.form(), headers=headers, url=url))
            url = url.replace("http:", "https:")
            answer = self.post(self.path(), self.form(), headers={**headers, "X-Forwarded-Proto": "https"}, url=url)
        self.assertEqual(answer.status_code, 200)

    def test_wrong_tries_are_counted_and_silence_nobody_else(self):
        for _try in range(WRONG_TRIES):
            # Twilio, about a text that is gone.
            self.assert_refused(self.post(STATUS + "0" * 64, self.form()))
        self.assertFalse(self.tries())
        for _try in range(WRONG_TRIES + 2):
            self.assert_refused(self.post(self.path(), self.form(), token="wrong"))
        self.assertEqual(self.tries(), WRONG_TRIES, "more forgeries cost no more rows")
        self.assertEqual(self.url_open("/u/AAAAAAAAAAA").status_code, 404, "the pages of links count their own")
        # Behind a proxy a forger may share the address that Twilio comes from.
        self.assertEqual(self.post(self.path(), self.form()).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.told(self.tracker)[0], "delivered")

    def test_bad_input_is_refused_and_never_an_error(self):
        path = self.path()
        long = "x" * 10_000_000
        with mute_logger("odoo.http"):
            for data, headers in (
                (b"\xff\xfe=\x00&MessageStatus=\xc3\x28", {"Content-Type": "application/x-www-form-urlencoded"}),
                (b'{"MessageStatus": "delivered"}', {"Content-Type": "application/json"}),
                (b"nonsense", {"Content-Type": "multipart/form-data; boundary=x"}),
                (b" ", {"Content-Type": "text/plain; charset=utf-99"}),
                (
                    b"MessageStatus=delivered&self=1&token=2&uuid=3",
                    {"Content-Type": "application/x-www-form-urlencoded"},
                ),
                ({"MessageStatus": "доставлено", "MessageSid": "\u0000"}, {}),
                ({"AccountSid": "\u0000"}, {}),
                (b"AccountSid=%00&AccountSid=AC%00", {"Content-Type": "application/x-www-form-urlencoded"}),
                ({"MessageStatus": long}, {}),
            ):
                answer = self.url_open(path, data=data, headers={"X-Twilio-Signature": "x", **headers})
                self.assertIn(answer.status_code, (400, 404, 413), str(data)[:60])
            for odd in ("%00", "%FF", "x" * 3000):
                self.assertEqual(self.url_open(f"/sms_twilio/status/{odd}", data={"a": "b"}).status_code, 404)
            self.assertEqual(self.url_open(path).status_code, 405)
            self.assertEqual(self.url_open(path, data={"Body": long}).status_code, 413)
        self.assert_refused(self.post(path, self.form(), token=None))

    def test_a_signed_word_that_says_nothing_changes_nothing(self):
        for more in ({"MessageStatus": "nonsense"}, {"MessageSid": "x"}, {"MessageStatus": "received"}):
            self.assertEqual(self.post(self.path(), {**self.form(), **more}).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.told(self.tracker), ("sent", False, "pending"))

    # ------------------------------------------------------------ the core's route

    def test_the_core_s_route_keeps_the_same_rules(self):
        path = f"/sms_twilio/status/{self.tracker.sms_uuid}"
        with self.assertLogs("odoo", logging.INFO) as logs:
            self.assert_refused(self.post(path, self.form(), token=None))
            self.assert_refused(self.post("/sms_twilio/status/nonsense", self.form(To=NUMBER), token=None))
            self.company.sms_twilio_auth_token = False
            self.assert_refused(self.post(path, self.form(), token=""))
            self.company.sms_twilio_auth_token = TOKEN
            self.assertEqual(self.post(path, self.form("undelivered", To=NUMBER)).status_code, 200)
            self.assertEqual(self.post(path, self.form("sent", To=NUMBER)).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.told(self.tracker), ("failed", "sms_not_delivered", "exception"))
        self.assertFalse([line for line in logs.output if NUMBER[2:] in line])
        self.assertFalse([line for line in logs.output if line.startswith(("WARNING", "ERROR"))])

    def test_a_text_from_before_the_addon_tells_at_the_core_s_route(self):
        self.env.cr.execute("UPDATE sms_tracker SET company_id = NULL, status_hash = NULL, claimed_at = NULL")
        self.env.invalidate_all()
        path = f"/sms_twilio/status/{self.tracker.sms_uuid}"
        self.assertEqual(self.post(path, self.form()).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.told(self.tracker)[0], "delivered")
