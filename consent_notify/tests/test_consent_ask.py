import base64
import json
from hashlib import sha256

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .consent_common import NUMBER, ConsentCommon

PDF = b"%PDF-1.4\n%signed by hand\n%%EOF\n"
USER = "consent_notify.group_user,sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestConsentAsk(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "asking_clerk", USER)
        cls.anna.country_id = cls.env.ref("base.rs")  # of no law with words of its own

    def ask(self, record=None, **values):
        record = (record or self.anna).with_user(self.clerk)
        action = record.action_consent_ask()
        ask = self.env["consent.ask"].with_user(self.clerk).browse(action["res_id"])
        ask.write(values)
        return ask

    def choose(self, ask, **answers):
        for line in ask.line_ids:
            line.answer = answers.get(line.purpose_id.code, "none")
        return ask

    def kinds(self):
        events = self.env["consent.event"].search([("partner_id", "=", self.anna.id)], order="id")
        kinds = {}
        for event in events:
            kinds.setdefault(event.purpose_id.code, []).append(event.kind)
        return kinds

    def test_words_in_the_customers_language_and_nothing_chosen(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.anna.lang = "ru_RU"
        ask = self.ask()
        self.assertEqual(ask.lang, "ru_RU")
        self.assertIn("СМС", ask.line_ids[0].label)
        self.assertFalse(any(ask.line_ids.mapped("answer")))
        self.assertFalse(ask.place)
        self.assertNotIn(NUMBER[-10:], ask.masked_phone.replace(" ", ""))
        ask.lang = "en_US"
        self.assertIn("Text me", ask.line_ids[0].label, "the talk may be in another language")

    def test_where_the_consent_is_a_document_of_its_own_it_is_read_out(self):
        self.anna.country_id = self.env.ref("base.ru")
        ask = self.ask()
        [words] = {word.document for word in ask._words() if word.purpose_id == self.order_sms.id}
        self.assertTrue(words)
        self.assertIn(words, ask.details)
        page = (
            self.env["ir.actions.report"]._render_qweb_html("consent_notify.consent_paper", self.anna.ids)[0].decode()
        )
        self.assertIn(words.splitlines()[0][:40], page)

    def test_a_minor_is_asked_for_a_guardian_and_not_about_offers(self):
        self.anna.is_minor = True
        ask = self.ask(place="counter")
        self.assertNotIn(self.offer_sms, ask.line_ids.purpose_id)
        self.choose(ask, order_sms="granted").action_record()
        event = self.env["consent.event"].search([("partner_id", "=", self.anna.id), ("kind", "=", "granted")])
        self.assertIn("guardian", event.evidence)

    def test_stopping_reaches_what_is_not_asked(self):
        self.answer(self.anna, "granted", self.offer_sms)
        self.anna.is_minor = True
        self.ask(place="counter").action_stop()
        self.anna.is_minor = False
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_withdrawn")

    def test_three_answers(self):
        order = self.env["sale.order"].create({"partner_id": self.anna.id, "user_id": self.clerk.id})
        ask = self.choose(self.ask(order, place="telephone"), order_sms="granted", order_call="refused")
        ask.action_record()
        self.assertEqual(
            self.kinds(),
            {"order_sms": ["shown", "granted"], "order_call": ["shown", "refused"], "offer_sms": ["shown"]},
        )
        event = self.env["consent.event"].search([("kind", "=", "granted")], limit=1)
        self.assertEqual((event.source, event.actor), ("telephone", f"user:{self.clerk.id}"))
        self.assertEqual((event.order_name, event.lang), (order.name, "en_US"))
        self.assertIn("Text me about my order", event.text_id.label)
        self.assertTrue(event.is_intact)
        self.assertIsNone(self.verdict(self.anna))
        with self.assertRaisesRegex(UserError, "Choose an answer"):
            ask.action_record()  # the second click
        self.assertEqual(self.kinds()["order_sms"], ["shown", "granted"])

    def test_every_use_and_a_place(self):
        ask = self.ask()
        self.choose(ask, order_sms="granted")
        with self.assertRaisesRegex(UserError, "Choose where"):
            ask.action_record()
        ask.place = "counter"
        ask.line_ids[1].answer = False
        with self.assertRaisesRegex(UserError, "each use"):
            ask.action_record()
        self.assertFalse(self.kinds())

    def test_words_that_changed_meanwhile(self):
        ask = self.choose(self.ask(place="counter"), order_sms="granted")
        self.env.ref("consent_notify.notice_order_sms_en").copy({"label": "Text me."}).action_publish()
        with self.assertRaisesRegex(UserError, "words have changed"):
            ask.action_record()
        self.assertFalse(self.kinds())

    def test_told_us_to_stop(self):
        for purpose in (self.order_sms, self.offer_sms):
            self.answer(self.anna, "granted", purpose)
        ask = self.ask(place="telephone")
        self.assertEqual(ask.line_ids.mapped("standing"), ["granted", False, "granted"])
        self.choose(ask, offer_sms="withdrawn").action_record()
        self.assertEqual(self.verdict(self.anna, self.offer_sms), "consent_withdrawn")
        self.assertIsNone(self.verdict(self.anna))
        self.ask(place="counter").action_stop()
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        event = self.env["consent.event"].search([("kind", "=", "withdrawn")], limit=1)
        self.assertEqual((event.source, event.actor), ("counter", f"user:{self.clerk.id}"))

    def test_a_paper_counts_with_its_scan(self):
        ask = self.choose(self.ask(place="paper"), order_sms="granted")
        with self.assertRaisesRegex(UserError, "attach its scan"):
            ask.action_record()
        ask.scan = base64.b64encode(b"MZ not a paper")
        with self.assertRaisesRegex(UserError, "no PDF and no picture"):
            ask.action_record()
        self.assertFalse(self.kinds())
        ask.write({"scan": base64.b64encode(PDF), "scan_name": "paper.pdf"})
        ask.action_record()
        self.assertFalse(ask.scan, "the wizard keeps no copy")
        events = self.env["consent.event"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual({json.loads(event.evidence)["scan_sha256"] for event in events}, {sha256(PDF).hexdigest()})
        scan = events.scan_ids
        self.assertEqual((len(scan), scan.raw, scan.name), (1, PDF, "paper.pdf"))
        self.assertEqual(events[0].scan_ids, scan)
        self.assertFalse(scan.index_content)
        self.anna.user_id = self.clerk
        self.assertEqual(scan.with_user(self.clerk).raw, PDF)
        for change in (lambda s: s.unlink(), lambda s: s.write({"raw": b"other"})):
            with self.assertRaises(AccessError):
                change(scan.with_user(self.clerk))
        self.anna.user_id = new_test_user(self.env, "asking_other", USER)
        self.env["sale.order"].search([("partner_id", "=", self.anna.id)]).unlink()
        with self.assertRaises(AccessError):
            scan.with_user(self.clerk).check_access("read")

    def test_the_paper_goes_with_the_number(self):
        ask = self.choose(self.ask(place="paper", scan=base64.b64encode(PDF)), order_sms="granted")
        ask.action_record()
        event = self.env["consent.event"].search([("kind", "=", "granted"), ("partner_id", "=", self.anna.id)])
        scan = event.scan_ids
        self.assertTrue(scan)
        self.env["consent.event"]._destroy_scans_sudo([(self.anna.id, self.digest("+79161234569"))])
        self.assertTrue(scan.exists(), "another number's paper stays")
        self.env["consent.retention"]._blank([(self.anna.id, self.digest())])
        self.assertFalse(scan.exists())

    def test_without_a_number_there_is_nothing_to_ask(self):
        self.anna.phone = False
        with self.assertRaisesRegex(UserError, "no number"):
            self.ask()

    def test_only_those_with_rights(self):
        stranger = new_test_user(self.env, "asking_stranger", "base.group_user,base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.anna.with_user(stranger).action_consent_ask()
        ask = self.choose(self.ask(place="counter"), order_sms="granted")
        other = self.env["res.company"].create({"name": "Other Shop"})
        self.env.cr.execute("UPDATE consent_ask SET company_id = %s WHERE id = %s", [other.id, ask.id])
        ask.invalidate_recordset()
        with self.assertRaises(UserError):
            ask.action_record()
        self.assertFalse(self.kinds())

    def test_the_form_to_sign(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.anna.lang = "ru_RU"
        report = self.env["ir.actions.report"].with_user(self.clerk)
        page = report._render_qweb_html("consent_notify.consent_paper", self.anna.ids)[0].decode()
        self.assertIn("Присылайте СМС", page)
        self.assertEqual(page.count("☐"), 6)
        self.assertNotIn(NUMBER[-10:], page)
        [line] = self.ask().line_ids.filtered(lambda line: line.purpose_id == self.order_sms)
        self.assertIn(line.text_code, page, "the paper and the wizard name the same words")

    def test_the_form_printed_from_ask_is_the_form_that_is_kept(self):
        """In the language of the talk, in the name of the order's company, in the words of its website."""
        self.env["res.lang"]._activate_lang("ru_RU")
        shop = self.env["res.company"].create({"name": "Other Atelier", "sms_provider": "sandbox"})
        website = self.env["website"].create({"name": "Other Shop", "company_id": shop.id})
        own = {"company_id": shop.id, "website_id": website.id, "label": "Пишите мне.", "statement": "Мы пишем."}
        self.env.ref("consent_notify.notice_order_sms_ru").copy(own).action_publish()
        self.order_sms.basis = "contract"
        self.clerk.company_ids += shop
        order = (
            self.env["sale.order"]
            .with_company(shop)
            .create(
                {"partner_id": self.anna.id, "user_id": self.clerk.id, "company_id": shop.id, "website_id": website.id}
            )
        )
        words = self.env["consent.notice"]._words_sudo(shop, website, "ru_RU", self.anna.country_id)
        texts = self.env["consent.notice.text"]._keep_sudo(box for _words, box in words)
        refused = self.env["consent.notice.text"].browse(texts[words[0][1].sha256])
        where = {"source": "counter", "order_name": "S00001"}
        self.env["consent.event"]._record_sudo(self.anna, shop, [(self.order_sms, "refused", refused)], **where)
        ask = self.ask(order, lang="ru_RU", place="paper", scan=base64.b64encode(PDF))
        action = ask.action_print()
        report = self.env["ir.actions.report"].with_user(self.clerk)
        content = report._render_qweb_html(action["report_name"], action["context"]["active_ids"])[0]
        page = html.fromstring(content)
        codes = [small.text_content().split()[-1] for small in page.xpath("//td/small")]
        self.choose(ask, order_sms="granted").action_record()
        events = self.env["consent.event"].search([("order_name", "=", order.name), ("kind", "=", "shown")], order="id")
        self.assertEqual(codes, [text.sha256[:6].upper() for text in events.text_id])
        self.assertEqual(events[0].text_id.label, "Пишите мне.", "a box again, after a no")
        text = page.text_content()
        for part in ("Other Atelier", "Пишите мне."):
            self.assertIn(part, text)
        self.assertEqual(set(events.mapped("lang")), {"ru_RU"})
        self.assertEqual(len(codes), 3)
