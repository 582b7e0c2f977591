from odoo.tests import new_test_user

from .consent_common import ConsentCommon
from .tour_common import on_every_screen


class StopTour(ConsentCommon):
    """A word to the staff: the customer tells the shop to stop, and a salesperson's hands record it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "stop_clerk", "sales_team.group_sale_salesman,base.group_partner_manager")

    def test_told_to_stop(self):
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
        order = self.env["sale.order"].create({"partner_id": self.anna.id, "user_id": self.clerk.id})
        self.start_tour(f"/odoo/sale.order/{order.id}", "consent_notify_told_to_stop", login="stop_clerk")
        for purpose in (self.order_sms, self.order_call):
            self.assertEqual(self.verdict(self.anna, purpose), "consent_withdrawn")
        events = self.env["consent.event"].search([("kind", "=", "withdrawn")], order="id")
        self.assertEqual(events[0].purpose_id, self.order_sms, "one use first, and the others when they said so")
        self.assertEqual(sorted(events.mapped("purpose_id.code")), ["offer_sms", "order_call", "order_sms"])
        self.assertEqual({(e.source, e.actor) for e in events}, {("telephone", f"user:{self.clerk.id}")})


globals().update(on_every_screen(StopTour, __name__))
