"""Who may open which door: every role at every door and beside it, over HTTP, against sentences."""

import json
import re
import time

from lxml import html

from odoo import http
from odoo.tests import HttpCase, tagged

from .checkout_common import ADDRESS
from .consent_common import NUMBER
from .test_matrix import ROLES, WHO, MatrixCommon, sentences

DOORS = """
    show: officers
    call with the customer's yes: users
    call against the customer's word: officers
    export: managers
    recovery kit: managers
    look up by number: staff
    copy onto another contact: keepers of contacts
    copy onto oneself: nobody
    print a report that is a door: users
    print a report that is none: nobody
    own number, typed in this session: whoever is signed in
    own number, from another session: nobody
    another's number on the portal: nobody
    text to who agreed: users
    text to who refused: nobody
    pay by the order's link, the provider needs the number: everybody
    pay by the order's link, the provider needs none: nobody
    hand over to a courier with an agreement: everybody
    hand over to a courier without one: nobody
    hand over to a courier whose agreement is over: nobody
    hand over to a courier that needs no number: nobody
    ask for what a courier gets: nobody
    read the contact: nobody
    read the transaction: nobody
    export as usual: nobody
"""
TYPED = "+32 470 11 22 33"


@tagged("post_install", "-at_install")
class TestMatrixOfDoors(MatrixCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        boris = cls.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        for partner, kind in ((cls.anna, "granted"), (boris, "refused")):
            for purpose in (cls.order_call, cls.order_sms):
                cls.answer(partner, kind, purpose)
        cls.allowed, cls.refused = (cls.make_order(p, state="sale", user_id=False) for p in (cls.anna, boris))
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.handle = cls.anna.read(["phone"])[0]["phone"]
        cls.provider = cls.env["payment.provider"].create(
            {"name": "Any Provider", "state": "test", "consent_processor_id": cls.sign("payment").id}
        )
        cls.method = cls.env.ref("payment.payment_method_unknown")
        cls.provider.payment_method_ids = cls.method
        product = cls.env["product.product"].create({"name": "Bike", "type": "service"})
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Bike Courier",
                "product_id": product.id,
                "needs_phone": True,
                "consent_processor_id": cls.sign("courier").id,
            }
        )
        cls.over = cls.sign("courier")
        cls.over.valid_until = "2020-01-02"
        cls.report = cls.make_report()
        cls.transaction = cls.env["payment.transaction"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.method.id,
                "amount": 1,
                "currency_id": cls.company.currency_id.id,
                "partner_id": cls.anna.id,
                "reference": "matrix",
            }
        )
        cls.transaction.partner_phone = NUMBER  # else reading it would prove nothing
        for user in cls.users.values():
            user.partner_id.write(
                {"street": "12 Elm Street", "city": "Ghent", "zip": "9000", "country_id": cls.env.ref("base.be").id}
            )
            user.partner_id.email = user.partner_id.email or f"{user.login}@example.com"

    @classmethod
    def make_report(cls):
        view = cls.env["ir.ui.view"].create(
            {
                "type": "qweb",
                "key": "consent_notify.slip_for_matrix",
                "name": "Slip",
                "arch": """<t t-name="consent_notify.slip_for_matrix"><p t-foreach="docs" t-as="doc"
                    t-field="doc.partner_id" t-options="{'widget': 'contact', 'fields': ['name', 'phone']}"/></t>""",
            }
        )
        cls.env["ir.model.data"].create(
            {"module": "consent_notify", "name": "slip_for_matrix", "model": "ir.ui.view", "res_id": view.id}
        )
        return cls.env["ir.actions.report"].create(
            {"name": "Slip", "model": "sale.order", "report_type": "qweb-html", "report_name": view.key}
        )

    def test_every_role_at_every_door(self):
        keys = {
            "show": self.show,
            "call with the customer's yes": lambda: self.call(self.allowed),
            "call against the customer's word": lambda: self.call(self.refused),
            "export": self.export,
            "recovery kit": self.recovery_kit,
            "look up by number": self.look_up,
            "copy onto another contact": lambda: self.copy_onto(self.other),
            "copy onto oneself": lambda: self.copy_onto(self.env["res.users"].browse(self.session.uid).partner_id),
            "print a report that is a door": lambda: self.prints(True),
            "print a report that is none": lambda: self.prints(False),
            "own number, typed in this session": self.own_typed,
            "own number, from another session": self.own_kept,
            "another's number on the portal": self.anothers,
            "text to who agreed": lambda: self.text(self.allowed),
            "text to who refused": lambda: self.text(self.refused),
            "pay by the order's link, the provider needs the number": lambda: self.pay(True),
            "pay by the order's link, the provider needs none": lambda: self.pay(False),
            "hand over to a courier with an agreement": self.hand_over,
            "hand over to a courier without one": lambda: self.hand_over(consent_processor_id=False),
            "hand over to a courier whose agreement is over": lambda: self.hand_over(consent_processor_id=self.over.id),
            "hand over to a courier that needs no number": lambda: self.hand_over(needs_phone=False),
            "ask for what a courier gets": self.ask_as_courier,
            "read the contact": self.read_contact,
            "read the transaction": self.read_transaction,
            "export as usual": self.export_as_usual,
        }
        self.assertEqual(set(keys), set(sentences(DOORS)))
        for role in ROLES:
            login = None if role == "public" else f"matrix_{role}"
            self.authenticate(login, login, session_extra={"identity-check-last": time.time()})
            for door, who in sentences(DOORS).items():
                with self.subTest(role=role, door=door):
                    self.assertEqual(keys[door](), role in WHO[who])

    def shows_number(self, answer):
        return NUMBER[-10:] in re.sub(r"[\s-]", "", answer.text)

    def rpc(self, path, **params):
        return self.url_open(path, json={"params": params})

    def kw(self, model, method, *args):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.rpc(path, model=model, method=method, args=args, kwargs={})

    def post(self, path, **data):
        return self.url_open(path, data={**data, "csrf_token": http.Request.csrf_token(self)}, allow_redirects=False)

    def show(self):
        asked = {"model": "res.partner", "res_id": self.anna.id, "fname": "phone", "reason": "correct"}
        return self.shows_number(self.rpc("/consent_notify/number", **asked))

    def call(self, order):
        return self.shows_number(
            self.rpc("/consent_notify/call", order_id=order.id, note="door code is missing", confirmed=True)
        )

    def export(self):
        return self.shows_number(self.post("/consent_notify/export", ids=json.dumps(self.anna.ids), reason="delivery"))

    def recovery_kit(self):
        words = "unrelated horses staple batteries"
        return self.post("/consent_notify/recovery_kit", passphrase=words, again=words).status_code == 200

    def look_up(self):
        return self.kw("res.partner", "search", [("phone", "=", NUMBER)]).json().get("result", []) != []

    def read_contact(self):
        return self.shows_number(self.kw("res.partner", "read", self.anna.ids, ["phone", "phone_sanitized"]))

    def export_as_usual(self):
        return self.shows_number(self.kw("res.partner", "export_data", self.anna.ids, ["phone", "phone_sanitized"]))

    def copy_onto(self, partner):
        """Write what a screen shows of a customer's number onto another contact."""
        if not partner:
            return False
        partner.sudo().phone = False
        self.env.flush_all()
        self.kw("res.partner", "write", partner.ids, {"phone": self.handle})
        self.env.invalidate_all()
        return partner.sudo().phone == NUMBER

    def prints(self, is_door):
        self.report.consent_print_number = is_door
        self.env.flush_all()
        return self.shows_number(
            self.url_open(f"/report/html/{self.report.report_name}/{self.allowed.id}", allow_redirects=False)
        )

    def own_form(self):
        page = html.fromstring(self.url_open("/my/account").content)
        return next(iter(page.xpath(ADDRESS)), None)

    def own_typed(self):
        if (form := self.own_form()) is None:
            return False
        self.url_open(form.get("data-submit-url"), data={**dict(form.form_values()), "phone": TYPED})
        return self.spells(self.own_form().fields["phone"], TYPED)

    def own_kept(self):
        self.env["res.users"].browse(self.session.uid).partner_id.phone = NUMBER
        self.env.flush_all()
        form = self.own_form()
        return form is not None and self.spells(form.fields["phone"], NUMBER)

    def anothers(self):
        paths = (f"/my/address?partner_id={self.anna.id}&address_type=delivery", "/my/addresses", "/my/account")
        return any(self.shows_number(self.url_open(path)) for path in paths)

    def spells(self, text, number):
        return re.sub(r"\D", "", text or "") == re.sub(r"\D", "", number)

    def text(self, order):
        """Tell whether a text composed about an order is ready to go out."""
        before = self.env["sms.sms"].search([])
        composer = self.kw(
            "sms.composer", "create", {"res_model": "sale.order", "res_id": order.id, "body": "x"}
        ).json()
        if "result" in composer:
            self.kw("sms.composer", "action_send_sms", [composer["result"]])
        self.env.invalidate_all()
        made = self.env["sms.sms"].search([]) - before
        return made.mapped("state") == ["outgoing"]

    def pay(self, needs_phone):
        """Tell whether a payment by the link of an order gives the provider the number."""
        self.provider.consent_needs_phone = needs_phone
        before = self.env["payment.transaction"].search([])
        self.rpc(
            f"/my/orders/{self.allowed.id}/transaction",
            access_token=self.allowed._portal_ensure_token(),
            provider_id=self.provider.id,
            payment_method_id=self.method.id,
            token_id=None,
            amount=self.allowed.amount_total,
            flow="direct",
            tokenization_requested=False,
            landing_route="/my",
        )
        self.env.invalidate_all()
        made = self.env["payment.transaction"].search([]) - before
        self.assertEqual(len(made), 1)
        return made.partner_phone == NUMBER

    def read_transaction(self):
        return self.shows_number(self.kw("payment.transaction", "read", self.transaction.ids, ["partner_phone"]))

    def hand_over(self, **terms):
        """Tell whether a courier's app, which runs on the server for whoever packs or pays, gets the number."""
        kept = {name: self.carrier[name] for name in terms}
        self.carrier.write(terms)
        user = self.env["res.users"].browse(self.session.uid) or self.users["public"]
        given = self.carrier.with_user(user)._number_for_sudo(self.anna, self.allowed)
        self.carrier.write(kept)
        return given == NUMBER

    def ask_as_courier(self):
        """Call the door of the couriers' apps by hand: it is for code on the server alone."""
        given = self.carrier._number_for_sudo(self.anna, self.allowed)
        self.assertEqual(given, NUMBER, "else asking would prove nothing")
        asked = [self.carrier.ids, self.anna.id, self.allowed.id]
        return self.shows_number(self.kw("delivery.carrier", "_number_for_sudo", *asked))
