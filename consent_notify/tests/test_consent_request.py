from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import NUMBER
from .orders_common import OrdersCommon
from .privacy_common import PAGE, PrivacyCommon
from .test_door_show import with_second_factor

DELIVERY = "+79160000001"


@tagged("post_install", "-at_install")
class TestErasePage(PrivacyCommon, HttpCase):
    def wish(self):
        self.env.invalidate_all()
        return self.env["consent.request"].search([("partner_id", "=", self.owner.id)])

    def ask(self):
        form = self.page(f"{PAGE}/erase").xpath("//form[contains(@class, 'o_consent_erase')]")[0]
        return self.post(f"{PAGE}/erase", {**self.fields(form, ""), "sure": "1"})

    def test_the_wish_has_an_owner_and_thirty_days_and_stops_all_at_once(self):
        manager = new_test_user(self.env, "request_manager", "consent_notify.group_manager")
        for purpose in (self.order_sms, self.order_call, self.offer_sms):
            self.answer(self.owner, "granted", purpose)
        answer = self.ask()
        self.assertIn("the shop erases your number by", " ".join(answer.text.split()))
        wish = self.wish()
        today = fields.Date.today()
        self.assertEqual((wish.state, wish.source, wish.deadline), ("open", "portal", today + timedelta(days=30)))
        self.assertTrue(wish.user_id.has_group("consent_notify.group_manager"))
        self.assertEqual(wish.activity_ids.user_id, wish.user_id)
        self.assertEqual(wish.activity_ids.date_deadline, wish.deadline)
        self.assertTrue(wish.with_user(manager).has_access("write"))
        for purpose in (self.order_sms, self.order_call, self.offer_sms):
            self.assertEqual(self.verdict(self.owner, purpose), "consent_withdrawn")

    def test_it_takes_a_second_look(self):
        token = self.token()
        for sure in ("", "0", "yes"):
            answer = self.post(f"{PAGE}/erase", {"csrf_token": token, "sure": sure})
            self.assertIn("Erase your phone number?", answer.text)
        self.assertFalse(self.wish())

    def test_the_customer_reads_what_became_of_it(self):
        self.ask()
        self.assertFalse(self.page(f"{PAGE}/erase").xpath("//form[contains(@class, 'o_consent_erase')]"))
        wish = self.wish()
        wish.answer = "Your warranty runs until May"
        wish.action_refuse()
        self.assertIn("Your warranty runs until May", self.url_open(PAGE).text)
        self.ask()
        self.assertEqual(len(self.wish()), 2)


@tagged("post_install", "-at_install")
class TestConsentRequest(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "request_manager", "consent_notify.group_manager,sales_team.group_sale_salesman_all_leads"
        )
        with_second_factor(cls.manager)
        cls.answer(cls.anna, "granted")

    def ask(self, partner=None, **values):
        wishes = self.env["consent.request"].with_user(self.manager)
        return wishes.create({"partner_id": (partner or self.anna).id, "company_id": self.company.id, **values})

    def held(self, number=NUMBER):
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM phone_vault WHERE number_digest = %s", [self.digest(number)])
        return self.env.cr.fetchone()[0]

    def test_erasing_destroys_the_number_and_keeps_the_answers(self):
        address = self.env["res.partner"].create(
            {"name": "Anna", "parent_id": self.anna.id, "type": "delivery", "phone": DELIVERY}
        )
        wish = self.ask()
        self.assertTrue(self.held() and self.held(DELIVERY))
        wish.action_erase()
        self.env.invalidate_all()
        self.assertFalse(self.anna.phone or self.anna.phone_sanitized or address.phone)
        self.assertFalse(self.held() or self.held(DELIVERY))
        self.assertEqual((wish.state, wish.answer), ("done", "Your number is erased."))
        self.assertFalse(wish.activity_ids)
        kinds = self.env["consent.event"].search([("partner_id", "=", self.anna.id)]).mapped("kind")
        self.assertIn("granted", kinds)

    def test_a_number_that_somebody_else_gave_stays_theirs(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        self.ask().action_erase()
        self.env.invalidate_all()
        self.assertEqual((self.anna.phone, boris.phone), (False, NUMBER))

    def test_what_another_company_may_use_stays(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["consent.event"]._record_sudo(self.anna, other, [(self.order_sms, "granted", None)], source="checkout")
        wish = self.ask()
        wish.action_erase()
        self.env.invalidate_all()
        self.assertEqual(self.anna.phone, NUMBER)
        self.assertIn("another shop", wish.answer)

    def test_an_open_order_comes_first(self):
        self.make_order(state="sale", commitment_date=fields.Datetime.now() + timedelta(days=2))
        wish = self.ask()
        with self.assertRaisesRegex(UserError, "open order"):
            wish.action_erase()
        self.assertTrue(self.held())

    def test_erasing_needs_a_second_factor_and_the_role(self):
        wish = self.ask()
        plain = new_test_user(self.env, "request_plain", "consent_notify.group_manager")
        officer = new_test_user(self.env, "request_officer", "consent_notify.group_officer")
        with_second_factor(officer)
        with self.assertRaises(UserError):
            wish.with_user(plain).action_erase()
        for action in ("action_erase", "action_done", "action_refuse"):
            with self.assertRaises(UserError):
                getattr(wish.with_user(officer), action)()
        self.assertEqual((wish.state, bool(self.held())), ("open", True))

    def test_an_officer_notes_what_a_customer_told(self):
        officer = new_test_user(
            self.env, "request_noting", "consent_notify.group_officer,sales_team.group_sale_salesman"
        )
        self.answer(self.anna, "granted")
        wish = self.env["consent.request"].with_user(officer)
        wish = wish.create({"partner_id": self.anna.id, "state": "done", "source": "portal", "answer": "Erased."})
        self.assertEqual((wish.state, wish.source, wish.answer), ("open", "counter", False), "it is no answer")
        self.assertTrue(wish.user_id.has_group("consent_notify.group_manager"))
        self.assertEqual(wish.activity_ids.user_id, wish.user_id)
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")
        event = self.env["consent.event"].search([("kind", "=", "withdrawn")], limit=1)
        self.assertEqual((event.source, event.actor), ("counter", f"user:{officer.id}"))
        with self.assertRaises(AccessError):
            wish.state = "done"

    def test_by_hand_or_refused_with_a_reason(self):
        wish = self.ask()
        with self.assertRaisesRegex(UserError, "why not"):
            wish.action_refuse()
        wish.action_done()
        with self.assertRaisesRegex(UserError, "answered already"):
            wish.action_done()
        self.assertEqual((wish.state, bool(wish.closed_at)), ("done", True))

    def test_no_number_in_the_answer(self):
        with self.assertRaisesRegex(UserError, "Leave numbers out"):
            self.ask().answer = f"called {NUMBER}"

    def test_what_was_told_to_the_staff_stops_all_and_is_signed(self):
        self.ask()
        event = self.env["consent.event"].search([("partner_id", "=", self.anna.id), ("kind", "=", "withdrawn")])[:1]
        self.assertEqual((event.source, event.actor), ("counter", f"user:{self.manager.id}"))
        self.assertEqual(self.verdict(self.anna), "consent_withdrawn")

    def test_late_is_told(self):
        wish = self.ask(asked_at=fields.Datetime.now() - timedelta(days=31))
        self.assertTrue(wish.is_late)
        wish.action_done()
        self.assertFalse(wish.is_late)

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, "stranger", "consent_notify.group_manager", company_id=other.id, company_ids=other.ids
        )
        wish = self.ask()
        self.assertFalse(self.env["consent.request"].with_user(stranger).search([("id", "=", wish.id)]))
