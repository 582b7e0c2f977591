"""Further errands of the day in the running shop: asking, answers, papers, guests, merging and erasing.

Not here: what Xendit is sent, as its app would call a stranger's server (`test_bridges` looks at the request), and a
printed PDF that is kept, as that needs wkhtmltopdf (`test_door_print` puts a stand-in in its place).
"""

import base64
import datetime
import io
import secrets
import zipfile

from twilio.request_validator import RequestValidator

from devtools.pages import Browser
from devtools.shopping import E164 as BOUGHT
from devtools.shopping import put_into_cart

HOME = {"street": "1 Elm Street", "city": "Reston", "zip": "20190"}
# How each number is typed; those in files and in words are read in the international spelling alone.
TYPED = {
    "paper": "+1 202-555-0119",
    "answers": "+12025550120",
    "answers refused": "+12025550121",
    "delivery": "(202) 555-0122",
    "express": "+1 202 555 0123",
    "reply": "+1 202-555-0124",
    "link": "+1 202 555-0125",
    "merged": "202-555-0126",
    "merged too": "+1 202 555-0127",
    "erased": "(202) 555-0128",
    "wrong code": "+12025550129",
    "wrong password": "+12025550130",
    "copied": "+1 (202) 555-0131",
    "lead": "+1 202-555-0132",
    "lead too": "+12025550133",
    "invoice": "+1 202-555-0134",
}
CSV = """external_id,email,name,number,purpose,answer,date,proof,words
,,Answers,{answers},order_sms,yes,{today},"Paper form, folder 3","May we text you?"
,,Nobody,{refused},order_sms,yes,{today},"Told to {refused}","May we text you?"
"""
# The shop makes an electronic invoice along with its PDF, which needs wkhtmltopdf: a program of an administrator's
# own makes the same file.
INVOICE = """
journal = env['account.journal'].sudo().search([('type', '=', 'sale'), ('company_id', '=', env.company.id)], limit=1)
invoice = env['account.move'].sudo().create({
    'move_type': 'out_invoice', 'partner_id': env.context['customer'], 'journal_id': journal.id,
    'invoice_line_ids': [(0, 0, {'name': 'Vase', 'price_unit': 10})]})
invoice.action_post()
xml, _errors = env['account.edi.xml.ubl_bis3']._export_invoice(invoice)
env['ir.attachment'].sudo().create(
    {'name': 'invoice.xml', 'raw': xml, 'res_model': 'account.move', 'res_id': invoice.id})
"""


class MoreErrands:
    """Errands of `busy_shop.Day`, each one method."""

    def ask_on_paper(self):
        """A signed paper is scanned; the proof of it is taken away, and the customer gets a receipt."""
        partner = self.customer("Paper", TYPED["paper"])
        ask = self.staff.call("res.partner", "action_consent_ask", [partner])["res_id"]
        [shown] = self.staff.call("consent.ask", "read", [ask], ["line_ids", "masked_phone"])
        self.staff.call("consent.ask.line", "write", shown["line_ids"], {"answer": "granted"})
        scan = base64.b64encode(b"%PDF-1.4\nsigned\n%%EOF\n").decode()
        self.staff.call("consent.ask", "write", [ask], {"place": "paper", "scan": scan, "scan_name": "signed.pdf"})
        self.staff.call("consent.ask", "action_record", [ask])
        evidence = self.staff.call("consent.evidence", "create", {"partner_id": partner, "reason": "rights"})
        action = self.staff.call("consent.evidence", "action_download", [evidence])
        files = zipfile.ZipFile(io.BytesIO(self.staff.fetch(action["url"])))
        assert "evidence.json" in files.namelist()
        self.staff.answers += [files.read(name).decode() for name in files.namelist()]
        for path in (f"/consent_notify/receipt/{partner}", f"/consent_notify/receipt/{partner}.json"):
            assert "01 19" in self.staff.text(path), "the receipt shows a mask"

    def import_answers(self):
        """A file of answers from before: one row is kept, one is refused."""
        self.customer("Answers", TYPED["answers"])
        content = CSV.format(
            answers=TYPED["answers"], refused=TYPED["answers refused"], today=datetime.datetime.now(datetime.UTC).date()
        )
        file = {"file": base64.b64encode(content.encode()).decode(), "file_name": "answers.csv"}
        wizard = self.staff.call("consent.import", "create", file)
        self.staff.call("consent.import", "action_check", [wizard])
        [told] = self.staff.call("consent.import", "read", [wizard], ["accepted_count", "refused_count", "line_ids"])
        assert (told["accepted_count"], told["refused_count"]) == (1, 1), told
        self.staff.call("consent.import.line", "read", told["line_ids"])
        assert "Nobody" in self.staff.text(f"/consent_notify/import/{wizard}/refused.csv")
        self.staff.call("consent.import", "action_import", [wizard])

    def give_number_late(self):
        """A guest gives an address without a number, and the number where the delivery asks for it."""
        guest = Browser(self.server.url)
        put_into_cart(guest)
        form = guest.get("/shop/address").one("form", css="address_autoformat")
        values = {**form.values(), **HOME, "name": "Late Guest", "email": "late@example.com", "phone": ""}
        told = guest.post(form.get("data-submit-url"), {**values, "country_id": self.us, "state_id": self.virginia()})
        assert told.get("redirectUrl"), told
        number = {"phone": TYPED["delivery"], "step": "checkout", "csrf_token": values["csrf_token"]}
        guest.submit("/shop/delivery_phone", number)
        assert "phone_problem" not in guest.address, guest.address

    def pay_by_wallet(self):
        """A guest's wallet gives the whole address at once."""
        guest = Browser(self.server.url)
        put_into_cart(guest)
        address = {"name": "Wallet", "email": "wallet@example.com", "phone": TYPED["express"], "street2": "", **HOME}
        guest.rpc("/shop/express_checkout", billing_address={**address, "country": "US", "state": "VA"})

    def say_in_words(self):
        """A customer replies with somebody's number, and writes one behind the link of a text."""
        token = secrets.token_hex(16)
        company = self.staff.call("res.company", "search", [], limit=1, order="id")
        self.staff.call("res.company", "write", company, {"sms_twilio_auth_token": token})
        settings = self.staff.call("res.config.settings", "create", {})
        [shown] = self.staff.call("res.config.settings", "read", [settings], ["sms_inbound_url"])
        path = "/" + shown["sms_inbound_url"].split("/", 3)[3]
        said = f"Ring my mother, {TYPED['reply']}, she is at home"
        form = {"MessageSid": "SM" + secrets.token_hex(16), "From": BOUGHT["en"], "To": "+15005550006", "Body": said}
        signature = RequestValidator(token).compute_signature(self.server.url + path, form)
        Browser(self.server.url).deliver(path, form, {"X-Twilio-Signature": signature})
        [[path]] = self.psql(
            r"SELECT substring(body FROM '/u/\w+') FROM sandbox_message WHERE body ~ '/u/' ORDER BY id OFFSET 1 LIMIT 1"
        )
        customer = Browser(self.server.url)
        form = customer.get(path).one("button", value="later").parent
        while form.tag != "form":
            form = form.parent
        words = {**form.values(), "words": f"Ring {TYPED['link']} before", "do": "later"}
        customer.submit(path, words)

    def print_number(self):
        """A document that is a door: whoever prints it gets the number of whoever gets the goods."""
        [[doors]] = self.psql("SELECT id FROM res_partner WHERE name = 'Doors'")
        [report] = self.staff.call("ir.actions.report", "search", [["report_name", "=", "sale.report_saleorder"]])
        self.staff.call("ir.actions.report", "write", [report], {"consent_print_number": True})
        receiver = {"partner_invoice_id": int(doors), "partner_shipping_id": int(doors)}
        order = self.staff.call("sale.order", "create", {"partner_id": self.customer("Orders for others"), **receiver})
        self.opened["print"] = self.staff.text(f"/report/html/sale.report_saleorder/{order}")
        self.staff.answers.pop()

    def pay_at_stripe(self):
        """The page of an order gives the number to a provider that needs it and may have it."""
        query = (
            "SELECT (SELECT id FROM res_partner WHERE name = 'Doors'), id FROM consent_processor WHERE name = 'Payer'"
        )
        [[doors, agreement]] = self.psql(query)
        [[product]] = self.psql("SELECT min(id) FROM product_product WHERE active")
        provider = self.staff.call("payment.provider", "search", [["code", "=", "stripe"]], limit=1)
        given = {"consent_needs_phone": True, "consent_processor_id": int(agreement)}
        keys = {"state": "test", "is_published": True, "stripe_publishable_key": "p", "stripe_secret_key": "s"}
        self.staff.call("payment.provider", "write", provider, {**keys, **given})
        lines = [[0, 0, {"product_id": int(product), "price_unit": 10}]]
        order = self.staff.call("sale.order", "create", {"partner_id": int(doors), "order_line": lines})
        self.staff.call(
            "sale.order", "write", [order], {"state": "sent", "require_payment": True, "require_signature": False}
        )
        page = Browser(self.server.url).get(self.staff.call("sale.order", "action_preview_sale_order", [order])["url"])
        values = [element.get("data-stripe-inline-form-values") for element in page.all()]
        self.opened["provider"] = " ".join(filter(None, values))
        self.staff.call("payment.provider", "write", provider, {"state": "disabled"})

    def copy_number(self):
        """What a screen shows of a number is written onto another contact."""
        [shown] = self.staff.call("res.partner", "read", [self.customer("Copied", TYPED["copied"])], ["phone"])
        self.customer("Copied onto", shown["phone"])

    def merge(self):
        twins = [self.customer("Twin", TYPED[name]) for name in ("merged", "merged too")]
        values = {"partner_ids": [[6, 0, twins]], "dst_partner_id": twins[0]}
        wizard = self.staff.call("base.partner.merge.automatic.wizard", "create", values)
        self.staff.call("base.partner.merge.automatic.wizard", "action_merge", [wizard])
        assert self.staff.call("res.partner", "search_count", [["id", "in", twins]]) == 1

    def erase(self):
        partner = self.customer("Erased", TYPED["erased"])
        wish = self.staff.call("consent.request", "create", {"partner_id": partner})
        self.staff.call("consent.request", "action_erase", [wish])

    def mistype_codes(self):
        """A number is typed where a code belongs: by staff, by a customer."""
        [[partner]] = self.psql("SELECT id FROM res_partner WHERE name = 'Paper'")
        wizard = self.staff.call("res.partner", "action_consent_confirm", [int(partner)])["res_id"]
        self.staff.call("consent.confirm", "write", [wizard], {"place": "counter", "code": TYPED["wrong code"]})
        self.staff.answers.pop()
        self.staff.call("consent.confirm", "action_confirm", [wizard])
        [told] = self.staff.call("consent.confirm", "read", [wizard], ["outcome", "code"])
        assert (told["outcome"], told["code"]) == ("wrong", False)
        customer = Browser(self.server.url).sign_in(self.server.database, "owner@example.com", "owner of this")
        token = customer.get("/my/account").one("input", name="csrf_token").get("value")
        typed = {"contact": partner, "code": TYPED["wrong code"], "back": "portal", "csrf_token": token}
        customer.submit("/my/number/code", typed)
        assert "done=code_wrong" in customer.address, customer.address

    def lead(self):
        """Two leads with numbers become one."""
        values = {"name": "Lead", "type": "lead", "country_id": self.us}
        leads = [
            self.staff.call("crm.lead", "create", {**values, "phone": TYPED[name]}) for name in ("lead", "lead too")
        ]
        wizard = self.staff.call("crm.merge.opportunity", "create", {"opportunity_ids": [[6, 0, leads]]})
        self.staff.call("crm.merge.opportunity", "action_merge", [wizard])
        assert self.staff.call("crm.lead", "search_count", [["id", "in", leads]]) == 1

    def invoice(self):
        partner = self.customer("Invoiced", TYPED["invoice"], email="invoiced@example.com", **HOME)
        [[model]] = self.psql("SELECT id FROM ir_model WHERE model = 'res.partner'")
        action = {"name": "Invoice", "model_id": int(model), "state": "code", "code": INVOICE}
        action = self.staff.call("ir.actions.server", "create", action)
        self.staff.call("ir.actions.server", "run", [action], context={"customer": partner})

    def virginia(self):
        [[state]] = self.psql(f"SELECT id FROM res_country_state WHERE country_id = {self.us} AND code = 'VA'")
        return state
