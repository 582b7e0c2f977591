"""What the tests of the privacy page share: a customer with an account, and a browser that posts its forms."""

from contextlib import contextmanager
from unittest.mock import patch

from lxml import html

from odoo.tests import new_test_user
from odoo.tools import config

from .consent_common import NUMBER, ConsentCommon

PAGE = "/my/privacy"


class PrivacyCommon(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"name": "Atelier Iva", "phone": "+7 495 000-00-00", "sms_provider": "sandbox"})
        cls.user = new_test_user(cls.env, "privacy_owner", "base.group_portal", email="owner@example.com")
        cls.owner = cls.user.partner_id
        cls.owner.write({"phone": NUMBER, "country_id": cls.env.ref("base.ru").id, "street": "Elm Street 12"})
        cls.env["sms.sms"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.authenticate("privacy_owner", "privacy_owner")
        # What the fixture left for the commit would look like something that a page changed.
        self.env.cr.precommit.run()

    def page(self, path=PAGE):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, path)
        return html.fromstring(answer.content)

    def text(self, page):
        return " ".join(page.text_content().split())

    def use(self, page, code, contact=None):
        """Return the form of one use of a number."""
        contact = (contact or self.owner).id
        forms = page.xpath(f"//form[contains(@class, 'o_consent_use_{code}')]")
        return next(form for form in forms if form.inputs["contact"].value == str(contact))

    def fields(self, form, do):
        return {**{name: value for name, value in form.form_values() if name != "do"}, "do": do}

    def post(self, path, data, **options):
        return self.url_open(path, data=data, **options)

    def switch(self, code, do, page=None, contact=None, **values):
        form = self.use(page if page is not None else self.page(), code, contact)
        return self.post(f"{PAGE}/answer", {**self.fields(form, do), **values})

    def token(self):
        return self.page().xpath("//input[@name='csrf_token']/@value")[0]

    def events(self, partner=None):
        self.env.invalidate_all()
        found = self.env["consent.event"].search([("partner_id", "=", (partner or self.owner).id)], order="id")
        return [(event.purpose_id.code, event.kind) for event in found]

    def run_queue(self):
        """Run the dispatcher on a cursor of its own, as the cron does."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()

    @contextmanager
    def behind_proxy(self, scheme="https", host="shop.example.com", address="198.51.100.7"):
        """Let requests look as if a proxy passed them on."""
        headers = {"X-Forwarded-Host": host, "X-Forwarded-Proto": scheme, "X-Forwarded-For": address}
        with patch.dict(config.options, {"proxy_mode": True}), patch.dict(self.opener.headers, headers):
            yield
