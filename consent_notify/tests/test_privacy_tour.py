from unittest.mock import patch

from ..models import consent_code
from .privacy_common import PrivacyCommon
from .tour_common import on_every_screen


class PrivacyTour(PrivacyCommon):
    """A customer's hands on the privacy page, in Chromium."""

    def setUp(self):
        super().setUp()
        website, lang = self.env.ref("website.default_website"), self.env["res.lang"]._activate_lang(self.lang)
        website.language_ids += lang
        self.owner.lang = self.lang
        self.prefix = "" if lang == website.default_lang_id else f"/{lang.url_code}"

    def test_switch_on_and_off_hours_download_and_erase(self):
        self.start_tour(f"{self.prefix}/my/home", "consent_notify_privacy", login="privacy_owner")
        wish = self.env["consent.request"].search([("partner_id", "=", self.owner.id)])
        self.assertEqual(wish.state, "open")
        answers = ["shown", "granted", "withdrawn", "shown", "granted", "withdrawn"]
        self.assertEqual([kind for code, kind in self.events() if code == "order_sms"], answers)
        self.assertEqual((self.owner.sms_hour_from, self.owner.sms_hour_to), (10, 18))
        mine = [("kind", "=", "granted"), ("partner_id", "=", self.owner.id)]
        langs = self.env["consent.event"].search(mine).mapped("lang")
        self.assertEqual(set(langs), {self.lang}, "the words were those of the page")

    def test_confirm_the_number_by_its_code(self):
        self.company.consent_confirm = True
        self.answer(self.owner, "granted", source="portal", order_name=False)
        with patch.object(consent_code.secrets, "randbelow", return_value=482913):
            self.run_queue()
        self.start_tour(f"{self.prefix}/my/privacy", "consent_notify_privacy_code", login="privacy_owner")
        self.env.invalidate_all()
        self.assertIsNone(self.verdict(self.owner))


globals().update(on_every_screen(PrivacyTour, __name__))
