from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import BaseCase, HttpCase, tagged

from ..tools.link import read_later
from .consent_common import NUMBER, OTHER
from .test_link import LinkPageCommon

KINDS = ("come", "later", "call", "cancel")


@tagged("post_install", "-at_install")
class TestReadLater(BaseCase):
    def test_a_day_or_a_few_words(self):
        self.assertEqual(read_later("tomorrow", ""), ("tomorrow", ""))
        self.assertEqual(read_later("", "  after \n six\0 "), (None, "after six"))
        self.assertEqual(read_later("never", "x" * 999), (None, "x" * 200))
        self.assertEqual(read_later("' OR 1", " "), (None, ""))

    def test_numbers_are_left_out_and_days_are_kept(self):
        for words in ("after 28.11.2026 18:00", "28/11/2026 18-20", "on 1.12.2026", "28.11 at 18:00"):
            self.assertEqual(read_later("", words)[1], words)
        for number in (NUMBER, "8 916 123-45-67", "89161234567", "01-12-26-15-40"):
            self.assertNotIn("26-15", read_later("", f"call {number} at 6")[1].replace("2026", ""))
            self.assertIn("[number]", read_later("", f"call {number} at 6")[1])


class AnswersCommon(LinkPageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.sms_provider = "sandbox"
        cls.order.action_confirm()
        cls.order._move_to_update_stage("ready")
        cls.env["sms.sms"].search([]).unlink()

    def page(self, code=None):
        return html.fromstring(self.url_open(f"/u/{code or self.code}").content)

    def buttons(self, page):
        return [value for value in page.xpath("//section[@id='answers']//button/@value") if value in KINDS]

    def post(self, do, code=None, **values):
        token = self.page(self.make_code()).xpath("//input[@name='csrf_token']/@value")[0]
        answer = self.url_open(f"/u/{code or self.code}", data={"do": do, "csrf_token": token, **values})
        self.env.invalidate_all()
        return answer

    def said(self):
        """Return what the link added to the order's chatter, the latest first."""
        messages = self.order.message_ids.filtered(lambda message: "By the link in a text" in (message.body or ""))
        return messages.sorted("id", reverse=True)


@tagged("post_install", "-at_install")
class TestLinkAnswers(AnswersCommon, HttpCase):
    # ------------------------------------------------------------ what the page offers

    def test_a_ready_order_offers_all_answers_and_tells_stage_and_date(self):
        self.order.commitment_date = "2030-11-28 12:00:00"
        page = self.page()
        self.assertEqual(self.buttons(page), list(KINDS))
        self.assertEqual(page.xpath("//button[@class='primary']/@value"), ["come"])
        text = " ".join(page.text_content().split())
        for words in ("Ready", "Promised for 28 Nov", "Atelier Iva", "text comes from Atelier Iva"):
            self.assertIn(words, text)
        for private in ("Anna", NUMBER[-4:], "45 67"):
            self.assertNotIn(private, text)

    def test_what_the_order_is_past_is_not_offered(self):
        for stage, expected in {
            "confirmed": KINDS,
            "dispatched": ("later", "call", "cancel"),
            "delivered": ("call",),
            "cancelled": ("call",),
        }.items():
            self.order._move_to_update_stage(stage)
            self.assertEqual(tuple(self.buttons(self.page())), expected, stage)
        self.order._move_to_update_stage("ready")
        self.order._action_cancel()
        page = self.page()
        self.assertFalse(self.buttons(page))
        self.assertTrue(page.xpath("//button[@value='stop']"), "the way out is always there")

    def test_nobody_comes_for_what_a_courier_brings(self):
        product = self.env["product.product"].create({"name": "Courier", "type": "service"})
        self.order.carrier_id = self.env["delivery.carrier"].create({"name": "Courier", "product_id": product.id})
        self.order._move_to_update_stage("confirmed")
        self.assertNotIn("come", self.buttons(self.page()))

    def test_offers_lead_to_stopping_offers(self):
        code = self.make_code()
        self.env["consent.link"]._find_sudo(code).purpose_id = self.offer_sms
        page = self.page(code)
        self.assertFalse(self.buttons(page))
        self.assertEqual(page.xpath("//button/@value")[0], "stop_offer_sms")

    # ------------------------------------------------------------ answers

    def test_i_will_come_reaches_the_salesperson_once(self):
        answer = self.post("come")
        self.assertIn("you will come", answer.text)
        [message] = self.said()
        self.assertEqual(message.notified_partner_ids, self.salesperson.partner_id)
        self.assertTrue(message.subtype_id.internal, "a customer who follows the order gets no copy")
        self.assertIn("will come for the order", message.body)
        self.assertEqual(self.post("come").status_code, 200)
        self.assertEqual(len(self.said()), 1, "a second tap tells nothing new")
        self.assertNotIn("come", self.buttons(self.page()))
        self.assertIn("You told the shop", self.page().text_content())

    def test_another_link_to_the_same_news_tells_it_no_twice(self):
        update = self.order._make_update_sudo()
        codes = [self.make_code(), self.make_code()]
        for code in codes:
            self.env["consent.link"]._find_sudo(code).update_id = update
            self.post("come", code)
        self.assertEqual(len(self.said()), 1)
        self.post("come", self.code)
        self.assertEqual(len(self.said()), 2, "other news, another answer")

    def test_a_link_knows_its_update(self):
        self.order.update_stage_id.is_on = True
        self.order.update_ids.unlink()
        self.order._tell_update_stage()
        update = self.order.update_ids
        sms = self.env["sms.sms"].search([("uuid", "=", update.sms_uuid)])
        code = self.env["consent.link"]._for_sms_sudo(sms)[sms.id].rsplit("/u/", 1)[1]
        self.assertEqual(self.env["consent.link"]._find_sudo(code).update_id, update)

    def test_another_time_in_short_and_in_words(self):
        self.assertIn("When would it suit you?", self.post("later").text)
        self.assertFalse(self.said())
        answer = self.post("later", when="week", words=f"after six <b>please</b>, or call {NUMBER}")
        self.assertIn("another time", answer.text)
        [message] = self.said()
        self.assertIn("next week, “after six &lt;b&gt;please&lt;/b&gt;, or call [number]”", message.body)

    def test_cancelling_takes_two_steps_and_cancels_nothing(self):
        first = self.post("cancel")
        self.assertIn("ask to cancel", first.text)
        self.assertFalse(self.said())
        with freeze_time(self.noon):
            answer = self.post("cancel_sure")
        self.assertIn("the order stands as it is", answer.text)
        self.assertEqual(self.order.state, "sale")
        activity = self.order.activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref("consent_notify.activity_link_cancel"))
        self.assertEqual(activity.user_id, self.salesperson)
        self.assertEqual(activity.date_deadline, self.noon.date() + timedelta(days=1))
        self.assertEqual(len(self.said()), 1)
        self.post("cancel_sure")
        self.assertEqual(len(self.order.activity_ids), 1)

    def test_a_call_that_is_allowed_is_a_to_do(self):
        answer = self.post("call")
        self.assertIn("The shop will call you", answer.text)
        self.assertEqual(self.order.activity_ids.user_id, self.salesperson)
        self.assertEqual(len(self.said()), 1)

    def test_a_call_needs_a_yes_to_the_words_shown(self):
        self.answer(self.anna, "refused", self.order_call)
        events = self.env["consent.event"].search_count([])
        page = html.fromstring(self.post("call").content)
        words = self.link._call_words()
        self.assertIn(words.label, page.text_content())
        self.assertEqual(self.env["consent.event"].search_count([]), events, "to be shown the words is no answer")
        self.assertFalse(self.order.activity_ids)
        forged = self.post("call", shown="0.1b" + "0" * 64 + "." + "0" * 32)
        self.assertIn(words.label, forged.text)
        self.assertEqual(self.verdict(self.anna, self.order_call), "consent_refused")
        token = page.xpath("//input[@name='shown']/@value")[0]
        other = self.make_code()
        self.post("call", other, shown=token)
        self.assertEqual(self.verdict(self.anna, self.order_call), "consent_refused", "the form of another link")
        self.post("call", shown=token)
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        shown, granted = self.env["consent.event"].search([], limit=2).sorted("id")
        self.assertEqual((shown.kind, granted.kind, granted.source), ("shown", "granted", "link"))
        self.assertEqual((granted.order_name, granted.text_id.sha256), (self.order.name, words.sha256))
        self.assertEqual(len(self.order.activity_ids), 1)

    def test_nobody_is_called_on_another_ones_number(self):
        self.anna.phone = OTHER
        self.assertNotIn("call", self.buttons(self.page()))
        self.assertIn("Nothing was changed", self.post("call").text)
        self.assertFalse(self.order.activity_ids)

    def test_without_a_salesperson_an_officer_hears_of_it(self):
        self.order.user_id = False
        self.anna.user_id = False
        self.post("come")
        self.assertEqual(self.said().notified_partner_ids, self.link._owner().partner_id)

    def test_the_shop_may_delete_the_kinds_of_to_do(self):
        self.env.ref("consent_notify.activity_link_cancel").unlink()
        with freeze_time(self.noon):
            self.post("cancel_sure")
        self.assertEqual(self.order.activity_ids.date_deadline, self.noon.date() + timedelta(days=1))

    # ------------------------------------------------------------ refused

    def test_an_order_that_moved_on_is_told_and_nothing_is_noted(self):
        self.order._action_cancel()
        for do in ("come", "cancel_sure", "call", "later"):
            answer = self.post(do, when="week")
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Nothing was changed", answer.text)
        self.assertFalse(self.said())
        self.assertFalse(self.order.activity_ids)

    def test_links_that_do_not_work_are_answered_alike(self):
        expired, used = self.make_code(), self.make_code()
        self.env["consent.link"]._find_sudo(expired).expires = fields.Datetime.now() - timedelta(seconds=1)
        self.env["consent.link"]._find_sudo(used).write({"used_at": fields.Datetime.now(), "used_for": "stop"})
        self.env.flush_all()
        answers = [self.post(do, code) for do in KINDS for code in ("A" * 11, expired, used)]
        answers.append(self.post("come_"))
        self.assertEqual({(answer.status_code, answer.content) for answer in answers}, {(404, answers[0].content)})
        self.assertFalse(self.said())

    def test_an_answer_needs_the_token_of_the_page_and_a_post(self):
        self.assertEqual(self.url_open(f"/u/{self.code}", data={"do": "come", "csrf_token": "0"}).status_code, 400)
        self.assertEqual(self.url_open(f"/u/{self.code}?do=come").status_code, 200)
        self.assertFalse(self.said())

    def test_hours_that_were_refused_are_told_wherever_the_page_stands(self):
        self.anna.phone = OTHER
        self.assertIn("Your hours were not saved", self.post("hours", hour_from="9", hour_to="18").text)

    def test_the_complaint_about_nobodys_text_stands_on_the_shops_contact(self):
        code = self.make_code()
        link = self.env["consent.link"]._find_sudo(code)
        link.write({"order_id": False, "partner_id": False})
        self.assertIn("We are sorry", self.post("complain", code).text)
        activity = self.company.partner_id.activity_ids.filtered(
            lambda found: found.activity_type_id == self.env.ref("consent_notify.activity_complaint")
        )
        self.assertEqual(activity.user_id, link._owner())
        self.assertTrue(activity.date_deadline)
