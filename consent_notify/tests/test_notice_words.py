"""The words as texts: what they leave out, what changed, and the ready ones for each law."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools.notice_words import ITEMS, diff, diff_html, fill, missing
from ..tools.words import hash_of
from .consent_common import ConsentCommon

ALL_EN = (
    "{company}: texts, for example when it is ready; kept {term}, encrypted; {receivers}; never sold;"
    " you may correct or erase it, stop: {phone}. Genuine: {sender}, {host}."
)


@tagged("post_install", "-at_install")
class TestNoticeWords(TransactionCase):
    def test_nothing_is_missing_where_all_is_told(self):
        self.assertEqual(missing(ALL_EN, "en_GB"), [])

    def test_each_thing_left_out_is_named(self):
        for part, item in (
            ("{company}", "who"), ("for example", "example"), ("{term}", "term"), ("encrypted", "protection"),
            ("{receivers}", "receivers"), ("sold", "sold"), ("correct or erase", "rights"), ("stop", "withdraw"),
            ("{phone}", "contact"), ("{sender}", "sender"), ("{host}", "host"),
        ):  # fmt: skip
            self.assertEqual(missing(ALL_EN.replace(part, ""), "en_US"), [item], part)
        self.assertEqual(missing("", "ru_RU"), list(ITEMS))

    def test_an_unknown_language_is_asked_for_placeholders_only(self):
        self.assertEqual(missing("{company} {term} {receivers} {phone} {sender} {host}", "fr_FR"), [])

    def test_a_difference_is_told_word_by_word(self):
        self.assertEqual(
            diff("Text me offers.", "Text me news."), [("=", "Text me "), ("-", "offers"), ("+", "news"), ("=", ".")]
        )
        self.assertEqual(diff_html("", "a <b>"), "<ins>a &lt;b&gt;</ins>")
        self.assertEqual(diff_html("<b>", ""), "<del>&lt;b&gt;</del>")

    def test_what_a_value_holds_is_not_filled_again(self):
        self.assertEqual(fill(" {company} {x} ", {"company": "{host}", "host": "no"}), "{host} {x}")

    def test_a_document_is_part_of_what_was_shown(self):
        plain = hash_of(1, "en_US", "i", "l", "d")
        self.assertEqual(plain, hash_of(1, "en_US", "i", "l", "d", ""), "as before there were documents")
        self.assertNotEqual(plain, hash_of(1, "en_US", "i", "l", "d", "x"))


@tagged("post_install", "-at_install")
class TestReadyWords(ConsentCommon, TransactionCase):
    def words(self, country, lang="en_US"):
        pairs = self.env["consent.notice"]._words_sudo(self.company, None, lang, country and self.env.ref(country))
        return {words.code: words for words, _box in pairs}

    def notices(self):
        return self.env["consent.notice"].search([("purpose_id", "!=", self.service.id)])

    def test_every_ready_notice_tells_everything(self):
        for notice in self.notices():
            self.assertEqual(notice.hints, "", notice.display_name)
        for company_field in ("name", "phone"):
            self.assertTrue(self.company[company_field])

    def test_every_rule_has_a_source_and_a_date(self):
        ready = self.notices().filtered(lambda notice: notice.jurisdiction_id or notice.jurisdiction_group_id)
        self.assertEqual(len(ready), 4 * 3 * 2)
        for notice in ready:
            self.assertTrue(notice.law_source and notice.law_date, notice.display_name)

    def test_the_customer_s_country_chooses_the_law(self):
        for country, part in (
            ("base.be", "data protection authority"),
            ("base.uk", "Information Commissioner"),
            ("base.us", "Message frequency varies; message and data rates may apply"),
        ):
            for code, words in self.words(country).items():
                self.assertIn(part, words.details, (country, code))
        self.assertIn("not a condition of any purchase", self.words("base.us")["offer_sms"].details)
        self.company.sms_twilio_number_ids = [
            (0, 0, {"country_id": self.env.ref("base.us").id, "number": "+15005550006"})
        ]
        self.assertIn("STOP", self.words("base.us", "ru_RU")["order_sms"].details)
        for country in (None, "base.jp"):
            self.assertFalse(self.words(country)["order_sms"].details.count("authority"))

    def test_the_language_comes_before_the_law(self):
        draft = self.env.ref("consent_notify.notice_order_sms_en").copy({"lang": "fr_BE", "label": "Oui."})
        draft.action_publish()
        self.assertEqual(self.words("base.be", "fr_BE")["order_sms"].label, "Oui.")

    def test_a_country_wins_over_its_group(self):
        draft = self.env.ref("consent_notify.notice_order_sms_en_eu").copy(
            {"jurisdiction_group_id": False, "jurisdiction_id": self.env.ref("base.be").id, "label": "Belgians only."}
        )
        draft.action_publish()
        self.assertEqual(self.words("base.be")["order_sms"].label, "Belgians only.")
        self.assertNotEqual(self.words("base.fr")["order_sms"].label, "Belgians only.")
        with self.assertRaises(ValidationError):
            draft.copy({"jurisdiction_group_id": self.env.ref("base.europe").id})

    def test_a_country_that_leaves_its_group_has_other_words(self):
        self.words("base.be")
        self.env.ref("base.europe").country_ids -= self.env.ref("base.be")
        self.assertNotIn("data protection authority", self.words("base.be")["order_sms"].details)

    def test_each_russian_consent_is_a_document_of_its_own(self):
        for lang in ("en_US", "ru_RU"):
            words = self.words("base.ru", lang)
            self.assertEqual(len({word.document for word in words.values()}), 3)
            for word in words.values():
                self.assertIn(self.company.name, word.document)
                self.assertNotIn("{", word.document)
                self.assertIn("описанное в документе" if lang == "ru_RU" else "described in the document", word.label)
        self.assertFalse(any(word.document for word in self.words("base.be").values()))
        self.order_sms.basis = "contract"
        self.assertFalse(self.words("base.ru")["order_sms"].document, "where nothing is agreed to, there is none")

    def test_the_genuine_sender_is_told(self):
        number = self.env["sms.twilio.number"].create(
            {"number": "+12025550100", "company_id": self.company.id, "country_id": self.env.ref("base.us").id}
        )
        self.assertIn("texts come from +12025550100;", self.words(None)["order_sms"].details)
        number.number = "+12025550101"
        self.assertIn("texts come from +12025550101;", self.words(None)["order_sms"].details)
        self.company.consent_sender = "ATELIER"
        self.assertIn("texts come from ATELIER;", self.words(None)["order_sms"].details)
        self.company.consent_sender = False
        number.unlink()
        self.assertIn(f"texts come from {self.company.name};", self.words(None)["order_sms"].details)

    def test_the_genuine_host_is_that_of_the_links(self):
        host = self.env["consent.link"]._host(self.company)
        self.assertIn(f"their links begin with {host}/u/", self.words(None)["order_sms"].details)
        self.env["ir.config_parameter"].set_param("web.base.url", "https://atelier.example/")
        self.company.website_id.domain = False
        self.assertIn("their links begin with atelier.example/u/", self.words(None)["order_sms"].details)

    def test_published_words_are_hashed_and_stay(self):
        notice = self.env.ref("consent_notify.notice_order_sms_ru_ru")
        self.assertTrue(notice.is_intact)
        self.assertEqual(len(notice.sha256), 64)
        for name in ("document", "change", "sha256", "published_at", "jurisdiction_group_id"):
            with self.assertRaises(UserError):
                notice[name] = False
        notice.law_date = "2026-12-01"  # somebody compared again
        self.env.flush_all()
        self.env.cr.execute("UPDATE consent_notice SET document = document || '.' WHERE id = %s", [notice.id])
        notice.invalidate_recordset()
        self.assertFalse(notice.is_intact)
        self.env.cr.execute("UPDATE consent_notice SET sha256 = %s WHERE id = %s", [notice._sha256(), notice.id])
        notice.invalidate_recordset()
        self.assertFalse(notice.is_intact, "who has no key changes the hash with the words, and not the keyed one")
