"""From the board to the handset in Chromium: English on a desktop screen, Russian on a phone."""

from odoo.tests import HttpCase, tagged

from .orders_common import OrdersCommon

BOARD = "/odoo/action-consent_notify.sale_order_board_action"
# Debian's Odoo comes without this library of the video calls, which a browser hears of as an error.
NO_CALLS = {
    "name": "No video calls",
    "bundle": "web.assets_backend",
    "directive": "remove",
    "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
}


class BoardTours:
    lang = "en_US"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.lang != "en_US":
            cls.env["res.lang"]._activate_lang(cls.lang)
            cls.env["ir.module.module"].search([("name", "=", "consent_notify")])._update_translations([cls.lang])
        cls.env["ir.asset"].create(NO_CALLS)
        cls.env["sale.order"].search([("update_stage_id", "!=", False)]).update_stage_id = False
        cls.env["order.update"].search([]).unlink()
        cls.anna.write({"name": "Board Customer", "lang": cls.lang})
        cls.clerk.lang = cls.lang
        cls.answer(cls.anna, "granted")
        cls.order = cls.make_order(name="S77001", commitment_date="2026-01-01 12:00:00")
        never_asked = cls.env["res.partner"].create({"name": "Untold Customer", "phone": "+79160000077"})
        cls.untold = cls.make_order(never_asked)
        (cls.order + cls.untold).action_confirm()

    def test_from_the_board_to_the_handset(self):
        self.run_queue()
        self.env["sandbox.message"].search([]).sudo().unlink()
        self.order.update_ids.sudo().unlink()
        self.start_tour(BOARD, "consent_notify_board_ready", login="orders_clerk")
        self.assertEqual((self.order.update_stage_code, self.order.update_status), ("ready", "waiting"))
        self.run_queue()
        self.start_tour(BOARD, "consent_notify_board_told", login="orders_clerk")


@tagged("post_install", "-at_install")
class TestBoardDesktop(BoardTours, OrdersCommon, HttpCase):
    browser_size = "1366x768"

    def test_a_word_about_one_order(self):
        self.start_tour(f"/odoo/sale.order/{self.order.id}", "consent_notify_order_write", login="orders_clerk")
        self.run_queue()
        self.assertRegex(self.texts_of(self.order)[-1], r"^Синий или красный\? \S+/u/\w{11}$")


@tagged("post_install", "-at_install")
class TestBoardPhone(BoardTours, OrdersCommon, HttpCase):
    browser_size = "390x844"
    touch_enabled = True
    lang = "ru_RU"
