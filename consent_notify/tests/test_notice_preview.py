"""What the words look like before they are published."""

from lxml import html

from odoo.tests import TransactionCase, tagged

from .consent_common import ConsentCommon


@tagged("post_install", "-at_install")
class TestNoticePreview(ConsentCommon, TransactionCase):
    def draft(self, name="notice_order_call_en", **values):
        return self.env.ref(f"consent_notify.{name}").copy(values)

    def block(self, notice):
        return html.fromstring(str(notice.preview_html))

    def test_it_is_the_block_of_the_checkout(self):
        draft = self.draft(label="Ring me, for example on Sundays.")
        block = self.block(draft)
        self.assertEqual(block.tag, "fieldset")
        labels = [label.text_content() for label in block.xpath(".//label")]
        self.assertEqual(len(labels), 3, labels)
        self.assertEqual(labels[1], "Ring me, for example on Sundays.")
        self.assertEqual(len(block.xpath(".//p")), 2, "the same words are shown once")
        pairs = draft._words_sudo(self.company, None, "en_US")
        self.assertEqual(len(pairs), 3, "asked of a record, it is the same question")
        draft.details = "Other details of {company}."
        self.assertIn(f"Other details of {self.company.name}.", self.block(draft).text_content())

    def test_markup_in_words_is_text(self):
        block = self.block(self.draft(label="<b onclick='x'>Ring</b>"))
        self.assertFalse(block.xpath(".//b"))

    def test_without_a_box_it_is_the_statement(self):
        self.order_call.basis = "contract"
        block = self.block(self.draft(statement="We ring you."))
        self.assertFalse(block.xpath(".//*[@id='consent_order_call']"))
        self.assertIn("We ring you.", block.text_content())

    def test_words_of_one_country_stand_beside_those_of_that_country(self):
        block = self.block(self.draft("notice_order_call_en_ru", label="Ring."))
        self.assertEqual(len(block.xpath(".//a")), 3, "each with its document")
        self.assertIn("Roskomnadzor", self.draft("notice_order_call_en_ru").preview_document)

    def test_a_service_notice_is_shown_alone(self):
        self.assertEqual(len(self.block(self.draft("notice_service_en")).xpath(".//label")), 1)

    def test_while_it_is_typed(self):
        values = {"purpose_id": self.order_call.id, "lang": "en_US", "intro": "a", "label": "Ring.", "details": "c"}
        notice = self.env["consent.notice"].new(values)
        self.assertIn("Ring.", notice.preview_html)
        self.assertFalse(self.env["consent.notice"].new({"lang": "en_US"}).preview_html)

    def test_a_text_of_an_order_that_is_ready(self):
        self.company.consent_sender = "ATELIER"
        sample = html.fromstring(str(self.draft("notice_order_sms_en").sms_sample))
        sender, text, size = [div.text_content() for div in sample.xpath("./div")]
        self.assertEqual(sender, "ATELIER")
        self.assertIn("order S00042 is ready to collect", text)
        self.assertIn("/u/", text)
        self.assertIn("billed as 1 SMS", size)
        self.assertFalse(self.draft("notice_order_call_en").sms_sample, "a call is no text")

    def test_hints_name_what_is_left_out_and_block_nothing(self):
        draft = self.draft(details="{company}")
        self.assertIn("That it is never sold.", draft.hints)
        self.assertIn("{host}", draft.hints)
        draft.action_publish()
        self.assertEqual(draft.state, "published")
