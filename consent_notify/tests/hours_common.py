"""What the tests about hours share: a customer in Moscow, the rules as they come, and a clock."""

from freezegun import freeze_time

from odoo import fields

from .orders_common import OrdersCommon

# A Monday. Moscow keeps UTC+3 all the year: midnight, 9:00, 12:00 and 20:00 there.
MIDNIGHT, NINE, NOON, EIGHT_PM = (
    fields.Datetime.to_datetime(f"2026-06-01 {time}") for time in ("00:00:00", "06:00:00", "09:00:00", "17:00:00")
)


class HoursCommon(OrdersCommon):
    at_any_hour = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moscow = cls.env.ref("base.state_ru_mow")
        cls.anna.state_id = cls.moscow
        cls.answer(cls.anna, "granted")
        cls.company.write({"consent_hour_from": 0, "consent_hour_to": 24})

    def run_queue_at(self, moment):
        with freeze_time(moment):
            self.run_queue()

    def gate(self, sms, moment):
        """Return (state, why not or what it waits for, from when) after the gate at `moment`."""
        with freeze_time(moment):
            sms.send()
        return sms.state, sms.failure_type or sms.waits_for, sms.send_after
