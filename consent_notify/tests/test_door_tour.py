"""The doors by hand, in Chromium: the eye, the call, who lacks a second factor, and what the access log shows of it."""

from odoo.tests import new_test_user

from .consent_common import NUMBER, ConsentCommon
from .test_door_show import with_second_factor
from .test_order_board_tour import NO_CALLS
from .tour_common import Speaking, on_every_screen

GROUPS = "base.group_partner_manager,sales_team.group_sale_salesman_all_leads,consent_notify.group_manager"


class DoorTours(ConsentCommon, Speaking):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "door_manager", GROUPS)
        cls.one_factor = new_test_user(cls.env, "door_one_factor", GROUPS)
        with_second_factor(cls.manager)
        cls.customer = cls.env["res.partner"].create({"name": "Vera", "phone": NUMBER})
        cls.order = cls.env["sale.order"].create(
            {"name": "S88001", "partner_id": cls.customer.id, "state": "sale", "user_id": cls.manager.id}
        )
        cls.env["ir.asset"].create(NO_CALLS)

    def setUp(self):
        super().setUp()
        self.speak(self.customer, self.manager, self.one_factor)
        # Made here rather than while the browser waits, whose patience a busy machine wears out.
        qweb = self.env(user=self.manager)["ir.qweb"].with_context(lang=self.lang)
        for bundle in ("web.assets_web", "web.assets_tests"):
            assets = qweb._get_asset_bundle(bundle)
            assets.js()
            assets.css()

    def tour(self, name, path, user):
        self.start_tour(path, f"consent_notify_{name}", login=user.login, timeout=240)
        self.env.invalidate_all()
        return self.env["phone.access"].search([("user_id", "=", user.id)], order="id")

    def test_the_eye(self):
        path = f"/odoo/res.partner/{self.customer.id}"
        self.assertFalse(self.tour("door_one_factor", path, self.one_factor))
        row = self.tour("door_show", path, self.manager)
        self.assertEqual(
            (row.door, row.reason, row.order_ref, row.res_id), ("show", "order", "S88001", self.customer.id)
        )

    def test_the_call_and_the_access_log(self):
        self.answer(self.customer, "granted", self.order_call)
        row = self.tour("door_call", f"/odoo/sale.order/{self.order.id}", self.manager)
        self.assertEqual((row.door, row.reason, row.note), ("call", "order", "the colour of the vase"))
        self.assertEqual((row.order_ref, row.model, row.res_id), ("S88001", "res.partner", self.customer.id))
        self.assertIn("the blue one", self.order.message_ids[0].body)
        door = self.env["phone.door"].with_user(self.manager)
        door._show("res.partner", self.customer.id, "phone", "order", order_id=self.order.id)
        self.env.flush_all()
        self.tour("access_log", "/odoo/action-consent_notify.phone_access_action", self.manager)


globals().update(on_every_screen(DoorTours, __name__))
