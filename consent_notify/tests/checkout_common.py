"""What the tests of the checkout share: a shop with one product, and a customer who fills forms."""

import json
from urllib.parse import urlsplit

from lxml import html

from .consent_common import NUMBER, ConsentCommon

ADDRESS = "//form[contains(@class, 'address_autoformat')]"
BLOCK = "//*[contains(@class, 'o_consent_notify')]"
CODES = ("order_sms", "order_call", "offer_sms")


class CheckoutCommon(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env.ref("website.default_website")
        cls.website.company_id.sms_provider = "twilio"
        cls.company = cls.website.company_id
        cls.product = cls.env["product.product"].create(
            {"name": "Consent Vase", "type": "consu", "list_price": 10.0, "website_published": True, "sale_ok": True}
        )
        cls.env["delivery.carrier"].search([]).website_published = False
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Consent Courier",
                "delivery_type": "fixed",
                "fixed_price": 0.0,
                "product_id": cls.env["product.product"].create({"name": "Courier", "type": "service"}).id,
                "website_published": True,
                "consent_processor_id": cls.sign("courier").id,
            }
        )
        cls.belgium = cls.env.ref("base.be")

    def put_in_cart(self):
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {"product_template_id": self.product.product_tmpl_id.id, "product_id": self.product.id, "quantity": 1},
        )

    def page(self, path):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, path)
        self.last_path = urlsplit(answer.url).path
        return html.fromstring(answer.content)

    def form(self, path="/shop/address"):
        """Return the address form as an untouched browser would send it."""
        page = self.page(path)
        [form] = page.xpath(ADDRESS)
        self.block = form.xpath(f".{BLOCK}")
        return {name: value for name, value in form.form_values() if not form.inputs[name].get("disabled")}

    def address(self, **values):
        """Return the form of the first visit, filled in."""
        return {
            **self.form(),
            "name": "Ada Miller",
            "email": "ada@example.com",
            "street": "12 Elm Street",
            "city": "Ghent",
            "zip": "9000",
            "country_id": self.belgium.id,
            "phone": NUMBER,
            **values,
        }

    def send(self, values):
        """Post the address form and return the answer to its script."""
        answer = self.url_open("/shop/address/submit", data=values)
        self.assertEqual(answer.status_code, 200)
        return json.loads(answer.content)

    def taken(self, values):
        feedback = self.send(values)
        self.assertNotIn("messages", feedback)
        self.assertTrue(feedback["redirectUrl"])
        return self.order()

    def order(self):
        self.env.invalidate_all()
        line = self.env["sale.order.line"].search([("product_id", "=", self.product.id)], order="id desc", limit=1)
        return line.order_id

    def events(self, order=None):
        """Return {purpose code: [kinds in order]} of what an order's checkout recorded."""
        found = self.env["consent.event"].search([("order_name", "=", (order or self.order()).name)], order="id")
        kinds = {}
        for event in found:
            kinds.setdefault(event.purpose_id.code, []).append(event.kind)
        return kinds
