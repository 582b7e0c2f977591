"""The checkout under the law of the customer's country: other words on the form, and a document beside the box."""

from lxml import html

from odoo.tests import HttpCase, tagged

from .checkout_common import BLOCK, CheckoutCommon
from .consent_common import NUMBER

LINK = ".//a[contains(@href, '/consent/document/')]"


@tagged("post_install", "-at_install")
class TestLawAtCheckout(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.put_in_cart()
        self.russia = self.env.ref("base.ru")

    def block_for(self, country, **query):
        arguments = "&".join(f"{name}={value}" for name, value in {"country_id": country, **query}.items())
        answer = self.url_open(f"/shop/consent_words?{arguments}")
        self.assertEqual(answer.status_code, 200)
        if not answer.text:
            return None
        page = html.fromstring(answer.content)
        [block] = [page] if page.tag == "fieldset" else page.xpath(BLOCK)
        return block

    def token(self, block):
        return block.xpath(".//input[@name='consent_shown']")[0].get("value")

    def test_another_country_brings_other_words(self):
        self.assertIn("data protection authority", self.block_for(self.belgium.id).text_content())
        russian = self.block_for(self.russia.id)
        self.assertIn("described in the document", russian.text_content())
        self.assertEqual(len(russian.xpath(LINK)), 3)
        self.assertFalse(russian.xpath(".//input[@checked]"))

    def test_what_was_shown_is_what_is_recorded(self):
        block = self.block_for(self.russia.id)
        order = self.taken(
            self.address(country_id=self.russia.id, consent_shown=self.token(block), consent_order_sms="1")
        )
        event = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertEqual(event.notice_id, self.env.ref("consent_notify.notice_order_sms_en_ru"))
        self.assertIn("Consent to the processing of personal data", event.text_id.document)
        path = block.xpath(LINK)[0].get("href")
        self.assertTrue(path.endswith(event.text_id.sha256), "the document's hash is that of the event's words")
        self.assertIsNone(self.verdict(order.partner_id, number=NUMBER))

    def test_without_scripts_the_log_says_what_stood_there(self):
        order = self.taken(self.address(country_id=self.russia.id, consent_order_sms="1"))
        event = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "granted")])
        self.assertFalse(event.text_id.document)

    def test_odd_questions_have_quiet_answers(self):
        for country in ("", "x", "-1", "9" * 40, "٣", "999999999"):
            self.assertIsNotNone(self.block_for(country))
        self.assertIsNotNone(self.block_for(self.belgium.id, partner_id="x"))
        self.assertIsNotNone(self.block_for(self.belgium.id, partner_id=self.anna.id), "a new cart has no partner yet")
        self.taken(self.address())
        self.assertIsNone(self.block_for(self.belgium.id, partner_id=self.anna.id), "a stranger's answers stay unseen")
        self.env["consent.notice"].search([]).active = False
        self.assertIsNone(self.block_for(self.belgium.id))

    def test_without_a_cart_nothing_is_shown(self):
        self.opener.cookies.clear()
        self.assertIsNone(self.block_for(self.belgium.id))


@tagged("post_install", "-at_install")
class TestConsentDocument(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.notice = self.env.ref("consent_notify.notice_offer_sms_ru_ru")

    def path(self, notice=None, sha=None):
        notice = notice or self.notice
        words = notice._words(self.website.company_id, website=self.website)
        return f"/consent/document/{notice.id}/{sha or words.sha256}"

    def test_the_page_is_the_document(self):
        words = self.notice._words(self.website.company_id, website=self.website)
        answer = self.url_open(self.path())
        self.assertEqual(answer.status_code, 200)
        text = answer.text
        for line in words.document.splitlines():
            self.assertIn(line.replace("&", "&amp;"), text)
        self.assertIn(words.sha256, text)
        self.assertNotIn("<script", text)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertIn('lang="ru-RU"', text)

    def test_what_somebody_saw_stays_readable(self):
        self.env["consent.notice.text"]._keep_sudo([self.notice._words(self.company, website=self.website)])
        old, name = self.path(), self.company.name
        self.company.name = "Another Name"
        page = self.url_open(old).text
        self.assertIn(f"оператору: {name},", page)
        self.assertNotEqual(old, self.path())

    def test_whatever_is_no_document_is_not_found(self):
        draft = self.notice.copy()
        plain = self.env.ref("consent_notify.notice_offer_sms_ru")
        for path in (
            self.path(sha="0" * 64),
            self.path(sha="x"),
            self.path(draft),
            self.path(plain),
            self.path().replace(f"/{self.notice.id}/", f"/{plain.id}/"),
            self.path().replace(f"/{self.notice.id}/", f"/{'9' * 30}/"),
            "/consent/document/0/" + "0" * 64,
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)

    def test_looking_agrees_to_nothing(self):
        def rows():
            self.env.cr.execute(
                "SELECT (SELECT count(*) FROM consent_event), (SELECT count(*) FROM consent_notice_text)"
            )
            return self.env.cr.fetchone()

        before = rows()
        self.url_open(self.path())
        self.assertEqual(rows(), before)
