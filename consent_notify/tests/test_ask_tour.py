from .checkout_common import CODES
from .test_checkout_ask import AskCommon
from .tour_common import Speaking, on_every_screen

NO = {code: ["shown", "refused"] for code in CODES}


class AskTours(AskCommon, Speaking):
    """Every asking place of the shop's website, in Chromium."""

    def setUp(self):
        super().setUp()
        self.speak(self.customer)

    def cart(self):
        self.sign_in()
        self.page("/shop/checkout")  # chooses a delivery

    def tour(self, name, path="/shop", login="asked"):
        # The cart stays in the session that these requests share with the browser.
        # Visitors come back in the language they chose, whatever their browser prefers.
        self.start_tour(path, name, login=login, cookies={"frontend_lang": self.lang})

    def heard(self):
        """Return the language of the words that were on the screen."""
        return set(self.env["consent.event"].search([("order_name", "=", self.order().name)]).mapped("lang"))

    def test_address_form(self):
        self.tour("consent_notify_checkout_any", "/shop?search=Consent Vase", None)
        self.assertEqual(self.events(), {**NO, "order_sms": ["shown", "granted"]})
        self.assertEqual(self.heard(), {self.lang})
        self.assertEqual(self.order().state, "sale")

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

    def test_the_button_of_a_page_brought_back(self):
        self.cart()
        self.tour("consent_notify_ask_brought_back")
        self.assertEqual(self.events()["order_sms"], ["shown", "granted"])

    def test_after_an_express_checkout(self):
        self.product.type = "service"  # nothing to deliver
        self.tour("consent_notify_ask_confirmation", "/shop?search=Consent Vase", None)
        self.assertEqual(self.order().state, "sale")
        self.assertEqual(self.events(), {**NO, "order_call": ["shown", "granted"]})
        self.assertEqual(self.heard(), {self.lang})


globals().update(on_every_screen(AskTours, __name__))
