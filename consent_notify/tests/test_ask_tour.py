from odoo.tests import HttpCase, tagged

from .checkout_common import CODES
from .test_checkout_ask import AskCommon

NO = {code: ["shown", "refused"] for code in CODES}


class AskTours(AskCommon):
    """Every asking place after the address form, in Chromium: English on a desktop screen, Russian on a phone."""

    lang = "en_US"

    def setUp(self):
        super().setUp()
        if self.lang != "en_US":
            self.env["res.lang"]._activate_lang(self.lang)
            self.website.language_ids += self.env["res.lang"]._lang_get(self.lang)
            self.website.default_lang_id = self.env["res.lang"]._lang_get(self.lang)
        self.customer.lang = self.lang

    def cart(self):
        self.sign_in()
        self.page("/shop/checkout")  # chooses a delivery

    def tour(self, name, path="/shop", login="asked"):
        # The cart stays in the session that these requests share with the browser.
        self.start_tour(path, name, login=login)

    def heard(self):
        """Return the language of the words that were on the screen."""
        return set(self.env["consent.event"].search([("order_name", "=", self.order().name)]).mapped("lang"))

    def test_payment_step(self):
        self.cart()
        self.tour("consent_notify_ask_payment")
        self.assertEqual(self.events(), {**NO, "order_sms": ["shown", "granted"]})
        self.assertEqual(self.heard(), {self.lang})
        self.assertEqual(self.order().state, "sale")

    def test_a_tick_goes_along_with_the_order(self):
        self.cart()
        self.tour("consent_notify_ask_along")
        self.assertEqual(self.events()["offer_sms"][-1], "granted")
        self.assertEqual(self.order().state, "sale")

    def test_another_tick_after_a_payment_that_failed(self):
        self.cart()
        self.tour("consent_notify_ask_changed")
        self.assertEqual(self.events()["offer_sms"], ["shown", "granted", "refused"])
        self.assertEqual(self.events()["order_sms"], ["shown", "refused", "granted"])
        self.assertEqual(self.order().state, "sale")


@tagged("post_install", "-at_install")
class TestAskToursDesktop(AskTours, HttpCase):
    browser_size = "1366x768"


@tagged("post_install", "-at_install")
class TestAskToursPhone(AskTours, HttpCase):
    browser_size = "390x844"
    touch_enabled = True
    lang = "ru_RU"


@tagged("post_install", "-at_install")
class TestConfirmationTours(AskCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.product.type = "service"  # nothing to deliver

    def walk(self, size):
        self.browser_size = size
        self.start_tour("/shop?search=Consent Vase", "consent_notify_ask_confirmation")
        order = self.order()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.events(order), {**NO, "order_call": ["shown", "granted"]})

    def test_after_an_express_checkout(self):
        self.walk("1366x768")

    def test_after_an_express_checkout_on_a_phone(self):
        self.walk("390x844")
