import re
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..models.consent_link_try import WRONG_TRIES
from .consent_common import NUMBER, OTHER, ConsentCommon
from .plain_browser import plain_browser
from .tour_common import on_every_screen

CODES = ["consent_order_sms", "consent_order_call", "consent_offer_sms"]


class AskLinkCommon(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.name = "Atelier Iva"
        cls.anna.country_id = cls.env.ref("base.be")

    def setUp(self):
        super().setUp()
        self.path = self.path_of(self.anna)
        self.env.cr.precommit.run()

    def path_of(self, partner):
        return "/consent/answer/" + partner._consent_ask_live_url().split("/consent/answer/")[1]

    def kinds(self, partner=None):
        self.env.invalidate_all()
        events = self.env["consent.event"].search([("partner_id", "=", (partner or self.anna).id)], order="id")
        return [(event.purpose_id.code, event.kind) for event in events]


@tagged("post_install", "-at_install")
class TestAskLink(AskLinkCommon, HttpCase):
    def form(self, path=None):
        answer = self.url_open(path or self.path)
        self.assertEqual(answer.status_code, 200)
        forms = html.fromstring(answer.content).xpath("//form")
        return dict(forms[0].form_values()) if forms else None

    def post(self, data, path=None):
        return self.url_open(path or self.path, data=data)

    def test_the_page_asks_without_a_login_and_names_nobody(self):
        answer = self.url_open(self.path)
        page = html.fromstring(answer.content)
        self.assertEqual(page.xpath("//input[@type='checkbox']/@name"), CODES)
        self.assertFalse(page.xpath("//input[@checked]"))
        text = page.text_content()
        self.assertIn("Atelier Iva", text)
        for private in ("Anna", "anna@example.com", NUMBER[-4:], "45 67"):
            self.assertNotIn(private, answer.text)
        self.assertNotIn("<script", answer.text)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])

    def test_looking_changes_nothing(self):
        for _time in range(2):
            self.form()
            self.assertEqual(self.url_open(self.path, method="HEAD").status_code, 200)
            self.url_open(f"{self.path}?consent_order_sms=1")
        self.assertFalse(self.kinds())
        self.assertFalse(self.env["consent.subject"].search([("partner_id", "=", self.anna.id)]))

    def test_ticked_and_left_empty_are_two_answers(self):
        answer = self.post({**self.form(), "consent_order_sms": "1"})
        self.assertIn("your answers are kept", answer.text)
        yes, no = ["shown", "granted"], ["shown", "refused"]
        expected = {"order_sms": yes, "order_call": no, "offer_sms": no}
        self.assertEqual(self.kinds(), [(code, kind) for code, kinds in expected.items() for kind in kinds])
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertEqual((event.source, event.actor), ("email", "customer"))
        self.assertIsNone(self.verdict(self.anna))

    def test_what_was_answered_is_asked_no_more_and_stays(self):
        values = self.form()
        self.post({**values, "consent_order_sms": "1"})
        self.assertIsNone(self.form(), "the link goes on working, and has nothing to ask")
        before = self.kinds()
        self.post(values)
        self.assertEqual(self.kinds(), before, "sent again, or by whom the e-mail was passed on to")

    def test_a_standing_answer_is_not_touched(self):
        self.answer(self.anna, "withdrawn")
        self.post({**self.form(), "consent_order_sms": "1", "consent_offer_sms": "1"})
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna, self.offer_sms))

    def test_a_yes_to_words_that_meant_something_else_is_asked_for_again(self):
        for purpose in (self.order_call, self.offer_sms):
            self.answer(self.anna, "refused", purpose)
        self.post({**self.form(), "consent_order_sms": "1"})
        self.assertIsNone(self.form())
        first = self.env.ref("consent_notify.notice_order_sms_en_eu")
        for label, more, verdict in (("Text me.", {"consent_order_sms": "1"}, None), ("Text!", {}, "consent_refused")):
            draft = first.copy({"label": label})
            draft.write({"state": "published", "change": "material"})
            page = html.fromstring(self.url_open(self.path).content)
            self.assertEqual(page.xpath("//input[@type='checkbox']/@name"), ["consent_order_sms"])
            self.assertIn("an answer without this tick ends your yes", page.text_content())
            self.assertIsNone(self.verdict(self.anna), "until then it goes on")
            self.post({**self.form(), **more})
            self.assertEqual(self.verdict(self.anna), verdict)
            self.assertIsNone(self.form())

    def test_words_that_changed_meanwhile_are_shown_anew(self):
        values = self.form()
        self.env.ref("consent_notify.notice_order_sms_en").copy({"label": "Text me."}).action_publish()
        values["shown"] = values["shown"][:-1] + ("0" if values["shown"][-1] != "0" else "1")
        self.assertIn("Nothing was kept", self.post({**values, "consent_order_sms": "1"}).text)
        self.assertFalse(self.kinds())

    def test_links_that_do_not_work_are_answered_alike(self):
        token = self.form()["csrf_token"]
        head, until, signature = self.path.rsplit("/", 2)
        other = self.env["res.partner"].create({"name": "Ben", "phone": OTHER})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        base = "/consent/answer"
        paths = [
            f"{head}/{until}/{'0' * 32}",
            f"{head}/{int(until, 16) + 9:x}/{signature}",
            f"{base}/{other.id}/{self.company.id}/{until}/{signature}",
            f"{base}/{self.anna.id}/{elsewhere.id}/{until}/{signature}",
            f"{base}/{2**40}/{self.company.id}/{until}/{signature}",
            f"{base}/999999999/{self.company.id}/{until}/{signature}",
            f"{base}/{self.anna.id}/{self.company.id}/{until}/é",
        ]
        answers = [self.url_open(path) for path in paths]
        answers += [self.post({"csrf_token": token, "consent_order_sms": "1"}, path) for path in paths]
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            answers.append(self.url_open(self.path))
        self.anna.phone = OTHER
        answers.append(self.url_open(self.path))
        self.assertEqual({(answer.status_code, answer.content) for answer in answers}, {(404, answers[0].content)})
        self.assertFalse(self.kinds())

    def test_who_tries_too_often_is_heard_no_more(self):
        wrong = self.path[:-32] + "0" * 32
        for _time in range(WRONG_TRIES):
            self.assertEqual(self.url_open(wrong).status_code, 404)
        self.assertEqual(self.url_open(self.path).status_code, 429)
        tries = self.env["consent.link.try"].search([])
        self.assertEqual(len(tries), WRONG_TRIES, "a right one is no try")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1, minutes=1)):
            self.assertEqual(self.url_open(self.path).status_code, 200)

    def test_a_signature_is_compared_even_of_nobody(self):
        vault, asked = type(self.env["phone.vault"]), []
        mac = vault._mac

        def note(vault_model, what, *parts):
            asked.append(what)
            return mac(vault_model, what, *parts)

        _head, until, signature = self.path.rsplit("/", 2)
        ben = self.env["res.partner"].create({"name": "Ben"})
        with patch.object(vault, "_mac", note):
            for partner in (self.anna, ben, self.env["res.partner"].browse(999999999), ben.browse()):
                for company in (self.company, self.company.browse()):
                    partner._consent_ask_find_sudo(company, until, signature)
        self.assertEqual(asked.count("ask by e-mail"), 8)

    def test_nothing_is_looked_up_for_a_forged_link(self):
        _head, until, signature = self.path.rsplit("/", 2)
        self.assertEqual(self.anna._consent_ask_find_sudo(self.company, until, signature), self.anna)
        self.env.invalidate_all()
        forged = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        with self.assertQueryCount(0):
            self.assertFalse(self.anna._consent_ask_find_sudo(self.company, until, forged))
            self.assertFalse(self.anna._consent_ask_find_sudo(self.company, until, "0" * 16 + signature[16:]))

    def test_a_yes_sends_a_code_that_the_page_takes(self):
        self.company.write({"consent_confirm": True, "sms_provider": "sandbox"})
        self.assertIn("Type the code", self.post({**self.form(), "consent_order_sms": "1"}).text)
        self.assertEqual(self.verdict(self.anna), "consent_unconfirmed")
        self.env["sms.sms"].search([("code_id", "=", False)]).unlink()
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()
        body = self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)]).body
        code = re.search(r"\d{6}", body)[0]
        wrong = f"{(int(code) + 1) % 10**6:06}"
        self.assertIn("no longer works", self.post({**self.form(), "code": wrong}).text)
        self.assertIn("Confirmed", self.post({**self.form(), "code": code}).text)
        self.assertIsNone(self.verdict(self.anna))
        event = self.env["consent.event"].search([("kind", "=", "confirmed")])
        self.assertEqual((event.source, event.actor), ("email", "customer"))

    def test_a_colleague_who_opens_it_is_no_customer(self):
        clerk = new_test_user(self.env, "ask_clerk", "base.group_user")
        self.authenticate("ask_clerk", "ask_clerk")
        self.post({**self.form(), "consent_order_sms": "1"})
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertEqual(event.actor, f"user:{clerk.id}")

    def test_the_signature_is_in_no_log(self):
        heard = self.hear_logs("werkzeug")
        self.form()
        self.assertIn("GET /consent/answer/[code] ", heard.getvalue())
        self.assertNotIn(self.path.rsplit("/", 1)[1], heard.getvalue())

    def test_a_minor_is_not_asked_about_offers(self):
        self.anna.is_minor = True
        self.assertNotIn("Text me offers", self.url_open(self.path).text)
        self.post({**self.form(), "consent_order_sms": "1"})
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertIn("guardian", event.evidence)

    def test_under_the_contract_a_no_is_possible(self):
        self.order_sms.basis = "contract"
        self.assertIn("consent_stop_order_sms", self.url_open(self.path).text)
        self.post({**self.form(), "consent_stop_order_sms": "1"})
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_without_a_number_the_account_is_all_there_is(self):
        self.anna.phone = False
        self.assertTrue(self.anna._consent_ask_live_url().endswith("/my/privacy"))


class AskLinkTour(AskLinkCommon):
    """A customer's thumb on the page behind the link in an e-mail."""

    def test_answer_in_the_browser(self):
        self.env["res.lang"]._activate_lang(self.lang)
        self.anna.lang = self.lang
        with plain_browser(self) as hand:
            hand.open(self.path)
            self.assertEqual(hand.run("document.documentElement.lang"), self.lang.replace("_", "-"))
            hand.tap("input[name=consent_order_call]")
            hand.press("button[type=submit]")
            self.assertTrue(hand.sees("[role=status] h1"))
        self.assertIn(("order_call", "granted"), self.kinds())
        granted = self.env["consent.event"].search([("kind", "=", "granted"), ("partner_id", "=", self.anna.id)])
        self.assertEqual(granted.lang, self.lang)


globals().update(on_every_screen(AskLinkTour, __name__))
