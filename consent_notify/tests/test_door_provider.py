from odoo.tests import new_test_user, tagged

from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestDoorProvider(OrdersCommon):
    def rows(self):
        return self.env["phone.access"].search([("door", "in", ("provider", "sandbox"))], order="id")

    def test_each_text_handed_to_a_provider_is_logged_without_its_number(self):
        self.answer(self.anna, "granted")
        order = self.make_order()
        before = self.rows()
        order.with_user(self.clerk).action_confirm()
        self.assertEqual(self.rows(), before, "nothing has left yet")
        self.run_queue()
        row = self.rows() - before
        self.assertEqual(
            (row.door, row.processor, row.order_ref, row.model, row.res_id, row.count, row.company_id, row.user_id),
            ("sandbox", "Sandbox", order.name, "res.partner", self.anna.id, 1, self.company, self.clerk),
        )
        handle = self.anna.read(["phone"])[0]["phone"]
        self.assertTrue(handle.endswith("#" + row.code))
        self.env.cr.execute("SELECT a::text FROM phone_access a WHERE id = %s", [row.id])
        self.assertNotIn("1234567", self.env.cr.fetchone()[0])

    def test_only_what_leaves_the_shop_is_given_to_a_processor(self):
        self.company.sms_provider = "twilio"
        before = self.rows()
        self.env["phone.access"]._record_texts_sudo(self.make_sms(self.anna))
        row = self.rows() - before
        self.assertEqual((row.door, row.processor), ("provider", "Twilio"))

    def test_what_the_gate_refuses_is_not_logged(self):
        before = self.rows()
        [allowed] = self.make_customers(1)
        for partner in (self.anna, allowed):
            self.make_sms(partner, partner.phone)  # both wait: the gate is asked again when they are claimed
        self.run_queue()
        self.assertEqual((self.rows() - before).mapped("res_id"), allowed.ids)

    def test_a_batch_takes_one_query(self):
        counts = []
        for size in (2, 40):
            texts = self.env["sms.sms"].browse()
            for partner in self.make_customers(size):
                texts += self.make_sms(partner, partner.phone)
            self.env.flush_all()
            before = self.rows()
            texts.mapped(lambda sms: sms._get_sms_company().sms_provider)
            start = self.env.cr.sql_log_count
            self.env["phone.access"]._record_texts_sudo(texts)
            counts.append(self.env.cr.sql_log_count - start)
            self.assertEqual(len(self.rows() - before), size)
        self.assertEqual(counts, [1, 1])

    # ------------------------------------------------------------ couriers

    def make_carrier(self, **vals):
        product = self.env["product.product"].create({"name": "Bike", "type": "service"})
        return self.env["delivery.carrier"].create({"name": "Bike Courier", "product_id": product.id, **vals})

    def test_a_courier_with_an_agreement_gets_the_number_and_a_row(self):
        carrier = self.make_carrier(needs_phone=True, consent_processor_id=self.sign("courier").id)
        order = self.make_order(carrier_id=carrier.id)
        packer = new_test_user(self.env, "door_packer", groups="base.group_user")
        self.anna.phone = "8 (916) 123-45-67"
        self.anna.flush_recordset()
        before = self.rows()
        number = carrier.with_user(packer)._number_for_sudo(self.anna, order)
        self.assertEqual(number, "+79161234567", "as a courier's own system writes it")
        row = self.rows() - before
        self.assertEqual(
            (row.door, row.processor, row.order_ref, row.model, row.res_id, row.count, row.company_id, row.user_id),
            ("provider", "Bike Courier", order.name, "res.partner", self.anna.id, 1, order.company_id, packer),
        )
        self.assertTrue(self.anna.read(["phone"])[0]["phone"].endswith("#" + row.code))
        self.env.cr.execute("SELECT a::text FROM phone_access a WHERE id = %s", [row.id])
        self.assertNotIn("1234567", self.env.cr.fetchone()[0])

    def test_a_courier_gets_nothing_without_need_agreement_or_number(self):
        contract = self.sign("courier")
        carrier = self.make_carrier(needs_phone=True, consent_processor_id=contract.id)
        order = self.make_order(carrier_id=carrier.id)
        before = self.rows()

        def given(**vals):
            kept = {name: carrier[name] for name in vals}
            carrier.write(vals)
            number = carrier._number_for_sudo(self.anna, order)
            carrier.write(kept)
            return number

        self.assertEqual(given(needs_phone=False), "")
        self.assertEqual(given(consent_processor_id=False), "")
        contract.valid_until = "2020-01-02"
        self.assertEqual(given(), "")
        contract.valid_until = False
        other = self.env["res.company"].create({"name": "Other Shop"})
        contract.company_ids = other
        self.assertEqual(given(), "", "the agreement binds another company")
        contract.company_ids = False
        self.anna.phone = False
        self.assertEqual(given(), "")
        self.assertEqual(self.rows(), before)
