"""The counter's board: who was not told stands first, with the reason; the words are read before they go."""

from odoo.tests import tagged

from .orders_common import OrdersCommon

BEFORE = ["is_untold desc", "commitment_date", "date_order"]


@tagged("post_install", "-at_install")
class TestOrderBoard(OrdersCommon):
    def make_ready(self, partner):
        order = self.make_order(partner)
        order.action_confirm()
        order.action_mark_ready()
        return order

    def test_who_was_not_told_heads_the_column(self):
        yes, no = self.make_customers(2)
        self.env["consent.event"]._withdraw_sudo(no, self.company, self.order_sms, "counter")
        told, untold = self.make_ready(yes), self.make_ready(no)
        told.date_order = "2026-01-01"  # the older one, which would stand first
        orders = told + untold
        found = self.env["sale.order"].with_user(self.clerk).search([("id", "in", orders.ids)], order=", ".join(BEFORE))
        self.assertEqual(found.ids, [untold.id, told.id])
        self.assertEqual(orders.mapped("is_untold"), [False, True])
        self.assertEqual(untold.update_reason, "Consent Withdrawn")
        self.assertIn("said no", untold.update_next_step)
        self.assertFalse(told.update_next_step)
        self.assertIn(
            'default_order="' + ", ".join(BEFORE), self.env.ref("consent_notify.sale_order_view_kanban_board").arch
        )

    def test_untold_orders_are_found(self):
        yes, no = self.make_customers(2)
        self.env["consent.event"]._withdraw_sudo(no, self.company, self.order_sms, "counter")
        orders = self.make_ready(yes) + self.make_ready(no)
        untold = self.env["sale.order"].search([("id", "in", orders.ids), ("is_untold", "=", True)])
        self.assertEqual(untold, orders[1])
        rest = self.env["sale.order"].search([("id", "in", orders.ids), ("is_untold", "=", False)])
        self.assertEqual(rest, orders[0])
        self.assertEqual(orders.mapped("untold_count"), [0, 2], "confirmed and ready")
        action = orders[1].with_user(self.clerk).action_view_untold()
        self.assertEqual(self.env["order.update"].search(action["domain"]).order_id, orders[1])

    def test_the_words_are_read_before_they_go(self):
        self.company.name, self.company.collect_hours = "Atelier Iva", "10:00-20:00"
        self.answer(self.anna, "granted")
        order = self.make_order(name="S00042")
        order.action_confirm()
        action = order.with_user(self.clerk).action_preview_ready()
        read = order.with_user(self.clerk).with_context(**action["context"])
        self.assertTrue(read.preview_words.startswith("Atelier Iva: order S00042 is ready to collect, 10:00-20:00. "))
        self.assertIn("/u/", read.preview_words)
        self.assertNotIn("[link]", read.preview_words)
        self.assertFalse(read.preview_refusal)
        self.assertEqual(order.update_count, 1, "nothing was sent for it")
        self.assertEqual(order.update_stage_code, "confirmed")

    def test_the_size_is_that_of_the_text_with_its_link(self):
        order = self.make_order()
        words = "Ready. " + order._link_of_length()
        self.assertEqual(order._size_words(words), f"{len(words)} characters, billed as 1 SMS")

    def test_who_would_not_be_told_is_known_before(self):
        order = self.make_order()
        order.action_confirm()
        self.assertEqual(order.preview_refusal, "No Consent")
        self.anna.phone = False
        order.invalidate_recordset()
        self.assertEqual(order.preview_refusal, "Missing Number")
        self.anna.phone = "12"
        order.invalidate_recordset()
        self.assertEqual(order.preview_refusal, "Wrong Number Format")
        off = order.with_context(preview_stage="preparing")
        self.assertFalse(off.preview_words)

    def test_the_forecast_agrees_with_the_gate(self):
        """Whatever the reason, what is told before is what the gate does after."""
        yes, no, never, blacklisted = self.make_customers(4)
        self.answer(no, "refused")
        self.env["consent.event"]._withdraw_sudo(never, self.company, self.order_sms, "counter")
        self.env["phone.blacklist"]._add([blacklisted.phone])
        orders = self.env["sale.order"].concat(*[self.make_order(partner) for partner in (yes, no, never, blacklisted)])
        before = {order_id: told.refusal for order_id, told in orders._when_they_will_go_sudo().items()}
        labels = dict(self.env["order.update"]._selection_reason())
        for order in orders:
            order.action_confirm()
        reasons = [labels.get(order.update_ids.reason, False) for order in orders]
        self.assertEqual([before[order.id] for order in orders], reasons)
        self.assertEqual(len(set(before.values())), 4)

    def test_queries_do_not_grow_with_the_orders(self):
        orders = self.env["sale.order"].concat(*[self.make_order(partner) for partner in self.make_customers(20)])

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some._when_they_will_go_sudo()
            return self.cr.sql_log_count - before

        count(orders[:1])
        self.assertEqual(count(orders), count(orders[:2]))
