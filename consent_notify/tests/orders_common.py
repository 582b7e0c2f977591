"""What the tests about texts share: orders of customers who said yes, and the queue run as the cron runs it."""

from odoo.tests import TransactionCase, new_test_user

from .consent_common import NUMBER, ConsentCommon


class OrdersCommon(ConsentCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.sms_provider = "sandbox"
        cls.clerk = new_test_user(cls.env, "orders_clerk", groups="sales_team.group_sale_salesman")
        cls.product = cls.env["product.product"].create({"name": "Vase", "list_price": 10, "type": "service"})
        cls.env["sms.sms"].search([("state", "=", "outgoing")]).unlink()

    @classmethod
    def make_order(cls, partner=None, **vals):
        """Make a quotation of the clerk's customer."""
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.anna).id,
                "user_id": cls.clerk.id,
                "order_line": [(0, 0, {"product_id": cls.product.id})],
                **vals,
            }
        )

    @classmethod
    def make_customers(cls, count, kind="granted"):
        """Make customers with numbers of their own who all answered the same."""
        partners = cls.env["res.partner"].create(
            [{"name": f"Customer {i}", "phone": f"+7916555{i:04}"} for i in range(count)]
        )
        for partner in partners:
            cls.answer(partner, kind)
        return partners

    def run_queue(self):
        """Run the dispatcher on a cursor whose commits are savepoints."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()

    def texts_of(self, order):
        return self.env["sandbox.message"].search([("order_id", "=", order.id)], order="id").mapped("body")

    def make_sms(self, partner=None, number=NUMBER, purpose="order_sms", **vals):
        """Make an SMS as a module that knows its purpose does."""
        from ..tools.purpose import SmsPurpose

        sms = self.env["sms.sms"].with_context(sms_purpose_code=SmsPurpose(purpose) if purpose else None)
        return sms.create({"body": "Hello", "number": number, "partner_id": partner and partner.id, **vals})
