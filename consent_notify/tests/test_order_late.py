"""A promised day that comes without a word is a to-do, once for each date, with the text ready."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .orders_common import OrdersCommon

DAY = datetime(2026, 11, 28, 12)
TO_DO = "consent_notify.activity_late"


@tagged("post_install", "-at_install")
class TestOrderLate(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        cls.company.partner_id.tz = "Europe/Berlin"
        cls.order = cls.make_order(commitment_date=DAY)
        with freeze_time(DAY - timedelta(days=3)):
            cls.order.action_confirm()

    def setUp(self):
        super().setUp()
        with freeze_time(DAY - timedelta(days=3)):
            self.run_queue()

    def run_cron(self, at=DAY):
        with freeze_time(at):
            self.env.flush_all()
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                self.env(cr=cr)["sale.order"]._remind_all_late()
            self.env.invalidate_all()

    def to_dos(self, order=None):
        return (order or self.order).activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(TO_DO)
        )

    def test_the_day_makes_one_to_do_for_the_salesperson(self):
        self.run_cron(DAY - timedelta(days=1))
        self.assertFalse(self.to_dos())
        self.run_cron(DAY.replace(hour=5))
        self.assertEqual(self.to_dos().user_id, self.clerk)
        self.assertEqual(self.order.late_on, DAY.date())
        self.to_dos().action_feedback()
        self.run_cron(DAY + timedelta(days=1))
        self.assertFalse(self.to_dos(), "once for each date")

    def test_the_day_begins_where_the_shop_is(self):
        self.order.company_id.partner_id.tz = "Pacific/Auckland"
        self.order.late_on = False
        self.run_cron(datetime(2026, 11, 28, 10, 30))  # half past eleven in the evening, on the 28th
        self.assertFalse(self.to_dos())
        self.run_cron(datetime(2026, 11, 28, 11, 30))  # half past midnight, on the 29th
        self.assertEqual(len(self.to_dos()), 1)

    def test_who_knows_more_is_not_late(self):
        for code in ("ready", "dispatched", "delivered", "cancelled"):
            with self.subTest(code):
                self.order._move_to_update_stage(code)
                self.run_cron()
                self.assertFalse(self.to_dos())
        quotation = self.make_order(commitment_date=DAY)
        self.run_cron()
        self.assertFalse(self.to_dos(quotation))

    def test_a_date_of_long_ago_is_no_news(self):
        self.run_cron(DAY + timedelta(days=15))
        self.assertFalse(self.to_dos())

    def test_the_to_do_goes_when_the_order_moves_on(self):
        self.run_cron()
        with freeze_time(DAY):
            self.order.with_user(self.clerk).action_mark_ready()
        self.assertFalse(self.to_dos())

    def test_another_date_is_looked_at_at_once(self):
        self.run_cron()
        with freeze_time(DAY):
            self.order.commitment_date = DAY + timedelta(days=2)
            self.assertFalse(self.to_dos())
            self.assertFalse(self.order.late_on)
            self.order.commitment_date = DAY - timedelta(days=1)
        self.assertEqual(len(self.to_dos()), 1, "a date that has passed is late now")

    def test_writing_the_same_date_again_changes_nothing(self):
        self.run_cron()
        with freeze_time(DAY):
            self.order.write({"commitment_date": DAY})
            self.make_order().commitment_date = False
        self.assertEqual(len(self.to_dos()), 1)
        self.assertEqual(self.order.late_on, DAY.date())

    def test_a_large_shop_is_done_in_batches(self):
        orders = self.env["sale.order"].concat(*[self.make_order(commitment_date=DAY) for _i in range(5)])
        with freeze_time(DAY - timedelta(days=1)):
            orders.action_confirm()
        with patch("odoo.addons.consent_notify.models.sale_order_late.BATCH", 2):
            self.run_cron()
        self.assertEqual([len(self.to_dos(order)) for order in orders], [1] * 5)

    # ------------------------------------------------------------ the button

    def delay(self, **vals):
        with freeze_time(DAY):
            action = self.order.with_user(self.clerk).action_delay()
            delay = self.env["order.update.delay"].with_user(self.clerk).browse(action["res_id"])
            delay.write(vals)
            return delay

    def test_the_text_is_ready_and_one_button_sends_it(self):
        self.run_cron()
        delay = self.delay(date="2026-12-02")
        self.assertIn("is delayed to 2 Dec (was 28 Nov).", delay.words)
        self.assertTrue(delay.size.endswith("billed as 1 SMS"))
        self.assertFalse(delay.refusal)
        self.assertEqual(self.order.commitment_date, DAY, "reading it changes nothing")
        with freeze_time(DAY):
            delay.action_tell()
            self.run_queue()
        self.assertEqual(self.order.commitment_date, datetime(2026, 12, 2, 12))
        self.assertEqual(self.order.update_stage_code, "delayed")
        _confirmed, delayed = self.texts_of(self.order)
        self.assertIn("is delayed to 2 Dec (was 28 Nov).", delayed)
        self.assertFalse(self.to_dos())

    def test_the_hour_stays_across_a_change_of_the_clock(self):
        self.order.commitment_date = datetime(2026, 10, 24, 10)  # noon in Berlin, in summer
        self.assertEqual(self.order._moment_on(datetime(2026, 10, 26).date()), datetime(2026, 10, 26, 11))

    def test_a_day_that_has_passed_is_no_promise(self):
        delay = self.delay(date="2026-11-27")
        with freeze_time(DAY), self.assertRaises(UserError):
            delay.action_tell()

    def test_an_order_of_another_tells_nothing(self):
        stranger = new_test_user(self.env, "late_stranger", groups="sales_team.group_sale_salesman")
        delay = (
            self.env["order.update.delay"].with_user(stranger).create({"order_id": self.order.id, "date": DAY.date()})
        )
        told = (delay.before, delay.words, delay.size, delay.when, delay.refusal)
        self.assertEqual(told, (False,) * 5)

    def test_without_the_stage_the_day_moves_and_nobody_is_told(self):
        delay = self.delay(date="2026-12-02")
        self.env["order.update.stage"].search([("code", "=", "delayed")]).active = False
        stage = self.order.update_stage_id
        with freeze_time(DAY):
            delay.action_tell()
        self.assertEqual((self.order.update_stage_id, self.order.commitment_date.day), (stage, 2))

    def test_a_to_do_goes_to_somebody_who_is_there(self):
        self.clerk.active = False
        self.run_cron()
        self.assertEqual(self.to_dos().user_id, self.company._consent_owner("group_officer", "group_manager"))

    def test_who_may_not_be_told_is_known_before(self):
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        self.assertEqual(self.delay().refusal, "Consent Withdrawn")
