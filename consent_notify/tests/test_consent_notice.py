from hashlib import sha256

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools import shown_token
from .consent_common import ConsentCommon


@tagged("post_install", "-at_install")
class TestConsentNotice(ConsentCommon, TransactionCase):
    def words(self, lang="en_US", website=None, country=None):
        """Return {purpose code: words} as a customer would see them."""
        pairs = self.env["consent.notice"]._words_sudo(self.company, website, lang, country)
        return {words.code: words for words, _box in pairs}

    def draft(self, **values):
        return self.env.ref("consent_notify.notice_order_sms_en").copy({"label": "Text me.", **values})

    def test_three_purposes_are_asked_and_service_is_not(self):
        self.assertEqual(list(self.words()), ["order_sms", "order_call", "offer_sms"])
        self.offer_sms.active = False
        self.assertEqual(list(self.words()), ["order_sms", "order_call"])

    def test_russian_words_are_ready(self):
        words = self.words("ru_RU")["order_sms"]
        self.assertEqual(words.label, "Присылайте СМС о заказе, например, когда он готов к получению.")
        self.assertIn("удаляет через 12 месяцев", words.details)
        self.order_sms.term_months = 3
        self.assertIn("через 3 месяца", self.words("ru_RU")["order_sms"].details)

    def test_an_unknown_language_falls_back(self):
        self.assertEqual(self.words("fr_BE")["order_sms"].lang, "en_US")
        self.assertEqual(self.words("en_GB")["order_sms"].lang, "en_US")

    def test_receivers_follow_the_provider(self):
        self.assertIn("who receives it: Twilio.", self.words()["order_sms"].details)
        self.company.sms_provider = "iap"
        self.assertIn("who receives it: Odoo.", self.words()["order_sms"].details)
        self.company.sms_provider = "sandbox"
        self.assertIn("test mode", self.words()["order_sms"].details)

    def test_receivers_name_who_carries_out_the_order(self):
        provider = self.env["payment.provider"].create({"name": "Payer", "code": "none", "consent_needs_phone": True})
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Bike Courier",
                "product_id": self.env["product.product"].create({"name": "Bike", "type": "service"}).id,
                "needs_phone": True,
            }
        )
        self.assertIn("who receives it: Twilio.", self.words()["order_sms"].details, "neither is open to customers")
        provider.state, carrier.is_published = "enabled", True
        self.assertIn("who receives it: Twilio, Payer, Bike Courier.", self.words()["order_sms"].details)
        self.assertIn("получает: Twilio, Payer, Bike Courier.", self.words("ru_RU")["order_sms"].details)
        with self.assertQueryCount(0):
            self.words()
        self.company.sms_provider = "sandbox"
        self.assertIn("who receives it: Payer, Bike Courier.", self.words()["order_sms"].details)
        carrier.name = "Walking Courier"
        self.assertIn("Walking Courier", self.words()["order_sms"].details)
        carrier.needs_phone = provider.consent_needs_phone = False
        self.assertIn("test mode", self.words()["order_sms"].details)

    def test_the_shop_is_named_and_can_be_called(self):
        self.company.write({"name": "Atelier Iva", "phone": "+7 495 000-00-01"})
        details = self.words()["order_sms"].details
        self.assertTrue(details.startswith("Atelier Iva keeps your number encrypted"))
        self.assertIn("+7 495 000-00-01", details)
        self.company.write({"phone": False, "email": "shop@example.com"})
        self.assertIn("shop@example.com", self.words()["order_sms"].details)

    def test_a_name_with_braces_fills_nothing_else(self):
        self.company.name = "{receivers} & <b>"
        self.assertTrue(self.words()["order_sms"].details.startswith("{receivers} & <b> keeps"))

    def test_words_cost_no_query_once_cached(self):
        self.words()
        with self.assertQueryCount(0):
            self.words()

    def test_published_words_stay(self):
        notice = self.env.ref("consent_notify.notice_order_sms_en")
        self.assertEqual((notice.state, notice.version), ("published", 1))
        for name in ("label", "details", "intro", "statement"):
            with self.assertRaises(UserError):
                notice[name] = "Something else"
        with self.assertRaises(UserError):
            notice.unlink()
        notice.active = False
        self.assertNotIn("order_sms", [w for w in self.words() if self.words()[w].lang == "en_US"])

    def test_a_new_version_replaces_the_old_one(self):
        draft = self.draft()
        self.assertEqual((draft.state, draft.version), ("draft", 0))
        self.assertNotEqual(self.words()["order_sms"].label, "Text me.")
        draft.action_publish()
        self.assertEqual(draft.version, 2)
        self.assertEqual(self.words()["order_sms"].label, "Text me.")
        self.draft().unlink()

    def test_writing_the_state_publishes(self):
        draft = self.draft()
        draft.write({"state": "published", "label": "Yes, text me."})
        self.assertEqual((draft.state, draft.version, draft.label), ("published", 2, "Yes, text me."))
        self.assertEqual(self.words()["order_sms"].label, "Yes, text me.")
        self.order_sms.basis = "contract"
        with self.assertRaisesRegex(UserError, "rests on the contract"):
            self.draft(statement=False).write({"state": "published"})

    def test_the_nearest_words_win(self):
        website, russia = self.env.ref("website.default_website"), self.env.ref("base.ru")
        self.draft(company_id=self.company.id, label="company").action_publish()
        self.assertEqual(self.words()["order_sms"].label, "company")
        self.draft(company_id=self.company.id, website_id=website.id, label="website").action_publish()
        self.assertEqual(self.words(website=website)["order_sms"].label, "website")
        self.draft(jurisdiction_id=russia.id, label="law").action_publish()
        self.assertEqual(self.words(website=website, country=russia)["order_sms"].label, "law")
        self.assertEqual(self.words()["order_sms"].label, "company")

    def test_unknown_placeholders_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "placeholder"):
            self.draft(details="{company.env}{user}")

    @mute_logger("odoo.sql_db")
    def test_marketing_is_consent_only(self):
        for purpose in (self.offer_sms, self.service):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                purpose.basis = "contract"
                purpose.flush_recordset()
        self.order_call.basis = "contract"
        self.assertEqual(
            self.words()["order_call"].label, "We may call you about your order, for example to agree on the delivery."
        )
        self.assertFalse(self.words()["order_call"].has_box)

    def test_a_code_never_changes(self):
        with self.assertRaises(UserError):
            self.order_sms.code = "other"
        self.assertEqual(self.env["consent.purpose"]._by_code("order_sms"), self.order_sms)
        self.assertFalse(self.env["consent.purpose"]._by_code("nothing"))

    def test_shown_words_are_kept_once(self):
        keep = self.env["consent.notice.text"]._keep_sudo
        words = list(self.words().values())
        first = keep(words)
        self.assertEqual(keep(words), first)
        self.company.sms_provider = "iap"
        self.assertFalse(set(keep(self.words().values()).values()) & set(first.values()))
        text = self.env["consent.notice.text"].browse(first[words[0].sha256])
        self.assertIn("Twilio", text.details, "what was shown is what is kept")


@tagged("post_install", "-at_install")
class TestShownToken(TransactionCase):
    """The hidden field, without a shop around it."""

    items = [(7, shown_token.BOX, "a" * 64), (8, shown_token.STANDING, "0" * 64), (9, shown_token.TOLD, "f" * 64)]
    scope = ("1", "2", "3")

    @staticmethod
    def mac(*parts):
        return sha256(repr(parts).encode()).hexdigest()

    def test_there_and_back(self):
        token = shown_token.write(self.mac, self.scope, self.items, 1000)
        self.assertEqual(shown_token.read(self.mac, self.scope, token, 1001), (self.items, True))
        self.assertEqual(shown_token.opened_at(self.mac, self.scope, token, 1001), 1000)
        self.assertIsNone(shown_token.opened_at(self.mac, ("4", "2", "3"), token, 1001))

    def test_elsewhere_later_and_earlier_it_is_not_genuine(self):
        token = shown_token.write(self.mac, self.scope, self.items, 1000)
        for scope, now in (
            (("4", "2", "3"), 1001),
            (self.scope, 1001 + shown_token.LIFETIME),
            (self.scope, 999),
        ):
            self.assertEqual(shown_token.read(self.mac, scope, token, now), (self.items, False))

    def test_every_changed_character_shows(self):
        token = shown_token.write(self.mac, self.scope, self.items[:1], 1000)
        for i, old in enumerate(token):
            forged = token[:i] + ("1" if old != "1" else "2") + token[i + 1 :]
            self.assertFalse(shown_token.read(self.mac, self.scope, forged, 1001)[1], i)

    def test_rubbish_has_no_items(self):
        for rubbish in (None, "", ".", "..", "1.7bx.0", "x" * 10**5, "1." + "7b" + "a" * 64 + "." + "0" * 31):
            self.assertEqual(shown_token.read(self.mac, self.scope, rubbish, 1), ([], False))
