"""The numbers on a page: what became of the texts, what they cost, how fast they were, and what to do."""

from datetime import timedelta

from odoo.tests import new_test_user, tagged

from ..models.mail_notification import REASONS
from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestOrderNumbers(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage = cls.env.ref("consent_notify.order_update_stage_ready")
        cls.env["order.update"].search([]).unlink()
        cls.order = cls.make_order()
        cls.count = 0

    def make(self, state, **vals):
        type(self).count += 1
        return self.env["order.update"].create(
            {"order_id": self.order.id, "stage_id": self.stage.id, "occurrence": self.count, "state": state, **vals}
        )

    def numbers(self, user=None, days=30):
        self.env.flush_all()
        return self.env["order.update"].with_user(user or self.clerk).get_numbers(days)

    def test_what_became_of_the_texts(self):
        for state in ("sent", "delivered", "delivered", "waiting", "canceled"):
            self.make(state)
        self.make("refused", reason="consent_missing")
        self.make("refused", reason="consent_missing")
        self.make("failed", reason="sms_server")
        numbers = self.numbers()
        self.assertEqual(
            numbers["states"],
            {"waiting": 1, "sent": 1, "delivered": 2, "refused": 2, "failed": 1, "canceled": 1},
        )
        self.assertEqual(
            [(reason["reason"], reason["count"]) for reason in numbers["reasons"]],
            [("consent_missing", 2), ("sms_server", 1)],
        )
        self.assertEqual(numbers["reasons"][0]["label"], "No Consent")
        self.assertIn("Ask the customer", numbers["reasons"][0]["next_step"])
        [stage] = numbers["stages"]
        self.assertEqual((stage["name"], stage["told"], stage["untold"]), ("Ready", 3, 3))
        self.assertEqual(len(numbers["each_day"]), 30)
        self.assertEqual((numbers["each_day"][-1]["told"], numbers["each_day"][-1]["untold"]), (3, 3))

    def test_what_they_cost(self):
        self.make("delivered", segments=1, price=0.04, currency="USD")
        self.make("delivered", segments=2, price=0.08, currency="USD")
        self.make("delivered", segments=1, price=3.5, currency="RUB")
        self.make("sent")
        numbers = self.numbers()
        self.assertEqual(numbers["segments"], 4)
        costs = {cost["currency"]: cost["price"] for cost in numbers["costs"]}
        self.assertEqual(costs, {"USD": 0.12, "RUB": 3.5})

    def test_only_what_arrived_counts_as_time_to_the_handset(self):
        self.assertIs(self.numbers()["minutes"], False)
        for minutes in (1, 3):
            update = self.make("delivered")
            update.delivered_at = update.create_date + timedelta(minutes=minutes)
        self.make("sent")
        self.make("refused", reason="minor")
        self.assertEqual(self.numbers()["minutes"], 2.0)
        [(average,)] = self.env["order.update"]._read_group([], [], ["minutes:avg"])
        self.assertAlmostEqual(average, 2.0)

    def test_everybody_sees_the_numbers_of_their_own_customers(self):
        self.make("sent")
        stranger = new_test_user(self.env, "numbers_stranger", groups="sales_team.group_sale_salesman")
        officer = new_test_user(self.env, "numbers_officer", groups="consent_notify.group_officer")
        self.assertEqual(self.numbers(stranger)["states"]["sent"], 0)
        self.assertEqual(self.numbers(officer)["states"]["sent"], 1)

    def test_an_older_text_is_of_another_period(self):
        update = self.make("sent")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE order_update SET create_date = create_date - interval '20 days' WHERE id = %s", [update.id]
        )
        self.env.invalidate_all()
        self.assertEqual([self.numbers(days=days)["states"]["sent"] for days in (7, 30, 90)], [0, 1, 1])
        self.assertEqual(self.numbers(days="1; DROP")["days"], 30)

    def test_every_reason_of_ours_has_a_next_step(self):
        steps = self.env["order.update"]._next_steps()
        without = {"code_stale", "superseded"}  # about a code, and about news that came in time
        self.assertEqual({reason for reason, _label in REASONS} - without - steps.keys(), set())
        self.assertTrue(self.make("failed", reason="sms_duplicate").next_step)
        self.assertFalse(self.make("sent").next_step)

    def test_the_reports_open(self):
        self.make("refused", reason="consent_missing")
        updates = self.env["order.update"].with_user(self.clerk)
        for name in ("untold", "report"):
            action = self.env.ref(f"consent_notify.order_update_{name}_action")
            for view_id, view_type in action.views:
                with self.subTest(action=name, view=view_type):
                    self.assertTrue(updates.get_view(view_id, view_type)["arch"])
        groups = updates.formatted_read_group(
            [("state", "=", "refused")], ["reason", "create_date:month", "user_id"], ["__count", "segments:sum"]
        )
        self.assertEqual(len(groups), 1)
