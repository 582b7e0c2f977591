"""Every class of answer that Twilio has for a text, with others queued: what it means for that text, and for them."""

import time
from datetime import timedelta
from email.utils import formatdate

from odoo import fields
from odoo.tests import tagged

from ..tools.drivers import Later
from ..tools.drivers.http_words import read_codes
from ..tools.drivers.network import LONGEST_WAIT, retry_after
from ..tools.drivers.twilio_codes import LATER, STOPS, STOPS_COUNTRY
from .consent_common import NUMBER
from .twilio_common import TwilioCommon

# What becomes of the other two texts, to numbers of the same country.
GO, WAIT = "pending", "outgoing"
# {code: (state, why, seconds until it may go again, the others)}
ANSWERS = {
    # the number
    21211: ("error", "sms_number_format", 0, GO),
    21614: ("error", "sms_number_format", 0, GO),
    21265: ("error", "sms_number_format", 0, GO),
    30005: ("error", "sms_invalid_destination", 0, GO),
    30006: ("error", "sms_not_allowed", 0, GO),
    # the account and its settings
    20003: ("error", "twilio_authentication", 0, WAIT),
    20005: ("error", "sms_acc", 0, WAIT),
    21408: ("error", "sms_country_not_supported", 0, WAIT),
    21603: ("error", "twilio_from_missing", 0, WAIT),
    21606: ("error", "twilio_from_missing", 0, WAIT),
    21608: ("error", "sms_acc", 0, WAIT),
    21609: ("error", "twilio_callback", 0, WAIT),
    30034: ("error", "sms_registration_needed", 0, WAIT),
    # too fast
    20429: ("outgoing", False, 30, GO),
    63038: ("outgoing", False, 3600, WAIT),
    # unwell
    30001: ("outgoing", False, 30, GO),
    30003: ("error", "sms_invalid_destination", 0, GO),
    30008: ("error", "sms_not_delivered", 0, GO),
    # filtered
    30004: ("error", "sms_rejected", 0, GO),
    30007: ("error", "sms_rejected", 0, GO),
    # schedule, quiet hours
    35114: ("error", "sms_server", 0, GO),
    30610: ("outgoing", False, 3600, GO),
    # the customer's word; the last, since it counts
    21610: ("error", "sms_optout", 0, GO),
}


@tagged("post_install", "-at_install")
class TestAnswers(TwilioCommon):
    def setUp(self):
        super().setUp()
        self.others = self.make_customers(2)

    def answers(self, name="refused", **fault):
        """Queue three texts, the first of which meets a fault; return it and the others after one run."""
        self.fake.clear()
        self.fake.fault(name, to=NUMBER, **fault)
        texts = self.make_sms(self.anna)
        for partner in self.others:
            texts += self.make_sms(partner, partner.phone)
        self.run_queue()
        return texts[0], texts[1:]

    def forget(self):
        self.env["sms.sms"].search([]).unlink()
        self.env.cr.execute("DELETE FROM sms_hold")

    def test_each_code_has_one_meaning_for_its_text_and_one_for_others(self):
        for code, (state, reason, seconds, others) in ANSWERS.items():
            with self.subTest(code):
                before = fields.Datetime.now()
                status = 401 if code == 20003 else 429 if code == 20429 else 400
                sms, rest = self.answers(code=code, status=status)
                self.assertEqual((sms.state, sms.failure_type), (state, reason))
                self.assertEqual(set(rest.mapped("state")), {others})
                self.assertEqual(len(self.fake.requests), 3 if others == GO else 1)
                self.assertEqual(sms.attempts, int(state == "outgoing"))
                if seconds:
                    after = (sms.send_after - before).total_seconds()
                    self.assertTrue(seconds <= after < seconds + 60, after)
            self.forget()

    def test_a_pause_said_in_seconds_or_by_a_date_is_everybody_s(self):
        for said in ("90", formatdate(time.time() + 90, usegmt=True)):
            before = fields.Datetime.now()
            sms, rest = self.answers("throttled", retry_after=said)
            self.assertEqual(set((sms + rest).mapped("state")), {"outgoing"})
            self.assertEqual(len(self.fake.requests), 1)
            self.assertGreaterEqual(min((sms + rest).mapped("send_after")), before + timedelta(seconds=85))
            self.forget()

    def test_every_code_that_means_something_else_than_a_refusal_is_in_the_table(self):
        self.assertFalse(set(LATER) - set(ANSWERS))
        self.assertFalse(set(STOPS_COUNTRY) - set(ANSWERS))
        # Those of one kind with one that is there.
        self.assertEqual(set(STOPS) - set(ANSWERS), {20006, 20404, 21705, 30002})
        self.assertEqual({code for code, later in LATER.items() if later.alone}, {30610})

    def test_what_a_header_asks_for(self):
        now = 1_800_000_000.0
        for said, seconds in (
            ("7", 7.0),
            (" 90 ", 90.0),
            (formatdate(now + 120, usegmt=True), 120.0),
            (formatdate(now - 5, usegmt=True), 0.0),
            ("9" * 400, LONGEST_WAIT),
            (formatdate(now + 10**7, usegmt=True), LONGEST_WAIT),
            ("²", None),
            ("-1", None),
            ("Fri, 01 Jan 2027 00:00:00 -0000", None),
            ("soon", None),
            ("", None),
            (None, None),
        ):
            self.assertEqual(retry_after(said, now), seconds, said)

    def test_a_gateway_s_later_may_be_one_recipient_s(self):
        codes = read_codes("220=later 60\n231=later 60, alone\n9=later,alone\n4=later", set())
        told = [Later(60.0), Later(60.0, alone=True), Later(alone=True), Later()]
        self.assertEqual(list(codes.values()), told)
