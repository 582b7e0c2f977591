"""Answers and numbers that a web form is made to take from somebody who is not the customer."""

from odoo.tests import HttpCase, new_test_user, tagged

from .attack_common import STAFF
from .checkout_common import CheckoutCommon
from .consent_common import NUMBER, OTHER

TYPED = "+32 470 11 22 33"


@tagged("post_install", "-at_install")
class TestAttacksForgedYes(CheckoutCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.anna.write({"street": "1 Elm Street", "city": "Ghent", "zip": "9000", "country_id": self.belgium.id})
        self.me = new_test_user(self.env, "forger", STAFF, email="forger@example.com").partner_id

    def answers(self, partner):
        self.env.invalidate_all()
        return self.env["consent.event"].search(
            [("partner_id", "=", partner.id), ("kind", "in", ("granted", "refused", "withdrawn"))]
        )

    def test_a_colleague_with_the_customer_below_their_own_contact(self):
        self.anna.with_user(self.me.user_ids).write({"parent_id": self.me.id, "type": "delivery"})
        self.assertEqual(self.anna.commercial_partner_id, self.me)
        self.authenticate("forger", "forger")
        self.put_in_cart()
        form = self.form(f"/shop/address?partner_id={self.anna.id}&address_type=delivery")
        self.taken({**form, "partner_id": self.anna.id, "consent_order_call": "1", "consent_order_sms": "1"})
        self.assertFalse(self.answers(self.anna))
        self.assertEqual(self.verdict(self.anna, self.order_call), "consent_missing")

    def test_a_contact_made_here_that_was_given_a_customers_number_afterwards(self):
        self.put_in_cart()
        order = self.taken(self.address(phone=TYPED))
        decoy = order.partner_id
        decoy.write({"phone": NUMBER, "country_id": self.anna.country_id.id})
        self.env.flush_all()
        form = self.form(f"/shop/address?partner_id={decoy.id}&address_type=billing")
        self.send({**form, "partner_id": decoy.id, "consent_order_call": "1", "consent_order_sms": "1"})
        self.assertEqual(set(self.answers(decoy).mapped("kind")), {"refused"}, "of the number that was typed")
        self.assertEqual(self.verdict(decoy, self.order_call), "consent_missing")

    def test_what_a_colleague_answers_bears_their_name(self):
        self.me.write(
            {"phone": TYPED, "street": "1 Elm", "city": "Ghent", "zip": "9000", "country_id": self.belgium.id}
        )
        self.authenticate("forger", "forger")
        self.put_in_cart()
        form = self.form(f"/shop/address?partner_id={self.me.id}&address_type=billing")
        self.taken({**form, "consent_order_call": "1", "consent_stop_offer_sms": "1"})
        self.assertTrue(self.answers(self.me))
        self.assertEqual(set(self.answers(self.me).mapped("actor")), {f"user:{self.me.user_ids.id}"})

    def test_a_customer_who_types_the_number_of_a_delivery_address_answers_for_it(self):
        customer = new_test_user(self.env, "forged_customer", "base.group_portal", email="c@example.com").partner_id
        customer.write({"street": "1 Elm", "city": "Ghent", "zip": "9000", "country_id": self.belgium.id})
        self.authenticate("forged_customer", "forged_customer")
        self.put_in_cart()
        form = self.form("/shop/address?address_type=delivery")
        address = {
            "name": "Aunt",
            "email": "aunt@example.com",
            "street": "2 Elm",
            "city": "Ghent",
            "zip": "9000",
            "country_id": self.belgium.id,
        }
        order = self.taken({**form, **address, "phone": OTHER, "consent_order_call": "1"})
        aunt = order.partner_shipping_id
        self.assertEqual(aunt.name, "Aunt")
        granted = self.answers(aunt).filtered(lambda event: event.kind == "granted")
        self.assertEqual((granted.purpose_id, granted.actor), (self.order_call, "customer"))


@tagged("post_install", "-at_install")
class TestAttacksTypedPhone(CheckoutCommon, HttpCase):
    def test_what_no_phone_could_dial_is_told_and_nothing_is_lost(self):
        owner = new_test_user(self.env, "typed_owner", "base.group_portal", email="owner@example.com").partner_id
        owner.write({"phone": NUMBER, "street": "1 Elm", "city": "Ghent", "zip": "9000", "country_id": self.belgium.id})
        self.authenticate("typed_owner", "typed_owner")
        self.put_in_cart()
        for path in (f"/shop/address?partner_id={owner.id}&address_type=billing", "/my/account"):
            [form] = self.page(path).xpath("//form[contains(@class, 'address_autoformat')]")
            values = {name: value for name, value in form.form_values() if not form.inputs[name].get("disabled")}
            for typed in ("12", "\u200b", "call me", "\u200b12"):
                with self.subTest(path=path, typed=typed):
                    answer = self.url_open(form.get("data-submit-url"), data={**values, "phone": typed}).json()
                    self.assertEqual(answer.get("invalid_fields"), ["phone"])
                    self.assertEqual(len(answer["messages"]), 1)
                    self.env.invalidate_all()
                    self.assertEqual(owner.phone, NUMBER)

    def test_an_uploaded_file_is_no_phone(self):
        owner = new_test_user(self.env, "typed_owner", "base.group_portal", email="owner@example.com").partner_id
        owner.write({"phone": NUMBER, "street": "1 Elm", "city": "Ghent", "zip": "9000", "country_id": self.belgium.id})
        self.authenticate("typed_owner", "typed_owner")
        [form] = self.page("/my/account").xpath("//form[contains(@class, 'address_autoformat')]")
        values = {**dict(form.form_values()), "city": "Bruges"}
        del values["phone"]
        answer = self.url_open(
            form.get("data-submit-url"), data=values, files={"phone": ("x.txt", b"+32 470 11 22 44")}
        )
        self.assertNotIn("messages", answer.json())
        self.env.invalidate_all()
        self.assertEqual((owner.phone, owner.city), (NUMBER, "Bruges"))
