from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.sms_api import NoAnswer, SmsApiSandbox
from .consent_common import OTHER
from .hours_common import NOON, HoursCommon
from .test_door_show import with_second_factor

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDailyCap(HoursCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.consent_daily_cap = 2

    def test_the_third_text_waits_for_the_next_day(self):
        texts = [self.make_sms(self.anna, body=str(i)) for i in range(3)]
        self.run_queue_at(NOON)
        self.assertEqual([sms.state for sms in texts], ["pending", "pending", "outgoing"])
        self.assertEqual((texts[2].waits_for, texts[2].send_after), ("cap", NOON + DAY))
        self.run_queue_at(NOON + DAY)
        self.assertEqual(texts[2].state, "pending")

    def test_another_number_and_codes_do_not_count(self):
        for _count in range(3):
            self.make_sms(self.anna, purpose="service")
        boris = self.env["res.partner"].create(
            {"name": "Boris", "phone": OTHER, "country_id": self.anna.country_id.id, "state_id": self.moscow.id}
        )
        self.answer(boris, "granted")
        texts = [self.make_sms(self.anna), self.make_sms(self.anna), self.make_sms(boris, number=OTHER)]
        self.run_queue_at(NOON)
        self.assertEqual([sms.state for sms in texts], ["pending"] * 3)
        # However the number is written.
        sms = self.make_sms(self.anna, number="+7 (916) 123-45-67")
        self.assertEqual(self.gate(sms, NOON)[1], "cap")

    def test_what_the_provider_did_not_take_does_not_count(self):
        texts = [self.make_sms(self.anna)]
        with patch.object(SmsApiSandbox, "_send_sms_batch", side_effect=NoAnswer(sent=False)):
            self.run_queue_at(NOON)
        self.assertEqual((texts[0].state, texts[0].waits_for), ("outgoing", "retry"))
        texts.append(self.make_sms(self.anna))
        self.run_queue_at(NOON + 5 * MINUTE)
        self.assertEqual([sms.state for sms in texts], ["pending", "pending"])

    def test_news_that_would_be_too_late_then_is_dropped(self):
        for _count in range(2):
            self.make_sms(self.anna)
        late = self.make_sms(self.anna, send_until=NOON + timedelta(hours=3))
        self.run_queue_at(NOON)
        self.assertEqual((late.state, late.failure_type), ("canceled", "daily_cap"))

    def test_the_law_may_allow_fewer(self):
        self.company.consent_daily_cap = 0
        self.answer(self.anna, "granted", self.offer_sms)
        rule = self.env.ref("consent_notify.consent_hours_rule_ru_offer")
        rule.day_max = 1
        texts = [self.make_sms(self.anna, purpose="offer_sms") for _count in range(2)]
        self.run_queue_at(NOON)
        self.assertEqual([sms.state for sms in texts], ["pending", "outgoing"])
        self.assertEqual(texts[1].waits_for, "cap")

    def test_what_was_counted_goes_after_a_day(self):
        self.make_sms(self.anna)
        self.run_queue_at(NOON)
        counts = self.env["consent.text.count"].sudo()
        self.assertEqual(counts.search_count([]), 1)
        with freeze_time(NOON + DAY + MINUTE):
            counts._gc_counts()
        self.assertFalse(counts.search_count([]))

    def test_erasing_the_number_forgets_the_count(self):
        self.make_sms(self.anna)
        self.run_queue_at(NOON)
        counts = self.env["consent.text.count"].sudo()
        self.assertEqual(counts.search_count([]), 1)
        manager = new_test_user(
            self.env, "cap_manager", "consent_notify.group_manager,sales_team.group_sale_salesman_all_leads"
        )
        with_second_factor(manager)
        wishes = self.env["consent.request"].with_user(manager)
        wishes.create({"partner_id": self.anna.id, "company_id": self.company.id}).action_erase()
        self.env.invalidate_all()
        self.assertFalse(self.anna.phone)
        self.assertFalse(counts.search_count([]))

    def test_two_workers_cannot_both_take_the_last_place(self):
        """Two real connections: the one that looked too early fails, and its claim is tried again."""
        key = (self.env.ref("base.main_company").id, "0" * 64)
        counts = []
        for _worker in range(2):
            cr = self.registry.cursor()
            self.addCleanup(cr.close)
            counts.append(api.Environment(cr, SUPERUSER_ID, {})["consent.text.count"])
        one, two = counts
        self.addCleanup(lambda: (one._forget_sudo({key[1]}), one.env.cr.commit()))
        self.assertFalse(one._moments_sudo({key}))
        self.assertFalse(two._moments_sudo({key}))
        one._add_sudo({key: 1})
        one.env.cr.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            two._add_sudo({key: 1})
        two.env.cr.rollback()
        self.assertEqual(len(two._moments_sudo({key})[key]), 1)
