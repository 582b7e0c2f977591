"""The keys to the doors: each tries one as whoever is signed in, and tells whether it opened."""

import json
import re
from urllib.parse import unquote

from lxml import html

from .checkout_common import ADDRESS
from .consent_common import NUMBER
from .matrix_common import MatrixOverHttp

TYPED = "+32 470 11 22 33"


class MatrixKeys(MatrixOverHttp):
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

    def evidence_of(self, wizard_id):
        return self.get(f"/consent_notify/evidence/{wizard_id}")

    def take_evidence(self):
        """Open the dialog and fetch its file; who cannot open it tries that of another."""
        made = self.kw("consent.evidence", "create", {"partner_id": self.anna.id, "reason": "rights"}).json()
        return self.evidence_of(made.get("result") or self.evidence.id)

    def type_in(self):
        made = self.kw("res.partner", "create", {"name": "Typed in", "phone": TYPED}).json()
        return bool(made.get("result"))

    def import_contacts(self):
        told = self.kw("res.partner", "load", ["name", "phone"], [["Imported", TYPED]]).json()
        return bool(told.get("result", {}).get("ids"))

    def look_up(self):
        return self.kw("res.partner", "search", [("phone", "=", NUMBER)]).json().get("result", []) != []

    def read_contact(self):
        return self.shows_number(self.kw("res.partner", "read", self.anna.ids, ["phone", "phone_sanitized"]))

    def export_as_usual(self):
        return self.shows_number(self.kw("res.partner", "export_data", self.anna.ids, ["phone", "phone_sanitized"]))

    def picture(self):
        path = f"/web/image/res.partner/{self.anna.id}/avatar_128?filename_field=phone&download=1"
        name = self.url_open(path).headers.get("Content-Disposition", "")
        return NUMBER[-10:] in re.sub(r"\D", "", unquote(name))

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
