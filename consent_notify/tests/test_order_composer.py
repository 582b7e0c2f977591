"""A text about one order: its purpose, its person, its link, and whether it would be sent, told before."""

from odoo.tests import new_test_user, tagged

from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestOrderComposer(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer(cls.anna, "granted")
        cls.order = cls.make_order()
        cls.order.action_confirm()

    def compose(self, order=None, **vals):
        action = (order or self.order).with_user(self.clerk).action_write_sms()
        return self.env["sms.composer"].with_user(self.clerk).with_context(**action["context"]).create(vals)

    def test_a_question_goes_to_the_customer_as_an_order_update(self):
        self.run_queue()
        composer = self.compose()
        self.assertTrue(composer.body.startswith(f"{self.company.name}, order {self.order.name}:"))
        self.assertTrue(composer.body.endswith(" [link]"))
        self.assertFalse(composer.order_refusal)
        composer.body = "Blue or red? [link]"
        composer.action_send_sms()
        sms = self.env["sms.sms"].search([("body", "=", "Blue or red? [link]")])
        self.assertEqual((sms.purpose_id, sms.partner_id, sms.state), (self.order_sms, self.anna, "outgoing"))
        self.run_queue()
        self.assertRegex(self.texts_of(self.order)[-1], r"^Blue or red\? \S+/u/\w{11}$")
        self.assertIn("[link]", self.order.message_ids.filtered(lambda m: m.message_type == "sms")[0].body)

    def test_who_may_not_be_told_is_known_before_the_words_are_written(self):
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        composer = self.compose()
        self.assertEqual(composer.order_refusal, "Consent Withdrawn")
        arch = self.env["sms.composer"].get_view(view_type="form")["arch"]
        self.assertIn("or (order_refusal)", arch)
        composer.action_send_sms()  # whoever calls it nevertheless meets the gate
        self.run_queue()
        self.assertFalse(any("[link]" in text or "/u/" in text for text in self.texts_of(self.order)[1:]))

    def test_of_many_orders_it_tells_how_many_are_refused_and_why(self):
        template = self.env.ref("consent_notify.sms_template_confirmed")
        orders = self.order + self.make_order() + self.make_order(self.env["res.partner"].create({"name": "Boris"}))
        composer = self.env["sms.composer"].with_user(self.clerk)
        about = {"res_model": "sale.order", "res_ids": str(orders.ids), "composition_mode": "mass"}
        told = composer.new({**about, "template_id": template.id}).orders_refused
        self.assertEqual(told, "The customers of 1 of 3 orders will not be told: Missing Number (1).")
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        told = composer.new({**about, "template_id": template.id}).orders_refused
        self.assertIn("3 of 3 orders will not be told: Consent Withdrawn (2), Missing Number (1).", told)
        self.assertIn("no purpose", composer.new(about).orders_refused)
        self.assertFalse(self.compose().orders_refused)

    def test_an_order_of_a_colleague_tells_nothing(self):
        self.env["consent.event"]._withdraw_sudo(self.anna, self.company, self.order_sms, "counter")
        stranger = new_test_user(self.env, "composer_stranger", groups="sales_team.group_sale_salesman")
        about = {"res_model": "sale.order", "res_id": self.order.id, "composition_mode": "comment"}
        for user, refusal in ((stranger, False), (self.clerk, "Consent Withdrawn")):
            composer = self.env["sms.composer"].with_user(user).new(about)
            self.assertEqual(composer.order_refusal, refusal)

    def test_a_text_about_something_else_is_as_it_was(self):
        composer = self.env["sms.composer"].create(
            {"res_model": "res.partner", "res_id": self.anna.id, "body": "Hello", "composition_mode": "comment"}
        )
        self.assertFalse(composer.order_refusal)
