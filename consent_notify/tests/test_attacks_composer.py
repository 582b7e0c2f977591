"""A text to a customer, turned into a way to put their number where pages show it."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .attack_common import MASK, NUMBER, AttackCommon

TYPED = "+12025550111"


@tagged("post_install", "-at_install")
class TestAttacksComposer(AttackCommon):
    def composer(self, record, **values):
        return (
            self.env["sms.composer"]
            .with_user(self.staff)
            .create(
                {
                    "res_model": record._name,
                    "res_id": record.id,
                    "composition_mode": "comment",
                    "number_field_name": "phone",
                    "body": "x",
                    **values,
                }
            )
        )

    def test_a_number_set_aside_for_one_contact_is_not_sent_for_another(self):
        me = self.staff.partner_id
        other = self.env["res.partner"].create({"name": "Other"})
        for values in (
            {"res_id": me.id},
            {"res_id": other.id},
            {"res_ids": str(me.ids)},
            {"res_model": "res.users", "res_id": self.staff.id},
            {"number_field_name": "phone_sanitized"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "another document"):
                self.composer(self.zoe, recipient_single_number_itf=MASK).write(values)
        self.assertFalse(me.phone)
        composer = self.composer(self.zoe, recipient_single_number_itf=MASK)
        composer.write({"res_id": self.zoe.id, "body": "Hello"})
        composer.action_send_sms()
        self.assertEqual(self.zoe.phone, NUMBER)

    def test_a_customers_number_is_not_typed_onto_a_colleague(self):
        me = self.staff.partner_id
        with self.assertRaisesRegex(UserError, "colleague"):
            self.composer(me, recipient_single_number_itf=NUMBER).action_send_sms()
        self.assertFalse(me.phone)
        self.composer(me, recipient_single_number_itf=TYPED).action_send_sms()
        self.assertEqual(me.phone, TYPED, "one's own is")

    def test_a_customers_number_put_on_another_contact_is_noted(self):
        other = self.env["res.partner"].create({"name": "Other", "country_id": self.env.ref("base.us").id})
        self.composer(other, recipient_single_number_itf=NUMBER).action_send_sms()
        self.assertEqual(other.phone, NUMBER)
        self.env.cr.precommit.run()
        row = self.env["phone.access"].search([("door", "=", "copy"), ("user_id", "=", self.staff.id)])
        self.assertEqual((row.model, row.res_id), ("res.partner", self.zoe.id))

    def test_pages_mask_a_colleagues_number_that_is_a_customers_too(self):
        me, contact = self.staff.partner_id, self.env["ir.qweb.field.contact"]
        me.write({"phone": TYPED, "country_id": self.env.ref("base.us").id})
        self.assertIn(TYPED, contact.value_to_html(me, {"fields": ["phone"]}))
        self.forget()
        for spelling in (NUMBER, "(202) 555-0187"):
            me.phone = spelling
            self.forget()
            for value in (me, self.staff):
                self.assertMasked(contact.value_to_html(value, {"fields": ["phone"]}))
