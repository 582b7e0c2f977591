"""Ways through wizards and other doors' frames: each of them showed or used a number before it was closed."""

import xmlrpc.client

from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..tools import redact
from .checkout_common import CheckoutCommon
from .consent_common import NUMBER


@tagged("post_install", "-at_install")
class TestAttacksWizards(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.env.flush_all()
        cls.staff = new_test_user(cls.env, "wizard_thief", "base.group_user,sales_team.group_sale_salesman_all_leads")
        cls.handle = cls.anna.with_user(cls.staff).read(["phone"])[0]["phone"]

    def composer(self, **values):
        return (
            self.env["sms.composer"]
            .with_user(self.staff)
            .create({"composition_mode": "comment", "body": "x", **values})
        )

    def test_the_composer_writes_no_number_into_another_column(self):
        order = self.env["sale.order"].create({"partner_id": self.staff.partner_id.id, "user_id": self.staff.id})
        for number in (self.handle, NUMBER):
            with self.assertRaises(UserError):
                self.composer(
                    res_model="sale.order",
                    res_id=order.id,
                    number_field_name="client_order_ref",
                    recipient_single_number_itf=number,
                ).action_send_sms()
        self.assertFalse(order.client_order_ref)

    def test_a_wizard_takes_no_handle_of_somebody_else(self):
        with self.assertRaises(UserError):
            self.composer(recipient_single_number_itf=self.handle)
        manager = new_test_user(self.env, "wizard_manager", "base.group_user,consent_notify.group_manager")
        with self.assertRaises(UserError):
            self.env["consent.test.sms"].with_user(manager).create({"phone": self.handle})

    def test_a_wizard_confirms_no_guess(self):
        shown = self.composer(recipient_single_number_itf=NUMBER).read(["recipient_single_number_itf"])[0]
        self.assertNotIn("#", shown["recipient_single_number_itf"])
        self.assertIn("•", shown["recipient_single_number_itf"])

    def test_the_class_of_a_purpose_is_settled(self):
        purpose = self.env.ref("consent_notify.purpose_order_sms")
        with self.assertRaises(UserError):
            purpose.purpose_class = "service"
        purpose.write({"purpose_class": "transactional", "term_months": 6})

    def test_what_a_text_is_for_is_settled(self):
        sms = self.env["sms.sms"].create({"number": NUMBER, "body": "x"})
        with self.assertRaises(UserError):
            sms.purpose_id = self.env.ref("consent_notify.purpose_service")

    def test_logs_lose_numbers_without_a_prefix(self):
        for line in (
            "Invalid operator in condition ('phone', 'nope', '89168881004')",
            'value "89168881004" is out of range',
            "Impossible number 8 916 888 10 04: too short",
            'GET /shop?search=89168881004 HTTP/1.1" 200',
            "GET /json/1/res.partner?domain=[('phone','=',89168881004)]",
        ):
            self.assertNotIn("1004", redact.redact(line).replace(" ", ""), line[:30])
        kept = "Sent batch 12 SMS in 2026-11-24 08:15:00,123 with 1,234 queries"
        self.assertEqual(redact.redact(kept), kept)


@tagged("post_install", "-at_install")
class TestAttacksRawRpc(HttpCase):
    def test_look_ups_by_the_old_protocols_are_counted(self):
        partner = self.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        user = new_test_user(self.env, "raw_thief", "base.group_user,base.group_partner_manager")
        self.env.flush_all()
        models = self.xmlrpc_object
        ask = (self.env.cr.dbname, user.id, "raw_thief", "res.partner", "search")
        self.assertEqual(models.execute_kw(*ask, [[["phone", "=", NUMBER]]]), partner.ids)
        with self.assertRaisesRegex(xmlrpc.client.Fault, "at once"):
            models.execute_kw(*ask, [[["phone_sanitized", "in", [f"+7916000{i:04}" for i in range(50)]]]])
        rows = self.env["phone.access"].search([("door", "=", "look_up"), ("user_id", "=", user.id)])
        self.assertEqual(len(rows), 1)


@tagged("post_install", "-at_install")
class TestAttacksForgedAnswer(CheckoutCommon, HttpCase):
    def test_the_holder_of_a_cart_does_not_answer_for_the_customer_put_on_it(self):
        anna = self.env["res.partner"].create(
            {
                "name": "Anna",
                "email": "anna@example.com",
                "phone": NUMBER,
                "street": "1 Elm Street",
                "city": "Ghent",
                "zip": "9000",
                "country_id": self.belgium.id,
            }
        )
        self.put_in_cart()
        order = self.order()
        order.write({"partner_id": anna.id, "partner_invoice_id": anna.id, "partner_shipping_id": anna.id})
        self.env.flush_all()
        form = self.form(f"/shop/address?partner_id={anna.id}&address_type=billing")
        self.send({**form, "partner_id": anna.id, "consent_order_call": "1", "consent_offer_sms": "1"})
        self.env.invalidate_all()
        subjects = self.env["consent.subject"].search([("partner_id", "=", anna.id)])
        events = self.env["consent.event"].search([("subject_ref", "in", subjects.ids)])
        self.assertFalse(events.filtered(lambda event: event.kind == "granted"))
