"""A day in a running shop: whatever staff, customers and administrators do with numbers, over HTTP and RPC alone."""

import json
import re
import urllib.parse

import busy_errands
from busy_browser import Staff
from busy_errands import HOME, MoreErrands

from devtools.demo import MANAGER, SALESPERSON
from devtools.pages import Browser

REASON = {"reason": "correct", "note": "read back to the customer"}
# How each number is typed. One number an errand: what is found in a dump tells where it leaked.
TYPED = {
    "composer": "(202) 555-0101",
    "mass": "+1 202 555 0102",
    "mass too": "1-202-555-0103",
    "numbers": "202.555.0104",
    "numbers refused": "+1 (202) 555-0105",
    "scheduled": "+1-202-555-0106",
    "import": "(202) 555 0107",
    "import too": "+12025550108",
    "attendee": "+1 202-555-0109",
    "pasted": "+1 202-555-0110",
    "blacklist": "+1 (202) 555-0111",
    "blacklist twice": "+1 202 5550112",
    "foreign key": "+12025550113",
    "doors": "202-555-0114",
    "portal": "+1 202 555-0115",
    "asked for": "+1 202-555-0116",
    "missed": "(202) 555-0117",
    "company": "+1 202-555-0118",
    **busy_errands.TYPED,
}
E164 = {errand: "+1" + re.sub(r"\D", "", typed)[-10:] for errand, typed in TYPED.items()}
FACTORS = """
manager = env['res.users'].search([('login', '=', 'manager')])
manager.totp_secret = __import__('base64').b32encode({secret!r}).decode()
env['res.users'].search([('login', '=', 'sales')]).group_ids += env.ref('base.group_allow_export')
payer = env.ref('payment.payment_provider_demo')
payer.consent_needs_phone = True
payer.consent_processor_id = env['consent.processor'].create(
    {{'name': 'Payer', 'kind': 'payment', 'document': b'c2lnbmVk', 'agreement_date': '2020-01-01'}})
env.cr.commit()
"""


class Day(MoreErrands):
    """The errands, each one method; `run` does all in the order in which they stand here."""

    def __init__(self, server, psql):
        self.server, self.psql = server, psql
        self.staff = Staff(server)
        self.curious = []
        self.opened = {}  # what came through a door: the only answers that may hold a number
        [[us]] = psql("SELECT id FROM res_country WHERE code = 'US'")
        self.us = int(us)

    def run(self):
        """Do every errand."""
        for errand in (
            self.compose_one,
            self.compose_many,
            self.compose_to_numbers,
            self.send_later,
            self.import_file,
            self.meet,
            self.invite_to_read,
            self.block,
            self.break_a_key,
            self.open_doors,
            self.export_as_usual,
            self.own_address,
            self.ask_by_address,
            self.print_number,
            self.pay_at_stripe,
            self.copy_number,
            self.ask_on_paper,
            self.import_answers,
            self.give_number_late,
            self.pay_by_wallet,
            self.say_in_words,
            self.merge,
            self.erase,
            self.mistype_codes,
            self.lead,
            self.invoice,
        ):
            errand()

    def customer(self, name, number=None, **values):
        return self.staff.call(
            "res.partner", "create", {"name": name, "country_id": self.us, "phone": number, **values}
        )

    def order_of(self, partner):
        order = self.staff.call("sale.order", "create", {"partner_id": partner})
        self.staff.call("sale.order", "write", [order], {"state": "sale"})
        return order

    def compose(self, **values):
        composer = self.staff.call("sms.composer", "create", {"body": "About your order", **values})
        self.staff.call(
            "sms.composer",
            "web_read",
            [composer],
            specification={"recipient_single_number_itf": {}, "numbers": {}, "body": {}},
        )
        return composer

    def compose_one(self):
        """A text about an order, to a number that the form's other spelling corrects."""
        partner = self.customer("Composed", TYPED["missed"])
        composer = self.compose(
            composition_mode="comment",
            res_model="sale.order",
            res_id=self.order_of(partner),
            recipient_single_number_itf=TYPED["composer"],
        )
        self.staff.call("sms.composer", "action_send_sms", [composer])

    def compose_many(self):
        partners = [self.customer(name, TYPED[name]) for name in ("mass", "mass too")]
        composer = self.compose(
            composition_mode="mass", res_model="res.partner", res_ids=str(partners), mass_keep_log=True
        )
        self.staff.call("sms.composer", "action_send_sms", [composer])

    def compose_to_numbers(self):
        composer = self.compose(composition_mode="numbers", numbers=TYPED["numbers"])
        self.staff.call("sms.composer", "action_send_sms", [composer])
        wrong = f"{TYPED['numbers refused']}, 12"
        composer = self.staff.call(
            "sms.composer", "create", {"composition_mode": "numbers", "numbers": wrong, "body": "x"}
        )
        self.staff.refused("sms.composer", "action_send_sms", [composer])

    def send_later(self):
        partner = self.customer("Later")
        self.staff.call(
            "res.partner",
            "message_post",
            [partner],
            body="Tomorrow",
            message_type="sms",
            partner_ids=[partner],
            sms_numbers=[TYPED["scheduled"]],
            scheduled_date="2098-01-01 10:00:00",
        )

    def import_file(self):
        wizard = self.staff.call("base_import.import", "create", {"res_model": "res.partner"})
        content = "".join(
            f"{row}\r\n" for row in ("name,phone", *(f"{n},{TYPED[n]}" for n in ("import", "import too")))
        )
        self.staff.upload("/base_import/set_file", "contacts.csv", content, id=wizard)
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        fields = ["name", "phone"]
        self.staff.call("base_import.import", "parse_preview", [wizard], options)
        self.staff.answers.pop()  # the file itself, as it was uploaded
        done = self.staff.call("base_import.import", "execute_import", [wizard], fields, fields, options)
        assert len(done["ids"]) == 2, done["messages"]

    def meet(self):
        """A meeting to which a customer is invited by e-mail, with a link somebody pasted."""
        guest = self.customer("Attendee", TYPED["attendee"], email="attendee@example.com")
        event = self.staff.call(
            "calendar.event",
            "create",
            {
                "name": "Fitting",
                "start": "2098-01-01 10:00:00",
                "stop": "2098-01-01 11:00:00",
                "partner_ids": [[4, guest, 0]],
                "description": f'<p>Ring <a href="tel:{E164["pasted"]}">{TYPED["pasted"]}</a> at the gate</p>',
            },
        )
        link = f'<p>or <a class="x" href="tel:{TYPED["pasted"]}">the <b>guest</b> {TYPED["pasted"]}</a></p>'
        self.staff.call("calendar.event", "write", [event], {"description": link})

    def invite_to_read(self):
        """A curious salesperson invites a customer, to read the number among the guests."""
        curious = Staff(self.server, SALESPERSON)
        [[guest]] = self.psql("SELECT id FROM res_partner WHERE name = 'Attendee'")
        event = curious.call(
            "calendar.event",
            "create",
            {
                "name": "Curious",
                "start": "2098-02-01 10:00",
                "stop": "2098-02-01 11:00",
                "partner_ids": [[4, int(guest)]],
            },
        )
        [attendee] = curious.call(
            "calendar.attendee", "search", [["event_id", "=", event], ["partner_id", "=", int(guest)]]
        )
        [[token]] = self.psql(f"SELECT access_token FROM calendar_attendee WHERE id = {attendee}")
        for fields in (["phone"], ["phone", "display_name", "partner_id"]):
            curious.call("calendar.attendee", "read", [attendee], fields)
        curious.call("calendar.attendee", "export_data", [attendee], ["phone", "partner_id/phone"])
        nested = {
            "attendee_ids": {"fields": {"phone": {}}},
            "description": {},
            "partner_ids": {"fields": {"phone": {}}},
        }
        curious.call("calendar.event", "web_read", [event], specification=nested)
        curious.call("calendar.event", "export_data", [event], ["attendee_ids/phone", "description"])
        curious.call("mail.message", "search_read", [["model", "=", "calendar.event"]], ["body"])
        invitation = Browser(self.server.url).get(f"/calendar/meeting/view?token={token}&id={event}")
        self.curious = [*curious.answers, invitation.text]
        assert "Curious" in invitation.text

    def block(self):
        """The same number on the list twice: PostgreSQL refuses, and its DETAIL names the value."""
        for name in ("blacklist", "blacklist twice"):
            made = self.staff.call("phone.blacklist", "create", {"number": TYPED[name]})
        self.staff.refused("phone.blacklist", "write", [made], {"number": E164["blacklist"]})

    def break_a_key(self):
        """An administrator's own program writes past the ORM: the foreign key refuses."""
        partner = self.customer("Refused")
        code = "env.cr.execute('UPDATE res_partner SET phone = %s WHERE id = %s', env.context['given'])"
        [[model]] = self.psql("SELECT id FROM ir_model WHERE model = 'res.partner'")
        action = self.staff.call(
            "ir.actions.server", "create", {"name": "Past", "model_id": int(model), "state": "code", "code": code}
        )
        context = {"given": [TYPED["foreign key"], partner]}
        self.staff.refused("ir.actions.server", "run", [action], context=context)

    def open_doors(self):
        """Show, call and export give the number, after the password was asked again."""
        partner = self.customer("Doors", TYPED["doors"], email="doors@example.com")
        order = self.order_of(partner)
        asked = self.staff.call("phone.door", "action_ask", "res.partner", partner, "phone")
        assert asked["res_model"] == "res.users.identitycheck", "signing in is not enough for a door"
        wrong = {"password": TYPED["wrong password"]}
        self.staff.refused("res.users.identitycheck", "run_check", [asked["res_id"]], context=wrong)
        self.staff.call("res.users.identitycheck", "run_check", [asked["res_id"]], context={"password": MANAGER[1]})
        show = {"model": "res.partner", "res_id": partner, "fname": "phone", **REASON}
        for door, opening in {
            "show": lambda: str(self.staff.rpc("/consent_notify/number", **show)),
            "call": lambda: str(
                self.staff.rpc("/consent_notify/call", order_id=order, note="door code is missing", confirmed=True)
            ),
            "export": lambda: self.staff.form("/consent_notify/export", ids=json.dumps([partner]), **REASON),
        }.items():
            self.opened[door] = opening()
            self.staff.answers.pop()

    def export_as_usual(self):
        [[partner]] = self.psql("SELECT id FROM res_partner WHERE name = 'Doors'")
        spec = {
            "model": "res.partner",
            "fields": [{"name": "phone", "label": "Phone"}, {"name": "name", "label": "Name"}],
            "ids": [int(partner)],
            "domain": [],
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        assert "Doors" in self.staff.form("/web/export/csv", data=json.dumps(spec))
        assert "Doors" in self.staff.text(f"/web/partner/vcard?partner_ids={partner}")
        self.staff.call("res.partner", "read", [int(partner)], ["phone", "phone_sanitized", "display_name"])

    def own_address(self):
        """A customer with a login, of a firm, writes their own number and one of a place to deliver to."""
        firm = self.customer("Firm", TYPED["company"], is_company=True)
        owner = self.customer("Owner", email="owner@example.com", parent_id=firm)
        [[group]] = self.psql("SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'group_portal'")
        login = {"login": "owner@example.com", "password": "owner of this", "group_ids": [[6, 0, [int(group)]]]}
        self.staff.call("res.users", "create", {**login, "partner_id": owner}, context={"no_reset_password": True})
        customer = Browser(self.server.url).sign_in(self.server.database, login["login"], login["password"])
        form = customer.get("/my/account").one("form", css="address_autoformat")
        values = {**form.values(), "phone": TYPED["portal"], **HOME, "country_id": self.us}
        told = customer.post(form.get("data-submit-url"), {**values, "state_id": self.virginia()})
        assert "invalid_fields" not in told, told
        customer.get("/my/addresses")
        shown = customer.get("/my/account").one("input", name="phone").get("value")
        assert re.sub(r"\D", "", shown) == E164["portal"][1:], "the owner's door gives what was just typed"

    def ask_by_address(self):
        """A number that stands in an address line is kept by the request log."""
        number = urllib.parse.quote(TYPED["asked for"])
        self.staff.text(f"/shop?search={number}")
        self.staff.answers.pop()  # the page repeats what was typed into its search box
        self.staff.text(f"/nowhere?phone={number}")
        self.staff.call("res.partner", "search", [["phone", "=", TYPED["asked for"]]])
