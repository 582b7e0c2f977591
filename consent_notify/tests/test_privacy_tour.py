from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..models import consent_code
from .privacy_common import PrivacyCommon


class PrivacyTour(PrivacyCommon):
    """A customer's hands on the privacy page, in Chromium."""

    lang = None

    def setUp(self):
        super().setUp()
        self.prefix = ""
        if self.lang:
            lang = self.env["res.lang"]._activate_lang(self.lang)
            self.env.ref("website.default_website").language_ids += lang
            self.owner.lang = self.lang
            self.prefix = f"/{lang.url_code}"

    def test_switch_on_and_off_hours_download_and_erase(self):
        self.start_tour(f"{self.prefix}/my/home", "consent_notify_privacy", login="privacy_owner")
        wish = self.env["consent.request"].search([("partner_id", "=", self.owner.id)])
        self.assertEqual(wish.state, "open")
        answers = ["shown", "granted", "withdrawn", "shown", "granted", "withdrawn"]
        self.assertEqual([kind for code, kind in self.events() if code == "order_sms"], answers)
        self.assertEqual((self.owner.sms_hour_from, self.owner.sms_hour_to), (10, 18))
        if self.lang:
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


@tagged("post_install", "-at_install")
class TestPrivacyTour(PrivacyTour, HttpCase):
    pass


@tagged("post_install", "-at_install")
class TestPrivacyTourRussian(PrivacyTour, HttpCase):
    lang = "ru_RU"


@tagged("post_install", "-at_install")
class TestPrivacyTourRussianPhone(PrivacyTour, HttpCase):
    lang = "ru_RU"
    browser_size = "390x844"
    touch_enabled = True


@tagged("post_install", "-at_install")
class TestPrivacyTourPhone(PrivacyTour, HttpCase):
    browser_size = "390x844"
    touch_enabled = True
