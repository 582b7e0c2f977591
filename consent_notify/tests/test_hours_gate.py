from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .hours_common import EIGHT_PM, MIDNIGHT, NINE, NOON, HoursCommon

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@tagged("post_install", "-at_install")
class TestHoursAtTheGate(HoursCommon):
    def test_a_text_by_day_goes_and_one_by_night_waits_for_the_morning(self):
        self.assertEqual(self.gate(self.make_sms(self.anna), NOON), ("outgoing", False, False))
        sms = self.make_sms(self.anna)
        self.assertEqual(self.gate(sms, EIGHT_PM), ("outgoing", "hours", NINE + DAY))
        cron = self.env.ref("sms.ir_cron_sms_scheduler_action")
        self.assertIn(NINE + DAY, self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).mapped("call_at"))
        self.run_queue_at(NINE + DAY - MINUTE)
        self.assertEqual(sms.state, "outgoing")
        self.run_queue_at(NINE + DAY)
        self.assertEqual(sms.state, "pending")

    def test_the_dispatcher_asks_for_the_hour_again(self):
        with freeze_time(EIGHT_PM - MINUTE):
            sms = self.make_sms(self.anna)
            sms.send()
        self.assertFalse(sms.send_after)
        self.run_queue_at(EIGHT_PM)
        self.assertEqual((sms.state, sms.send_after, sms.waits_for), ("outgoing", NINE + DAY, "hours"))

    def test_a_code_goes_at_any_hour(self):
        sms = self.make_sms(self.anna, purpose="service")
        self.run_queue_at(MIDNIGHT)
        self.assertEqual(sms.state, "pending")

    def test_where_the_customer_is(self):
        anna = self.anna
        # Address with a state, a country alone (all eleven hours), and a number alone.
        anna.state_id = self.env.ref("base.state_ru_kam")
        self.assertEqual(self.gate(self.make_sms(anna), MIDNIGHT)[2], False, "noon in Kamchatka")
        anna.state_id = False
        in_all = MIDNIGHT + timedelta(hours=7)
        self.assertEqual(self.gate(self.make_sms(anna), MIDNIGHT)[2], in_all)
        anna.country_id = False
        self.assertEqual(self.gate(self.make_sms(anna), MIDNIGHT)[2], in_all)
        # The order's delivery address counts before the customer's own.
        anna.write({"country_id": self.env.ref("base.ru").id, "state_id": self.moscow.id})
        berlin = self.env["res.partner"].create(
            {"name": "Office", "parent_id": anna.id, "type": "delivery", "country_id": self.env.ref("base.de").id}
        )
        order = self.make_order(partner_shipping_id=berlin.id)
        message = order._message_sms("A question", partner_ids=anna.ids, put_in_queue=True)
        sms = self.env["sms.sms"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(self.gate(sms, NINE)[2], NINE + timedelta(hours=1), "9:00 in Berlin")

    def test_the_customers_own_hours(self):
        self.anna._set_sms_hours_sudo(self.company, (12, 14))
        self.assertEqual(self.gate(self.make_sms(self.anna), NINE)[1:], ("hours", NOON))
        # The shop's give way to them, and so does the rule for everybody, but not the law of the place.
        self.company.write({"consent_hour_from": 15, "consent_hour_to": 16})
        self.assertEqual(self.gate(self.make_sms(self.anna), NINE)[1:], ("hours", NOON))
        self.anna._set_sms_hours_sudo(self.company, (20, 21))
        self.assertEqual(self.gate(self.make_sms(self.anna), NINE)[2], EIGHT_PM)
        law = self.env.ref("consent_notify.consent_hours_rule_everywhere_order").copy(
            {"country_id": self.moscow.country_id.id}
        )
        self.assertEqual(self.gate(self.make_sms(self.anna), NINE)[2], NOON + timedelta(hours=3))
        law.active = False
        self.anna._set_sms_hours_sudo(self.company, (0, 0))
        self.assertEqual(self.gate(self.make_sms(self.anna), NINE)[2], NOON + timedelta(hours=3))

    def test_offers_have_hours_of_their_own(self):
        self.answer(self.anna, "granted", self.offer_sms)
        offer = self.make_sms(self.anna, purpose="offer_sms")
        self.assertEqual(self.gate(offer, NINE)[2], NINE + timedelta(hours=1))
        sunday = NOON - DAY
        offer = self.make_sms(self.anna, purpose="offer_sms")
        self.assertEqual(self.gate(offer, sunday)[2], NINE + timedelta(hours=1))
        self.anna.state_id = False
        offer = self.make_sms(self.anna, purpose="offer_sms")
        self.assertEqual(self.gate(offer, NOON)[:2], ("error", "no_hours"), "no hour is good in all of Russia")

    def test_the_switch_stops_everything_at_once(self):
        text, code = self.make_sms(self.anna), self.make_sms(self.anna, purpose="service")
        self.company.consent_texts_on = False
        self.run_queue_at(NOON)
        for sms in (text, code):
            self.assertEqual((sms.state, sms.failure_type), ("canceled", "switched_off"))
        order = self.make_order()
        order.action_confirm()
        self.assertEqual(
            (order.update_status, order.update_reason), ("refused", "Texts are switched off in the settings")
        )

    def test_what_waited_too_long_is_dropped(self):
        sms = self.make_sms(self.anna, send_until=NOON)
        self.assertEqual(self.gate(sms, NOON + MINUTE)[:2], ("canceled", "too_late"))
        sms = self.make_sms(self.anna, send_until=EIGHT_PM + timedelta(hours=2))
        self.assertEqual(self.gate(sms, EIGHT_PM)[:2], ("canceled", "too_late"), "the morning would be too late")

    def test_the_number_of_queries_does_not_grow(self):
        def queries(count):
            partners = self.make_customers(count)
            sms = self.env["sms.sms"].concat(*(self.make_sms(p, number=p.phone_sanitized) for p in partners))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(EIGHT_PM):
                self.assertFalse(sms._pass_gate_sudo())
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        few = queries(5)
        self.assertEqual(queries(100), few)
        self.assertLess(few, 30)
