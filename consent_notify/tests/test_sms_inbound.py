from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models import consent_reply_answer
from ..tools.drivers import Inbound
from .consent_common import NUMBER, OTHER
from .fake_twilio import SID, TOKEN
from .reports_common import WebhookCommon, new_sid

INBOUND = "/consent_notify/sms/inbound/"
STRANGER = "+79161230000"
OTHER_SID, OTHER_TOKEN = "AC" + "f" * 32, "another-token"


class InboundCommon(WebhookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted", cls.offer_sms)
        cls.answer(cls.anna, "granted", cls.order_call)
        cls.order = cls.make_order()
        cls.make_sent(cls.order)

    def reply(self, body, sender=NUMBER, sid=None, company=None, token=TOKEN, **more):
        company = company or self.company
        form = {"AccountSid": SID, "MessageSid": sid or new_sid(), "From": sender, "To": "+79990000000", "Body": body}
        answer = self.post(INBOUND + company._inbound_token(), {**form, **more}, token)
        self.env.invalidate_all()
        return answer

    def queued(self):
        return self.env["sms.sms"].search([("state", "=", "outgoing")])

    def notes(self):
        return self.order.message_ids.filtered(lambda message: "replied by SMS" in (message.body or ""))


@tagged("post_install", "-at_install")
class TestSmsInbound(InboundCommon):
    def test_stop_ends_every_text_and_leaves_calls(self):
        answer = self.reply("Stop. Thank you")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("<Response></Response>", answer.text)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/xml"))
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        event = self.env["consent.event"].search([], limit=1)
        self.assertEqual((event.kind, event.source, event.actor), ("withdrawn", "inbound_sms", "customer"))
        self.assertEqual(event.order_name, self.order.name)
        self.assertFalse(self.queued(), "Twilio answers itself")
        self.assertFalse(self.notes())

    def test_what_is_queued_is_taken_back_at_once(self):
        self.order.action_mark_ready()
        update = self.order.update_ids.filtered(lambda update: update.stage_id.code == "ready")
        self.assertEqual(update.state, "waiting")
        self.reply("СТОП")
        self.assertEqual((update.state, update.reason), ("refused", "consent_withdrawn"))
        self.assertFalse(self.queued())

    def test_stop_counts_for_all_who_share_the_number_with_this_company_only(self):
        ben = self.env["res.partner"].create({"name": "Ben", "phone": NUMBER})
        self.answer(ben, "granted")
        silent = self.env["res.partner"].create({"name": "Silent", "phone": "8 916 123-45-67"})
        silent.country_id = self.env.ref("base.ru")
        other = self.env["res.company"].create({"name": "Other"})
        self.env["consent.event"]._record_sudo(self.anna, other, [(self.order_sms, "granted", None)], source="counter")
        self.reply("stop")
        self.assertEqual(self.verdict(ben), "consent_withdrawn")
        self.assertEqual(self.verdict(silent), "consent_withdrawn")
        key = (other.id, self.anna.id, self.digest(), self.order_sms.id)
        self.assertIsNone(self.env["consent.status"]._verdicts([key])[key])

    def test_a_stranger_who_stops_is_on_the_list_before_anybody_texts_them(self):
        self.reply("STOP", STRANGER)
        self.assertTrue(self.env["phone.blacklist"].search([("number", "=", STRANGER)]))
        row = self.env["consent.reply"].search([], limit=1)
        self.assertEqual((row.kind, row.number_digest), ("stop", False))
        self.reply("Hello", OTHER)
        self.assertFalse(self.env["phone.blacklist"].search([("number", "=", OTHER)]))

    def test_another_companys_customer_is_a_stranger_here_and_stays_theirs(self):
        other = self.env["res.company"].create(
            {"name": "Other", **self.account(OTHER_SID, OTHER_TOKEN, "+79990000001")}
        )
        eve = self.env["res.partner"].create({"name": "Eve", "phone": OTHER, "company_id": self.company.id})
        self.answer(eve, "granted")
        for body in ("STOP", "Hello", "CANCEL"):
            answer = self.reply(body, OTHER, company=other, token=OTHER_TOKEN)
            self.assertEqual(answer.status_code, 200)
        self.assertIsNone(self.verdict(eve, number=OTHER))
        self.assertFalse(self.env["phone.blacklist"].search([("number", "=", OTHER)]))

    def test_the_same_text_counts_once(self):
        sid = new_sid()
        for _time in range(3):
            self.assertEqual(self.reply("Is it ready?", sid=sid).status_code, 200)
        self.assertEqual(len(self.notes()), 1)
        self.reply("Is it ready?")
        self.assertEqual(len(self.notes()), 2)

    # ------------------------------------------------------------ who is refused

    def test_forged_and_crossed_texts_are_not_heard(self):
        other = self.env["res.company"].create(
            {"name": "Other", **self.account(OTHER_SID, OTHER_TOKEN, "+79990000001")}
        )
        for answer in (
            self.reply("STOP", token=None),
            self.reply("STOP", token="wrong"),
            self.reply("STOP", token=OTHER_TOKEN, AccountSid=OTHER_SID),
            self.reply("STOP", company=other),
        ):
            self.assertEqual((answer.status_code, answer.text), (404, ""))
        for token in ("", "1", f"{self.company.id}-", f"{self.company.id}-{'0' * 32}", "-", "²-x", "9" * 40 + "-x"):
            answer = self.post(f"/consent_notify/sms/inbound/{token}", {"AccountSid": "", "Body": "STOP"})
            self.assertEqual(answer.status_code, 404, token)
        self.assertIsNone(self.verdict(self.anna))

    def test_odd_senders_and_bodies_are_no_errors(self):
        for sender in ("12345", "SHOP", "whatsapp:+79161234567", "+", "\u0000", "+7 916 123-45-67; DROP TABLE"):
            self.assertEqual(self.reply("Hello", sender).status_code, 200, sender)
        for body in ("", "\u0000", "😀", "<script>alert(1)</script>", "x" * 1600, "%s {x} {{x}}"):
            self.assertEqual(self.reply(body).status_code, 200, body)
        self.assertNotIn("<script>", "".join(self.notes().mapped("body")))
        self.assertIsNone(self.verdict(self.anna))

    # ------------------------------------------------------------ the one answer

    def test_a_stop_is_confirmed_once_without_marketing(self):
        self.company.sms_replies_answered = False
        self.reply("STOP")
        text = self.queued()
        self.assertEqual(text.purpose_id, self.service)
        self.assertIn(self.company.name, text.body)
        self.assertLessEqual(len(text.body), 160)
        self.assertNotIn("http", text.body)
        self.assertLessEqual(text.send_until - fields.Datetime.now(), timedelta(minutes=5))
        for body in ("STOP", "HELP", "START"):
            self.reply(body)
        self.assertEqual(self.queued(), text, "one a day")
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            self.reply("STOP")
        self.assertTrue(self.queued() - text)
        self.assertEqual(text.failure_type, "too_late", "an answer of yesterday tells nobody anything")

    def test_who_got_an_answer_from_twilio_gets_none_from_us(self):
        self.company.sms_replies_answered = False
        self.reply("STOP", OptOutType="STOP")
        self.assertFalse(self.queued())
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_help_tells_who_we_are(self):
        self.company.write({"sms_replies_answered": False, "phone": "+7 495 000-00-00"})
        self.reply("Help!")
        body = self.queued().body
        for words in (self.company.name, "/my/privacy", self.company.phone):
            self.assertIn(words, body)
        self.assertIsNone(self.verdict(self.anna))

    def test_start_is_no_consent(self):
        self.company.sms_replies_answered = False
        self.reply("STOP")
        self.queued().unlink()
        self.env["consent.reply"].search([]).write({"answered_at": False})
        self.reply("START")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertIn("/my/privacy", self.queued().body)

    def test_the_answer_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.anna.lang = "ru_RU"
        self.company.sms_replies_answered = False
        self.reply("СТОП")
        self.assertRegex(self.queued().body, "[а-я]{4}")

    # ------------------------------------------------------------ what the shop learns

    def test_free_words_reach_the_salesperson_without_numbers(self):
        self.reply("Please call my husband at 8 (916) 555-01-02, or come at 5")
        note = self.notes()
        self.assertIn("call my husband at [number]", note.body)
        self.assertIn("come at 5", note.body)
        self.assertEqual(note.notified_partner_ids, self.clerk.partner_id)
        self.assertNotIn("9161234567", note.body)
        self.assertTrue(note.is_internal or note.subtype_id == self.env.ref("mail.mt_note"))

    def test_they_go_to_the_order_that_the_number_was_texted_about(self):
        later = self.make_order()
        self.reply("Is it ready?")
        self.assertEqual(len(self.notes()), 1)
        self.assertEqual(self.env["consent.reply"].search([], limit=1).order_id, self.order)
        self.assertFalse(later.message_ids.filtered(lambda message: "replied" in (message.body or "")))

    def test_a_flood_of_words_ends(self):
        self.patch(consent_reply_answer, "NOTES_A_DAY", 2)
        for _time in range(4):
            self.reply("Hello?")
        self.assertEqual(len(self.notes()), 2)

    def test_cancel_stops_the_texts_and_asks_about_the_order(self):
        for body in ("CANCEL", "Отмена"):
            self.reply(body)
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        activity = self.order.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref("consent_notify.activity_reply")
        )
        self.assertEqual(activity.user_id, self.clerk)
        self.assertEqual(len(activity), 1)

    def test_the_row_holds_no_number_and_goes_after_a_month(self):
        self.reply("STOP")
        row = self.env["consent.reply"].search([], limit=1)
        self.env.cr.execute("SELECT r::text FROM consent_reply r WHERE id = %s", [row.id])
        self.assertNotIn(NUMBER[2:], self.env.cr.fetchone()[0])
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.env["consent.reply"]._gc_replies()
        self.assertFalse(row.exists())

    # ------------------------------------------------------------ the settings and the sandbox

    def test_the_settings_show_the_address(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.sms_inbound_url.endswith(self.company._inbound_token()))
        self.assertEqual(self.env["res.company"]._by_inbound_token_sudo(self.company._inbound_token()), self.company)

    def test_a_manager_tries_stop_out_in_the_sandbox(self):
        message = self.env["sandbox.message"].create(
            {"body": "Ready", "number": NUMBER, "company_id": self.company.id, "order_id": self.order.id}
        )
        manager = new_test_user(self.env, "sandbox_manager", groups="consent_notify.group_manager")
        with self.assertRaises(AccessError):
            message.with_user(self.clerk).action_reply_stop()
        message.with_user(manager).action_reply_stop()
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_a_drivers_reply_counts_as_twilio_s(self):
        inbound = Inbound(provider_id="gateway 1", sender=NUMBER, to="", body="стоп")
        self.env["consent.reply"]._receive_sudo(self.company, inbound)
        self.assertFalse(self.env["consent.reply"]._receive_sudo(self.company, inbound))
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_a_reply_is_promised_only_where_one_can_arrive(self):
        notice = self.env.ref("consent_notify.notice_order_sms_en_us")
        self.assertIn("reply STOP", notice._render(self.company)[2])
        self.assertIn("STOP in reply", str(self.anna._consent_receipt_sudo(self.company)))
        for vals in ({"sms_provider": "sandbox"}, {"sms_provider": "twilio", "sms_twilio_number_ids": [(5, 0)]}):
            self.company.write(vals)
            self.env.registry.clear_cache()
            self.assertNotIn("STOP", notice._render(self.company)[2])
            self.assertIn("the link in any text", notice._render(self.company)[2])
            self.assertNotIn("STOP", str(self.anna._consent_receipt_sudo(self.company)))
