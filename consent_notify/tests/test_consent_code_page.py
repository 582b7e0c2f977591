import re

from odoo.tests import HttpCase, new_test_user, tagged

from ..models.consent_link_try import WRONG_TRIES
from .checkout_common import CheckoutCommon
from .consent_common import NUMBER, OTHER
from .privacy_common import PAGE, PrivacyCommon

CODE = "/my/number/code"


class CodePage:
    def code_form(self, page):
        forms = page.xpath(f"//form[@action='{CODE}']")
        return dict(forms[0].form_values()) if forms else None

    def codes(self, partner):
        self.run_queue()
        texts = self.env["sandbox.message"].search([("partner_id", "=", partner.id)], order="id").mapped("body")
        return [match[0] for match in map(re.compile(r"\d{6}").search, texts) if match]

    def type_code(self, form, code, **values):
        return self.url_open(CODE, data={**form, "do": "check", "code": code, **values})

    def wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06}"


@tagged("post_install", "-at_install")
class TestCodeInPortal(CodePage, PrivacyCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.company.consent_confirm = True

    def test_a_yes_sends_a_code_and_the_code_confirms(self):
        page = self.page()
        self.assertFalse(self.code_form(page))
        self.switch("order_sms", "give", page)
        page = self.page()
        form = self.code_form(page)
        self.assertIn("Is +7", self.text(page))
        self.assertEqual(self.verdict(self.owner), "consent_unconfirmed")
        [code] = self.codes(self.owner)
        self.assertIn("wrong or no longer works", self.type_code(form, self.wrong(code)).text)
        answer = self.type_code(form, code)
        self.assertIn("Confirmed: this number is yours", answer.text)
        self.assertIsNone(self.verdict(self.owner))
        self.assertFalse(self.code_form(self.page()))
        self.assertIn(("order_sms", "confirmed"), self.events())

    def test_whoever_holds_the_handset_reads_its_number(self):
        self.answer(self.owner, "granted", source="portal", order_name=False)
        self.assertNotIn(NUMBER[-10:], re.sub(r"[^\d]", "", self.text(self.page())))
        [code] = self.codes(self.owner)
        self.type_code(self.code_form(self.page()), code)
        self.assertIn(NUMBER[-10:], re.sub(r"[^\d]", "", self.text(self.page())))

    def test_another_can_be_asked_for(self):
        self.answer(self.owner, "granted")
        form = self.code_form(self.page())
        self.assertFalse(self.codes(self.owner), "the yes was given elsewhere")
        sent = [self.url_open(CODE, data={**form, "do": "send"}) for _time in range(3)]
        self.assertEqual(len({answer.text.count("it is on its way") for answer in sent}), 1)
        self.assertEqual(len(self.codes(self.owner)), 1)

    def test_the_refusals_are_alike(self):
        stranger = new_test_user(self.env, "code_stranger", "base.group_portal").partner_id
        stranger.phone = OTHER
        self.answer(stranger, "granted", source="portal", order_name=False)
        self.answer(self.owner, "granted", source="portal", order_name=False)
        form = self.code_form(self.page())
        [code], [theirs] = self.codes(self.owner), self.codes(stranger)
        answers = [
            self.type_code(form, self.wrong(code)),
            self.type_code(form, ""),
            self.type_code(form, "x" * 100_000),
            self.type_code(form, theirs, contact=stranger.id),
            self.type_code(form, code, contact="0"),
        ]
        token = re.compile(r'csrf_token: "[^"]+"|name="csrf_token" value="[^"]+"|value="[0-9a-fx.~]{64,}"')
        self.assertEqual(len({token.sub("", answer.text) for answer in answers}), 1)
        self.assertEqual(self.verdict(stranger, number=OTHER), "consent_unconfirmed")
        asked = [self.url_open(CODE, data={**form, "do": "send", "contact": who}) for who in (stranger.id, "0", "x")]
        self.assertTrue(all("on its way" in answer.text for answer in asked))
        self.assertEqual(len(self.codes(stranger)), 1)

    def test_who_tries_too_often_is_heard_no_more(self):
        self.answer(self.owner, "granted", source="portal", order_name=False)
        form = self.code_form(self.page())
        [code] = self.codes(self.owner)
        with self.behind_proxy(address="198.51.100.7"):
            for _time in range(WRONG_TRIES):
                self.url_open(CODE, data={**form, "contact": "0", "do": "check", "code": "1"})
            self.assertIn("no longer works", self.type_code(form, code).text)
        with self.behind_proxy(address="198.51.100.8"):
            self.assertIn("Confirmed", self.type_code(form, code).text)

    def test_the_way_back_is_ours(self):
        form = {"csrf_token": self.token(), "do": "send", "contact": "1"}
        for back in ("https://evil.example.com", "//evil.example.com", "", "portal"):
            answer = self.url_open(CODE, data={**form, "back": back}, allow_redirects=False)
            self.assertEqual(answer.headers["Location"].split("?")[0].removeprefix(self.base_url()), PAGE)

    def test_with_the_setting_off_nobody_is_asked(self):
        self.company.consent_confirm = False
        self.answer(self.owner, "granted", source="portal")
        self.assertFalse(self.code_form(self.page()))


@tagged("post_install", "-at_install")
class TestCodeAfterOrder(CodePage, CheckoutCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.list_price = 0.0  # so that no payment provider is needed
        cls.company.write({"account_sale_tax_id": False, "sms_provider": "sandbox", "consent_confirm": True})
        cls.env["sms.sms"].search([]).unlink()

    def run_queue(self):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()

    def place_order(self, **values):
        self.put_in_cart()
        self.taken(self.address(**values))
        self.assertFalse(self.codes(self.order().partner_id), "no page to type it on yet")
        self.page("/shop/checkout")
        page = self.page("/shop/payment")
        [form] = page.xpath("//div[@name='o_website_sale_free_cart']//form | //form[@action='/shop/payment/validate']")[
            :1
        ]
        self.url_open("/shop/payment/validate", data=dict(form.form_values()))
        self.assertEqual(self.order().state, "sale")
        return self.order()

    def test_a_guest_confirms_on_the_page_that_thanks(self):
        order = self.place_order(consent_order_sms="1")
        partner = order.partner_id
        [code] = self.codes(partner)
        self.assertEqual(self.verdict(partner), "consent_unconfirmed")
        page = self.page("/shop/confirmation")
        form = self.code_form(page)
        self.assertNotIn(
            NUMBER[-7:], re.sub(r"[^\d]", "", page.xpath("//div[contains(@class, 'o_consent_code')]")[0].text_content())
        )
        answer = self.type_code(form, self.wrong(code))
        self.assertIn("wrong or no longer works", answer.text)
        answer = self.type_code(form, code)
        self.assertIn("Confirmed: this number is yours", answer.text)
        self.assertIn(order.name, answer.text)
        self.assertIsNone(self.verdict(partner))
        self.assertEqual(self.events(order)["order_sms"], ["shown", "granted"])
        confirmed = self.env["consent.event"].search([("kind", "=", "confirmed")])
        self.assertEqual((confirmed.partner_id, confirmed.source), (partner, "checkout"))

    def test_another_session_cannot_type_it(self):
        order = self.place_order(consent_order_sms="1")
        [code] = self.codes(order.partner_id)
        form = self.code_form(self.page("/shop/confirmation"))
        self.opener.cookies.clear()
        token = self.page("/shop").xpath("//input[@name='csrf_token']/@value")
        answer = self.type_code({**form, "csrf_token": token[0] if token else ""}, code)
        self.assertLess(answer.status_code, 500)
        self.assertEqual(self.verdict(order.partner_id), "consent_unconfirmed")

    def test_who_refused_is_not_asked(self):
        order = self.place_order()
        self.assertFalse(self.codes(order.partner_id))
        self.assertFalse(self.code_form(self.page("/shop/confirmation")))
