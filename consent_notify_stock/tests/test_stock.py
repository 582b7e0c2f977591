"""What transfers tell: on their way, handed over, ready at the pickup point; once each, and not twice over."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.consent_notify.tests.orders_common import OrdersCommon

DISPATCHED, DELIVERED, READY = "dispatched", "delivered", "ready"


@tagged("post_install", "-at_install")
class TestStock(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.vase = cls.env["product.product"].create({"name": "Vase", "type": "consu", "is_storable": True})
        cls.packer = new_test_user(cls.env, "stock_packer", groups="stock.group_stock_user")
        for code in (DISPATCHED, DELIVERED):
            cls.stage(code).is_on = True
        cls.stage("confirmed").is_on = False

    @classmethod
    def stage(cls, code):
        return cls.env.ref(f"consent_notify.order_update_stage_{code}")

    @classmethod
    def fill(cls, quantity):
        cls.env["stock.quant"]._update_available_quantity(cls.vase, cls.warehouse.lot_stock_id, quantity)

    def order(self, carrier=None, quantity=1):
        order = self.make_order(
            carrier_id=carrier and carrier.id,
            order_line=[(0, 0, {"product_id": self.vase.id, "product_uom_qty": quantity})],
        )
        order.action_confirm()
        return order

    def carrier(self, **vals):
        product = self.env["product.product"].create({"name": "Delivery", "type": "service"})
        return self.env["delivery.carrier"].create({"name": "Courier", "product_id": product.id, **vals})

    def pickup(self):
        return self.carrier(delivery_type="in_store", is_published=True, warehouse_ids=[(6, 0, self.warehouse.ids)])

    def validate(self, picking, quantity=None):
        """Validate as somebody of the store, who may not edit orders."""
        picking = picking.with_user(self.packer)
        if quantity:
            picking.move_ids.quantity = quantity
        picking.with_context(skip_backorder=True).button_validate()
        self.env.flush_all()

    def told(self, order):
        self.run_queue()
        return [update.stage_id.code for update in order.update_ids.sorted("id")]

    # ------------------------------------------------------------ out of the house

    def test_a_validated_transfer_is_dispatched(self):
        self.fill(1)
        order = self.order(self.carrier())
        self.validate(order.picking_ids)
        self.assertEqual(order.update_stage_code, DISPATCHED)
        self.assertEqual(self.told(order), [DISPATCHED])
        self.assertIn("is on its way", self.texts_of(order)[-1])

    def test_the_last_transfer_counts(self):
        self.fill(3)
        order = self.order(self.carrier(), quantity=3)
        first = order.picking_ids
        self.validate(first, quantity=1)
        rest = order.picking_ids - first
        self.assertTrue(rest)
        self.assertNotEqual(order.update_stage_code, DISPATCHED, "two vases are still to go")
        self.validate(rest)
        self.assertEqual(order.update_stage_code, DISPATCHED)
        self.assertEqual(self.told(order), [DISPATCHED])

    def test_the_own_courier_validates_at_the_door(self):
        self.fill(1)
        order = self.order(self.carrier(hands_over=True))
        self.validate(order.picking_ids)
        self.assertEqual(order.update_stage_code, DELIVERED)

    def test_what_waited_at_the_counter_is_handed_over_there(self):
        self.fill(1)
        order = self.order()
        order.action_mark_ready()
        self.validate(order.picking_ids)
        self.assertEqual(self.told(order), [READY, DELIVERED])

    def test_a_cancelled_order_stays_cancelled(self):
        self.fill(1)
        order = self.order()
        order._move_to_update_stage("cancelled")
        self.validate(order.picking_ids)
        self.assertEqual(order.update_stage_code, "cancelled")

    # ------------------------------------------------------------ ready at the pickup point

    def test_a_reservation_puts_nothing_on_the_counter(self):
        self.fill(1)
        order = self.order(self.pickup())
        picking = order.picking_ids
        self.assertEqual(picking.state, "assigned")
        for _flap in range(2):
            picking.do_unreserve()
            picking.action_assign()
        self.assertEqual(order.update_stage_code, "confirmed")
        self.assertFalse(self.told(order))

    def test_the_button_tells_once_for_each_transfer(self):
        self.fill(2)
        order = self.order(self.pickup(), quantity=2)
        first = order.picking_ids.with_user(self.packer)
        first.action_ready_to_collect()
        self.assertEqual(self.told(order), [READY])
        order._move_to_update_stage("preparing")
        first.action_ready_to_collect()
        self.assertEqual(order.update_stage_code, "preparing", "this transfer has had its say")
        self.validate(first, quantity=1)
        self.assertEqual(order.update_stage_code, "preparing", "one vase is still to be collected")
        rest = order.picking_ids - first.sudo()
        rest.with_user(self.packer).action_ready_to_collect()
        rest.with_user(self.packer).action_ready_to_collect()
        self.assertEqual(self.told(order), [READY, READY])
        self.validate(rest)
        self.assertEqual(self.told(order), [READY, READY, DELIVERED])
        with self.assertRaises(UserError):
            rest.action_ready_to_collect()

    def test_a_transfer_makes_one_update_also_where_the_stage_alone_tells_it(self):
        self.stage("delayed").is_on = True
        self.fill(2)
        order = self.order(self.pickup(), quantity=2)
        first = order.picking_ids
        first.action_ready_to_collect()
        self.validate(first, quantity=1)
        self.told(order)
        order._move_to_update_stage("delayed")
        self.assertEqual(self.told(order), [READY, "delayed"])
        (order.picking_ids - first).action_ready_to_collect()
        self.assertEqual(self.told(order), [READY, "delayed", READY])

    def test_what_an_earlier_transfer_brought_is_ready_by_itself(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.fill(1)
        order = self.order(self.pickup())
        pick = order.picking_ids.filtered(lambda picking: picking.picking_type_code == "internal")
        self.assertEqual(order.update_stage_code, "confirmed")
        self.validate(pick)
        self.assertEqual(order.update_stage_code, READY)
        self.assertEqual(self.told(order), [READY])
        out = order.picking_ids - pick
        order._move_to_update_stage("preparing")
        out.do_unreserve()
        out.action_assign()
        self.assertEqual(order.update_stage_code, "preparing")

    def test_only_what_is_collected_can_be_ready(self):
        self.fill(1)
        order = self.order(self.carrier())
        with self.assertRaises(UserError):
            order.picking_ids.action_ready_to_collect()

    # ------------------------------------------------------------ the core's own text

    def send_stock_sms(self, is_on):
        """Validate a transfer in a company with the text of `stock_sms`, which keeps quiet in tests.

        :return: the order and the texts that its transfer sent
        """
        self.stage(DISPATCHED).is_on = is_on
        self.company.stock_text_confirmation = True
        self.company.stock_confirmation_type = "sms"
        self.company.has_received_warning_stock_sms = True
        self.fill(1)
        order = self.order(self.carrier())
        with patch("odoo.modules.module.current_test", False):
            self.validate(order.picking_ids)
        messages = order.picking_ids.message_ids
        return order, self.env["sms.sms"].search([("mail_message_id", "in", messages.ids)])

    def test_one_piece_of_news_is_one_text(self):
        order, texts = self.send_stock_sms(is_on=True)
        self.assertFalse(texts)
        self.assertEqual(self.told(order), [DISPATCHED])

    def test_the_cores_text_passes_the_gate(self):
        order, texts = self.send_stock_sms(is_on=False)
        self.assertEqual(len(texts), 1)
        self.assertEqual((texts.purpose_id, texts.state), (self.order_sms, "outgoing"), "it waits in the queue")
        self.assertFalse(self.told(order))
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        _order, texts = self.send_stock_sms(is_on=False)
        self.assertEqual(texts.failure_type, "consent_withdrawn")
