from odoo.tests import HttpCase, tagged

from .orders_common import OrdersCommon


class StopTour(OrdersCommon):
    """A word to the staff: the customer tells the shop to stop, and a salesperson's hands record it."""

    lang = None

    def test_told_to_stop(self):
        if self.lang:
            self.env["res.lang"]._activate_lang(self.lang)
            self.clerk.lang = self.lang
        # Debian's Odoo comes without this library of the video calls, which a browser hears of as an error.
        self.env["ir.asset"].create(
            {
                "name": "No video calls",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            }
        )
        self.anna.user_id = self.clerk
        for purpose in (self.order_sms, self.order_call):
            self.answer(self.anna, "granted", purpose)
        order = self.make_order()
        self.start_tour(f"/odoo/sale.order/{order.id}", "consent_notify_told_to_stop", login="orders_clerk")
        for purpose in (self.order_sms, self.order_call):
            self.assertEqual(self.verdict(self.anna, purpose), "consent_withdrawn")
        event = self.env["consent.event"].search([("kind", "=", "withdrawn")], limit=1)
        self.assertEqual((event.source, event.actor), ("telephone", f"user:{self.clerk.id}"))


@tagged("post_install", "-at_install")
class TestStopTourDesktop(StopTour, HttpCase):
    browser_size = "1366x768"


@tagged("post_install", "-at_install")
class TestStopTourPhone(StopTour, HttpCase):
    browser_size = "390x844"
    touch_enabled = True


@tagged("post_install", "-at_install")
class TestStopTourRussianDesktop(StopTour, HttpCase):
    browser_size = "1366x768"
    lang = "ru_RU"


@tagged("post_install", "-at_install")
class TestStopTourRussianPhone(StopTour, HttpCase):
    browser_size = "390x844"
    touch_enabled = True
    lang = "ru_RU"
