import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import NUMBER
from .orders_common import OrdersCommon
from .test_door_show import with_second_factor

SHOWN = "+7 916 123-45-67"


class CallCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(
            cls.env, "call_officer", "consent_notify.group_officer,sales_team.group_sale_salesman_all_leads"
        )
        cls.colleague = new_test_user(cls.env, "call_colleague", "sales_team.group_sale_salesman")
        with_second_factor(cls.clerk, cls.officer, cls.colleague)
        cls.order = cls.make_order(state="sale")

    def call(self, user=None, order=None, **options):
        return self.env["phone.door"].with_user(user or self.clerk)._call((order or self.order).id, **options)

    def calls(self):
        return self.env["phone.access"].search([("door", "=", "call"), ("order_ref", "=", self.order.name)])


@tagged("post_install", "-at_install")
class TestDoorCall(CallCommon):
    def test_a_customer_who_allows_calls_is_called_by_whoever_handles_the_order(self):
        self.answer(self.anna, "granted", self.order_call)
        self.assertEqual(self.call(note="about the colour"), {"number": SHOWN, "e164": NUMBER, "seconds": 120})
        row = self.calls()
        self.assertEqual(
            (row.user_id, row.reason, row.note, row.model, row.res_id),
            (self.clerk, "order", "about the colour", "res.partner", self.anna.id),
        )
        self.assertEqual((row.order_ref, row.company_id), (self.order.name, self.company))

    def test_the_log_says_whose_number_it_was_whoever_the_order_s_customer_is_later(self):
        boris = self.env["res.partner"].create({"name": "Boris", "phone": "+79165554433", "user_id": self.clerk.id})
        self.answer(boris, "granted", self.order_call)
        self.order.partner_id = boris
        self.call()
        self.order.partner_id = self.anna
        domain = [("model", "=", "res.partner"), ("res_id", "=", boris.id)]
        self.assertEqual(self.env["phone.access"].search(domain).door, "call")
        self.assertFalse(self.calls().filtered(lambda row: row.res_id == self.anna.id))

    def test_a_yes_to_texts_is_no_yes_to_calls(self):
        self.answer(self.anna, "granted", self.order_sms)
        with self.assertRaisesRegex(UserError, "not asked.*Write instead"):
            self.call()

    def test_a_no_is_a_no_for_a_salesperson_however_often_confirmed(self):
        for kind, words in (("refused", "does not want"), ("granted", ""), ("withdrawn", "no calls any more")):
            self.answer(self.anna, kind, self.order_call)
            if words:
                with self.assertRaisesRegex(UserError, words):
                    self.call(confirmed=True, note="really needed")
        self.assertFalse(self.calls())

    def test_an_officer_insists_for_the_contract_by_a_second_confirmation(self):
        self.answer(self.anna, "refused", self.order_call)
        for options in ({}, {"note": "door code is missing"}, {"confirmed": True}):
            with self.assertRaises(UserError):
                self.call(self.officer, **options)
        self.assertFalse(self.calls())
        self.call(self.officer, confirmed=True, note="door code is missing")
        self.assertEqual((self.calls().reason, self.calls().note), ("contract", "door code is missing"))
        quotation = self.make_order(state="sent")
        with self.assertRaisesRegex(UserError, "no contract yet"):
            self.call(self.officer, quotation, confirmed=True, note="door code is missing")

    def test_only_orders_that_are_open_and_ones_own(self):
        self.answer(self.anna, "granted", self.order_call)
        clerk_alone = new_test_user(self.env, "call_nobody", "base.group_user")
        with_second_factor(clerk_alone)
        for user in (self.colleague, clerk_alone):
            with self.assertRaisesRegex(AccessError, "not yours"):
                self.call(user)
        for state in ("draft", "cancel"):
            with self.assertRaisesRegex(UserError, "reason to call"):
                self.call(order=self.make_order(state=state))
        for order_id in (2**31 - 1, "1 OR 1=1", None, [self.order.id]):
            with self.assertRaises(AccessError):
                self.env["phone.door"].with_user(self.clerk)._call(order_id)

    def test_one_factor_is_not_enough(self):
        self.answer(self.anna, "granted", self.order_call)
        self.clerk.sudo().totp_secret = False
        self.clerk.invalidate_recordset(["totp_enabled"])
        with self.assertRaisesRegex(UserError, "two factors"):
            self.call()

    def test_a_yes_of_the_customer_does_not_open_the_number_of_who_receives_the_goods(self):
        self.answer(self.anna, "granted", self.order_call)
        self.anna.phone = False
        for number in ("+79165554433", NUMBER):
            other = self.env["res.partner"].create({"name": "Boris", "phone": number})
            order = self.make_order(state="sale", partner_shipping_id=other.id)
            with self.assertRaisesRegex(UserError, "not asked"):
                self.call(order=order)

    def test_the_outcome_is_noted_on_the_order_without_the_number(self):
        self.answer(self.anna, "granted", self.order_call)
        door = self.env["phone.door"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "not called"):
            door.action_note_call(self.order.id, "reached")
        other = self.env["res.company"].create({"name": "Other Shop"})
        for known in ({"order_ref": "S0"}, {"company_id": other.id}):
            row = {"order_ref": self.order.name, "company_id": self.company.id, **known}
            self.env["phone.access"].with_user(self.clerk)._record_sudo("call", **row)
            with self.assertRaisesRegex(UserError, "not called"):
                door.action_note_call(self.order.id, "reached")
        self.call()
        for outcome, note in (("vanished", ""), ("reached", "now under 8 916 555 44 33")):
            with self.assertRaises(UserError):
                door.action_note_call(self.order.id, outcome, note)
        door.action_note_call(self.order.id, "later", "after <b>six</b>")
        message = self.order.message_ids[0]
        self.assertEqual(message.author_id, self.clerk.partner_id)
        self.assertIn("Call back later", message.body)
        self.assertIn("&lt;b&gt;six", message.body)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_note"), "the customer gets no copy")
        self.assertNotIn("1234567", message.body)


@tagged("post_install", "-at_install")
class TestDoorCallOverHttp(CallCommon, HttpCase):
    def ask(self, seconds_ago=0):
        self.answer(self.anna, "granted", self.order_call)
        self.authenticate(
            "orders_clerk", "orders_clerk", session_extra={"identity-check-last": time.time() - seconds_ago}
        )
        return self.url_open("/consent_notify/call", json={"params": {"order_id": self.order.id}})

    def test_the_number_comes_once_and_is_not_cached(self):
        answer = self.ask()
        self.assertEqual(answer.json()["result"]["number"], SHOWN)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_an_old_password_is_asked_again(self):
        self.assertIn("ten minutes", self.ask(seconds_ago=11 * 60).json()["result"]["message"])
        params = {"model": "sale.order", "method": "action_call", "args": [self.order.ids], "kwargs": {}}
        action = self.url_open("/web/dataset/call_button/sale.order/action_call", json={"params": params}).json()
        self.assertEqual(action["result"]["res_model"], "res.users.identitycheck")
        self.assertFalse(self.calls())
