from odoo.tests import tagged

from odoo.addons.sms.tools.sms_api import SmsApi

from .. import hooks
from ..tools import seal
from ..tools.sms_api import SmsApiSandbox
from .consent_common import NUMBER
from .orders_common import OrdersCommon


@tagged("post_install", "-at_install")
class TestSandbox(OrdersCommon):
    def test_a_text_stops_in_the_shop_under_a_token(self):
        self.answer(self.anna, "granted")
        order = self.make_order()
        order.action_confirm()
        self.patch(SmsApi, "_contact_iap", lambda *args, **kwargs: self.fail("a sandboxed text left the shop"))
        self.run_queue()
        message = self.env["sandbox.message"].search([("order_id", "=", order.id)])
        self.assertEqual((message.partner_id, message.company_id), (self.anna, self.company))
        self.assertEqual((message.number, message.purpose_id), (NUMBER, self.order_sms))
        self.env.cr.execute("SELECT number FROM sandbox_message WHERE id = %s", [message.id])
        self.assertTrue(seal.is_token(self.env.cr.fetchone()[0]))
        [shown] = (
            self.env["sandbox.message"].with_user(self.clerk).search_read([("order_id", "=", order.id)], ["number"])
        )
        self.assertTrue(shown["number"].startswith("+7 ••• ••• 45 67 #"))

    def test_companies_that_chose_nothing_are_in_the_sandbox(self):
        self.assertEqual(self.env["res.company"].create({"name": "New"}).sms_provider, "sandbox")
        old, none, chosen = self.env["res.company"].create(
            [{"name": f"Old {name}", "sms_provider": name} for name in ("iap", False, "twilio")]
        )
        hooks.post_init_hook(self.env)
        self.assertEqual((old + none + chosen).mapped("sms_provider"), ["sandbox", "sandbox", "twilio"])

    def test_with_the_gate_off_the_sandbox_still_keeps_its_texts(self):
        self.patch(type(self.env["sms.sms"]), "_gate_is_on", lambda self: False)
        self.patch(SmsApi, "_contact_iap", lambda *args, **kwargs: self.fail("a sandboxed text left the shop"))
        self.assertIs(self.company._get_sms_api_class(), SmsApiSandbox)
        sms = self.make_sms(self.anna)
        sms.send()
        self.assertEqual(sms.state, "pending")
        self.assertEqual(self.env["sandbox.message"].search([("partner_id", "=", self.anna.id)]).body, "Hello")
