"""What the tests of attacks share: a customer with a number, and a curious colleague with few rights."""

from odoo.tests import TransactionCase, new_test_user

NUMBER, MASK = "+12025550187", "+1 ••• ••• 01 87"
STAFF = "base.group_user,base.group_partner_manager,base.group_allow_export,sales_team.group_sale_salesman"


class AttackCommon(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zoe = cls.env["res.partner"].create(
            {"name": "Zoe", "phone": NUMBER, "email": "zoe@example.com", "country_id": cls.env.ref("base.us").id}
        )
        # The merge wizard reads visitors of the website.
        cls.staff = new_test_user(cls.env, "attacker", f"{STAFF},website.group_website_restricted_editor")
        cls.order = cls.env["sale.order"].create({"partner_id": cls.zoe.id, "user_id": cls.staff.id, "state": "sale"})
        cls.handle = cls.zoe.read(["phone"])[0]["phone"]
        cls.Partner = cls.env["res.partner"].with_user(cls.staff)
        cls.seen = cls.zoe.with_user(cls.staff)

    def setUp(self):
        super().setUp()
        self.forget()

    def forget(self):
        """Know no number any more, as at the start of a request."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.cache.pop("consent_notify_vault", None)

    def call_kw(self, model, method, *args, **kwargs):
        """Call a method as the web client does; return the whole answer. For tests with a server."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.url_open("/web/dataset/call_kw", json={"params": params}).json()

    def assertMasked(self, value):
        self.assertNotIn("5550187", str(value).replace("-", "").replace(" ", "").replace("\xa0", ""))

    def assertHandle(self, value):
        self.assertMasked(value)
        self.assertIn(self.handle, str(value))
