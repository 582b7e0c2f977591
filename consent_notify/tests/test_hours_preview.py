from freezegun import freeze_time

from odoo.tests import Form, tagged

from .hours_common import EIGHT_PM, NINE, NOON, HoursCommon


@tagged("post_install", "-at_install")
class TestHoursPreview(HoursCommon):
    def setUp(self):
        super().setUp()
        self.order = self.make_order()
        with freeze_time(NOON):
            self.order.action_confirm()
            self.run_queue()
        self.clerk.tz = "Europe/Moscow"
        self.mine = self.order.with_user(self.clerk)

    def words(self, moment, **options):
        with freeze_time(moment):
            self.env.invalidate_all()
            return self.mine._when_it_will_go(**options)

    def test_one_sentence_for_each_case(self):
        self.assertEqual(self.words(NOON), (NOON, "The customer will be told at once."))
        tomorrow = NINE.replace(day=2)
        self.assertEqual(self.words(EIGHT_PM), (tomorrow, "The customer will be told tomorrow at 9:00\u202fAM."))
        self.assertEqual(self.words(NINE.replace(hour=5))[1], "The customer will be told today at 9:00\u202fAM.")
        self.clerk.tz = "Europe/Berlin"
        self.assertEqual(self.words(EIGHT_PM)[1], "The customer will be told tomorrow at 9:00\u202fAM, their time.")
        self.anna.state_id = False
        self.assertEqual(self.words(NOON)[1], "The customer will be told tomorrow at 9:00\u202fAM, your time.")
        self.anna.state_id = self.moscow
        self.clerk.tz = "Europe/Moscow"
        self.assertEqual(self.words(NOON, purpose=self.offer_sms), (None, "Not told: No Consent"))
        self.answer(self.anna, "granted", self.offer_sms)
        saturday_evening = EIGHT_PM.replace(day=6)
        self.assertEqual(
            self.words(saturday_evening, purpose=self.offer_sms)[1],
            "The customer will be told on 8 Jun at 10:00\u202fAM.",
        )
        self.assertEqual(self.words(NOON, code="preparing"), (None, "Not told: texts at this stage are off"))
        self.company.consent_texts_on = False
        self.assertEqual(self.words(NOON)[1], "Not told: Texts are switched off in the settings")

    def test_it_is_what_happens(self):
        for moment in (NOON, EIGHT_PM):
            order = self.make_order()
            with freeze_time(moment):
                order.action_confirm()
                self.run_queue()
                expected = order._when_it_will_go(code="ready")[0]
                order.action_mark_ready()
                text = self.env["sms.sms"].search([("uuid", "=", order.update_ids.sorted("id")[-1].sms_uuid)])
                self.assertEqual(text.send_after or moment, expected)

    def test_the_order_says_when_as_long_as_it_waits(self):
        with freeze_time(EIGHT_PM):
            self.assertEqual(self.mine.ready_when, "The customer will be told tomorrow at 9:00\u202fAM.")
            self.mine.action_mark_ready()
            self.env.invalidate_all()
            self.assertFalse(self.mine.ready_when)
            self.assertEqual(self.mine.update_status, "waiting")
            self.assertEqual(self.mine.update_when, "The customer will be told tomorrow at 9:00\u202fAM.")
        self.run_queue_at(NINE.replace(day=2))
        self.assertEqual((self.mine.update_status, self.mine.update_when), ("sent", False))

    def test_the_composer_says_when(self):
        composer = self.env["sms.composer"].with_user(self.clerk)
        composer = composer.with_context(
            default_res_model="sale.order", default_res_id=self.order.id, default_composition_mode="comment"
        )
        with freeze_time(EIGHT_PM), Form(composer) as form:
            self.assertEqual(form.when_words, "The customer will be told tomorrow at 9:00\u202fAM.")
            form.body = "A question"

    def test_a_board_asks_for_all_at_once(self):
        def queries(count):
            partners = self.make_customers(count)
            orders = self.env["sale.order"].concat(*(self.make_order(partner) for partner in partners))
            orders.action_confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.mapped("update_when")
            orders.mapped("ready_when")
            return self.env.cr.sql_log_count - before

        queries(1)
        few = queries(2)
        self.assertEqual(queries(8), few)
