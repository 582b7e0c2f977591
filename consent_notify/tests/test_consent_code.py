import logging
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..models import consent_code
from ..models.consent_code_check import TRIES
from .consent_common import NUMBER, OTHER
from .orders_common import OrdersCommon

HOME, AWAY = "198.51.100.7", "198.51.100.8"


class CodeCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.consent_confirm = True
        cls.Code = cls.env["consent.code"]

    def say_yes(self, partner=None, source="portal", **options):
        return self.answer(partner or self.anna, "granted", **{"source": source, "order_name": False, **options})

    def arrived(self, partner=None):
        """Run the queue and return the codes that arrived at a partner's handset, oldest first."""
        self.run_queue()
        texts = self.env["sandbox.message"].search([("partner_id", "=", (partner or self.anna).id)], order="id")
        return [match[0] for match in (re.search(r"\d{6}", body) for body in texts.mapped("body")) if match]

    def check(self, code, partner=None):
        return self.Code._check_sudo(partner or self.anna, self.company, code)

    def wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06}"

    def later(self, **age):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE consent_code SET asked_at = asked_at - %(age)s, expires = expires - %(age)s",
            {"age": timedelta(**age)},
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestConsentCode(CodeCommon):
    def test_until_confirmed_only_the_code_is_sent(self):
        self.say_yes()
        self.assertEqual(self.verdict(self.anna), "consent_unconfirmed")
        order = self.make_order()
        order.action_confirm()
        [code] = self.arrived()
        self.assertFalse(self.texts_of(order))
        self.assertEqual(order.update_ids[:1].reason, "consent_unconfirmed")
        self.assertIn("not confirmed", dict(order.update_ids._selection_reason())["consent_unconfirmed"])
        self.assertTrue(self.check(code))
        self.assertIsNone(self.verdict(self.anna))
        order.action_mark_ready()
        self.run_queue()
        self.assertEqual(len(self.texts_of(order)), 1)

    def test_without_the_setting_nothing_is_asked(self):
        self.company.consent_confirm = False
        self.say_yes()
        self.assertIsNone(self.verdict(self.anna))
        self.assertFalse(self.arrived())

    def test_the_confirmation_is_an_event_of_what_was_agreed_to(self):
        self.say_yes()
        self.say_yes(purpose=self.offer_sms)
        self.answer(self.anna, "granted", self.order_call, source="portal")
        [code] = self.arrived()
        self.check(code)
        events = self.env["consent.event"].search([("kind", "=", "confirmed")])
        self.assertEqual(events.purpose_id, self.order_sms | self.offer_sms)
        self.assertEqual(set(events.mapped("source")), {"portal"})
        self.assertTrue(all(events.mapped("is_intact")))
        self.assertEqual(self.Code._confirmed_sudo(self.anna, self.company), self.anna)

    def test_the_status_says_what_the_gate_says(self):
        self.say_yes()
        status = self.env["consent.status"].search([("partner_id", "=", self.anna.id)])
        self.assertFalse(status.is_allowed)
        self.check(self.arrived()[0])
        self.env.invalidate_all()
        self.assertTrue(status.is_allowed)

    def test_calls_need_no_code(self):
        self.answer(self.anna, "granted", self.order_call, source="portal")
        self.assertIsNone(self.verdict(self.anna, self.order_call))
        self.assertFalse(self.arrived())

    def test_a_changed_number_starts_anew(self):
        self.say_yes()
        [code] = self.arrived()
        self.anna.phone = OTHER
        self.assertFalse(self.check(code), "it was sent to another handset")
        self.anna.phone = NUMBER
        self.assertTrue(self.check(code))
        self.anna.phone = OTHER
        self.say_yes()
        self.assertEqual(self.verdict(self.anna, number=OTHER), "consent_unconfirmed")

    def test_another_customer_with_the_number_confirms_alone(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.say_yes()
        self.say_yes(boris)
        [code] = self.arrived()
        self.assertFalse(self.check(code, boris))
        self.check(code)
        self.assertEqual(self.verdict(boris), "consent_unconfirmed")

    def test_a_yes_in_person_or_by_email_sends_a_code(self):
        for place, source in enumerate(("counter", "telephone", "paper", "email")):
            partner = self.env["res.partner"].create({"name": source, "phone": f"+7916123457{place}"})
            self.say_yes(partner, source=source)
            self.assertEqual(len(self.arrived(partner)), 1, source)

    def test_a_yes_about_a_quotation_given_in_person_sends_a_code(self):
        self.say_yes(source="telephone", order_name=self.make_order().name)
        self.assertEqual(len(self.arrived()), 1)

    def test_a_yes_from_a_list_sends_no_code(self):
        self.say_yes(source="import")
        self.assertFalse(self.arrived())

    def test_at_the_checkout_the_code_waits_for_the_order(self):
        order = self.make_order()
        self.say_yes(source="checkout", order_name=order.name)
        self.assertFalse(self.arrived())
        order.action_confirm()
        self.say_yes(source="checkout", order_name=order.name, purpose=self.offer_sms)
        self.assertEqual(len(self.arrived()), 1)

    # ------------------------------------------------------------ tries

    def test_five_wrong_tries_end_a_code(self):
        self.say_yes()
        [code] = self.arrived()
        for _time in range(TRIES):
            self.assertFalse(self.check(self.wrong(code)))
        self.assertFalse(self.check(code))
        self.assertEqual(self.verdict(self.anna), "consent_unconfirmed")

    def test_four_wrong_tries_do_not(self):
        self.say_yes()
        [code] = self.arrived()
        for _time in range(TRIES - 1):
            self.check(self.wrong(code))
        self.assertTrue(self.check(f" {code[:3]} {code[3:]} "))

    def test_ten_minutes(self):
        self.say_yes()
        [code] = self.arrived()
        self.later(minutes=9, seconds=50)
        self.assertTrue(self.env["consent.code"].search([]).expires > fields.Datetime.now())
        self.later(minutes=1)
        self.assertFalse(self.check(code))

    def test_a_code_works_once(self):
        self.say_yes()
        [code] = self.arrived()
        self.assertTrue(self.check(code))
        self.assertFalse(self.check(code))
        self.assertEqual(self.env["consent.event"].search_count([("kind", "=", "confirmed")]), 1)

    def test_a_newer_code_ends_the_older(self):
        self.say_yes()
        [older] = self.arrived()
        # Once in a million they would be equal.
        with patch.object(consent_code.secrets, "randbelow", lambda _limit: int(self.wrong(older))):
            self.Code._send_sudo(self.anna, self.company)
            _older, newer = self.arrived()
        self.assertEqual(newer, self.wrong(older))
        self.assertFalse(self.check(older))
        self.assertTrue(self.check(newer))

    def test_odd_texts_are_wrong_codes(self):
        self.say_yes()
        self.arrived()
        for typed in ("", "x" * 10_000, "1" * 10_000, "\0", "½²³", "٣٤٥٦٧٨", "'; DROP TABLE res_partner; --"):
            self.assertFalse(self.check(typed), repr(typed[:20]))

    # ------------------------------------------------------------ caps

    def ask(self, partner, address=None):
        before = self.Code.search_count([])
        self.Code._send_sudo(partner, self.company, address)
        self.run_queue()
        return self.Code.search_count([]) - before

    def test_five_codes_a_day_to_one_number(self):
        self.say_yes()
        self.run_queue()
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.answer(boris, "granted", source="import")
        sent = [self.ask(partner) for partner in [self.anna, boris] * 4]
        self.assertEqual(sent, [1, 1, 1, 1, 0, 0, 0, 0], "the first came with the yes")
        self.later(hours=24)
        self.assertEqual(self.ask(self.anna), 1)

    def test_twenty_codes_a_day_for_one_network(self):
        partners = self.make_customers(consent_code.PER_NETWORK + 1)
        sent = [self.ask(partner, HOME) for partner in partners]
        self.assertEqual(sent, [1] * consent_code.PER_NETWORK + [0])
        self.assertEqual(self.ask(partners[-1], AWAY), 1)

    def test_twenty_codes_a_day_for_one_of_the_staff(self):
        partners = self.make_customers(consent_code.PER_NETWORK + 1)
        sent = []
        for partner in partners:
            sent.append(len(self.Code._send_sudo(partner, self.company, HOME, self.clerk)))
            self.run_queue()
        self.assertEqual(sent, [1] * consent_code.PER_NETWORK + [0])
        self.assertEqual(len(self.Code._send_sudo(partners[-1], self.company, HOME, self.env.user)), 1)

    def test_one_that_waits_in_the_queue_will_do(self):
        self.say_yes()
        self.Code._send_sudo(self.anna, self.company)
        self.assertEqual(len(self.arrived()), 1)

    def test_nothing_to_confirm_sends_nothing(self):
        self.assertEqual(self.ask(self.anna), 0)
        self.answer(self.anna, "refused", source="portal")
        self.assertEqual(self.ask(self.anna), 0)

    def test_nothing_to_send_takes_no_turn(self):
        self.Code._send_sudo(self.anna, self.company, HOME)
        self.env.cr.execute("SELECT count(*) FROM consent_code_turn")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    # ------------------------------------------------------------ where the code stands

    def test_the_code_stands_nowhere_but_on_the_handset(self):
        heard = []
        handler = logging.Handler()
        handler.emit = lambda record: heard.append(record.getMessage())
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        self.say_yes()
        [code] = self.arrived()
        self.check(code)
        self.env.flush_all()
        for table in ("consent_code", "sms_sms", "mail_message", "mail_notification", "consent_event", "phone_access"):
            self.env.cr.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")  # pylint: disable=sql-injection
            self.assertNotRegex(self.env.cr.fetchone()[0] or "", rf"(?<!\d){code}(?!\d)", table)
        self.assertNotIn(code, " ".join(heard))

    def test_the_sandbox_shows_codes_to_managers_only(self):
        order = self.make_order()
        self.say_yes()
        self.arrived()
        text = self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)])
        plain = text.copy({"purpose_id": self.order_sms.id, "order_id": order.id, "body": "ready"})
        none = text.copy({"purpose_id": False, "order_id": order.id, "body": "ready"})
        text.order_id = order
        for group, sees in (("group_user", False), ("group_officer", False), ("group_manager", True)):
            user = new_test_user(self.env, group, f"consent_notify.{group},sales_team.group_sale_salesman")
            order.user_id = user
            self.env.flush_all()
            found = self.env["sandbox.message"].with_user(user).search([("id", "in", (text | plain | none).ids)])
            self.assertEqual(found, (text if sees else text.browse()) | plain | none, group)

    def test_the_words(self):
        self.env["res.lang"]._activate_lang("ru_RU")
        self.say_yes()
        self.run_queue()
        body = self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)]).body
        host = self.env["consent.link"]._host(self.company)
        self.assertRegex(body, rf"^Code \d{{6}} for {re.escape(host)}\. Tell it to no one\.$")

    def test_a_text_that_waited_too_long_is_not_sent(self):
        self.say_yes()
        sms = self.env["sms.sms"].search([("partner_id", "=", self.anna.id)])
        self.later(minutes=10)
        self.assertFalse(self.arrived())
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "code_stale"))

    def test_it_goes_out_in_the_name_of_its_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere", "sms_provider": "sandbox"})
        other.consent_confirm = True
        answers = [(self.order_sms, "granted", None)]
        self.env["consent.event"]._record_sudo(self.anna, other, answers, source="portal")
        self.run_queue()
        text = self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual(text.company_id, other)

    def test_the_gate_asks_as_often_for_many_as_for_few(self):
        counts = []
        for count in (2, 20):
            partners = self.make_customers(count)
            texts = self.env["sms.sms"].concat(*(self.make_sms(p, p.phone) for p in partners))
            partners.phone = False
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            reasons = texts._gate_reasons_sudo()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(reasons.values()), {"consent_unconfirmed"})
            self.env["res.partner"].browse(partners.ids).unlink()
        self.assertEqual(*counts)

    def test_codes_go_after_a_day(self):
        self.say_yes()
        self.later(hours=24)
        self.Code._gc_codes()
        self.assertFalse(self.Code.search_count([]))
