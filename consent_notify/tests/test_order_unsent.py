"""A text that cannot be made: the order goes on, the update has failed, and somebody gets to know."""

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.order_update import OrderUpdate
from .consent_common import NUMBER
from .orders_common import OrdersCommon

TRY = "odoo.addons.consent_notify.models.order_update_try"
VAULT = "odoo.addons.consent_notify.models.phone_vault"


@tagged("post_install", "-at_install")
class TestOrderUnsent(OrdersCommon):
    def setUp(self):
        super().setUp()
        self.answer(self.anna, "granted")
        self.order = self.make_order()

    def confirm(self):
        """Confirm the order and return its update; nothing that is logged holds the number."""
        with self.assertLogs(TRY, "ERROR") as logs:
            self.order.with_user(self.clerk).action_confirm()
        self.assertFalse([line for line in logs.output if NUMBER[2:] in line])
        self.assertEqual((self.order.state, self.order.update_stage_code), ("sale", "confirmed"))
        return self.order.update_ids

    def todos(self):
        self.env.flush_all()
        self.env["order.update"]._make_some_todos_sudo()
        kind = self.env.ref("consent_notify.activity_not_told")
        return self.order.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def test_a_template_with_a_wrong_field(self):
        template = self.env.ref("consent_notify.sms_template_confirmed")
        words = template.body
        template.body = "Dear {{ object.no_such_field }}"
        update = self.confirm()
        self.assertEqual((update.state, update.reason), ("failed", "no_words"))
        self.assertFalse(update.message_id)
        self.assertTrue(self.order.is_untold)
        self.assertIn("template of this stage", self.todos().note)
        template.body = words
        self.order.with_user(self.clerk).action_tell_again()
        self.assertEqual(self.order.update_status, "waiting")

    def test_what_postgresql_refuses(self):
        """Only where somebody was in the way the whole would be tried again, and better."""
        real = OrderUpdate._send_sudo

        def fail(update):
            real(update)
            update.env.cr.execute("SELECT 1 / 0")

        self.patch(OrderUpdate, "_send_sudo", fail)
        with mute_logger("odoo.sql_db"):
            update = self.confirm()
        self.assertEqual((update.state, update.reason), ("failed", "no_words"))
        self.assertFalse(update.message_id)

    def test_whoever_was_in_the_way_has_the_whole_tried_again(self):
        def fail(update):
            raise SerializationFailure

        self.patch(OrderUpdate, "_send_sudo", fail)
        with self.assertRaises(SerializationFailure):
            self.order.with_user(self.clerk).action_confirm()

    def test_a_number_that_does_not_open(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE phone_vault v SET sealed = substr(sealed, 1, 10) FROM res_partner p"
            " WHERE p.id = %s AND v.token IN (p.phone, p.phone_sanitized)",
            [self.anna.id],
        )
        self.env.invalidate_all()
        self.env.cr.cache.clear()  # as the next request begins
        with mute_logger(VAULT):
            update = self.confirm()
        self.assertEqual((update.state, update.reason), ("failed", "number_unreadable"))
        self.assertIn("Tell an administrator", self.todos().note)

    def test_what_was_sealed_in_vain_is_not_taken_for_sealed(self):
        """Else the same number, written later in this transaction, would stand in a column and not in the vault."""
        partner = self.env["res.partner"].create({"name": "B"})
        with self.assertRaisesRegex(ValueError, "undone"), self.env.cr.savepoint():
            partner.phone = "+79160007788"
            self.env.flush_all()
            raise ValueError("undone")
        partner.phone = "+79160007788"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(partner.phone, "+79160007788")
