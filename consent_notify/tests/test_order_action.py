"""The kind “Send Order Update”: an administrator wires a stage to any document of an order, without code."""

from odoo.tests import new_test_user, tagged

from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestOrderAction(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        cls.ready = cls.env.ref("consent_notify.order_update_stage_ready")
        cls.order = cls.make_order()
        cls.order.action_confirm()

    def wire(self, model, **vals):
        return self.env["ir.actions.server"].create(
            {
                "name": "Wired",
                "model_id": self.env["ir.model"]._get(model).id,
                "state": "order_update",
                "order_stage_id": self.ready.id,
                **vals,
            }
        )

    def run_on(self, action, records, user=None):
        env = self.env(user=user) if user else self.env
        action.with_env(env).with_context(
            active_model=records._name, active_id=records[:1].id, active_ids=records.ids
        ).run()

    def test_it_moves_the_order_and_tells_the_customer(self):
        self.run_on(self.wire("sale.order"), self.order)
        self.run_queue()
        self.assertEqual(self.order.update_stage_code, "ready")
        self.assertIn("is ready to collect", self.texts_of(self.order)[-1])

    def test_it_finds_the_order_of_another_document(self):
        line = self.order.order_line[:1]
        action = self.wire("sale.order.line")
        self.assertIn(action.model_id, action.available_model_ids)
        self.run_on(action, line)
        self.assertEqual(self.order.update_stage_code, "ready")

    def test_a_company_gets_the_stage_of_its_own(self):
        own = self.ready.copy({"company_id": self.company.id, "name": "Packed"})
        self.run_on(self.wire("sale.order"), self.order)
        self.assertEqual(self.order.update_stage_id, own)

    def test_a_quotation_is_at_no_stage(self):
        quotation = self.make_order()
        self.run_on(self.wire("sale.order"), quotation)
        self.assertFalse(quotation.update_stage_id)

    def test_what_belongs_to_no_order_is_refused_before_it_runs(self):
        action = self.wire("res.country")
        self.assertNotIn(action.model_id, action.available_model_ids)
        self.assertIn("belongs to no order", action.warning)

    def test_a_stage_that_is_off_stops_no_order(self):
        self.env.ref("consent_notify.order_update_stage_confirmed").is_on = False
        action = self.env.ref("consent_notify.ir_actions_server_order_confirmed")
        self.assertFalse(action.warning or action.order_stage_is_on)
        order = self.make_order()
        order.action_confirm()
        self.assertEqual((order.state, order.update_stage_code, order.update_count), ("sale", "confirmed", 0))

    def test_the_automated_actions_of_the_app_are_of_this_kind(self):
        for name in ("confirmed", "cancelled"):
            action = self.env.ref(f"consent_notify.ir_actions_server_order_{name}")
            self.assertEqual((action.state, action.order_stage_id.code), ("order_update", name))

    def test_who_may_trigger_it_need_not_edit_orders(self):
        """An automated action runs as whoever moved the document: a packer, who has no rights on sales."""
        packer = new_test_user(self.env, "action_packer", groups="base.group_user")
        action = self.wire("sale.order").with_user(packer).sudo()
        action._run_action_order_update_multi({"records": self.order.with_user(packer)})
        self.assertEqual(self.order.update_stage_code, "ready")
