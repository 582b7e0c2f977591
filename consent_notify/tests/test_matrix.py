"""Who may do what: every role on every model of ours, against sentences; `test_matrix_doors` goes on with doors.

A right that is widened, and a model that nobody wrote a sentence for, make this fail.
"""

import re

from odoo.tests import new_test_user, tagged
from odoo.tools import convert_file

from .consent_common import NUMBER
from .orders_common import OrdersCommon
from .test_door_show import with_second_factor

SALES = "sales_team.group_sale_salesman"
ROLES = {
    "public": None,
    "portal": "base.group_portal",
    "employee": "base.group_user,base.group_partner_manager",
    "user": f"consent_notify.group_user,{SALES}",
    "officer": f"consent_notify.group_officer,{SALES}",
    "manager": f"consent_notify.group_manager,{SALES}",
    "administrator": "base.group_system",  # of Odoo, with none of our groups
}
# Whom a word in the sentences below means: an officer is a user, too, and a manager is both.
WHO = {
    "nobody": set(),
    "users": {"user", "officer", "manager"},
    "officers": {"officer", "manager"},
    "managers": {"manager"},
    "administrators": {"administrator"},
    "keepers of contacts": {"employee", "administrator"},
    "staff": {"employee", "user", "officer", "manager", "administrator"},
    "whoever is signed in": {"portal", "employee", "user", "officer", "manager", "administrator"},
    "everybody": set(ROLES),
}
RIGHTS = """
    phone.vault: nobody
    phone.access: managers read
    phone.access.alert: managers read
    consent.event: users read
    consent.event.pending: nobody
    consent.evidence: managers read, write, create
    consent.evidence.term: managers read, write, create, unlink
    consent.anchor: managers read
    consent.anchor.expired: managers read
    consent.status: users read
    consent.subject: nobody
    consent.link: nobody
    consent.link.answer: nobody
    consent.link.try: nobody
    consent.code: nobody
    consent.code.turn: nobody
    consent.processor: managers read, write, create, unlink; administrators read
    consent.purpose: users read; managers write, create, unlink
    consent.notice: users read; managers write, create, unlink
    consent.notice.publish: managers read, write, create
    consent.notice.text: users read
    consent.wording: officers read
    consent.hours.rule: users read; managers write, create, unlink
    consent.text.count: nobody
    sms.hold: nobody
    consent.ask: users read, write, create
    consent.ask.line: users read, write, create
    consent.confirm: users read, write, create
    consent.import: managers read, write, create
    consent.import.line: managers read, create, unlink
    consent.retention: managers read
    consent.reply: officers read
    consent.reply.word: officers read; managers write, create, unlink
    consent.request: officers read, create; managers write
    consent.setup: managers read, create
    consent.test.sms: managers read, write, create
    order.update: users read
    order.update.delay: users read, write, create
    order.update.stage: users read; managers write, create
    sandbox.message: users read
    sms.gateway: managers read; administrators read, write, create, unlink
"""
# Models without a table: their methods ask for themselves, in the table of doors.
NO_TABLE = {"consent.hours", "consent.notice.source", "consent.receiver", "consent.recovery.kit", "phone.door"}
# Core models whose switch opens a door: what a report prints, what a courier and a payment provider are given. Delivery
# methods belong to the managers of sales, who are none of these.
SWITCHES = """
    delivery.carrier: nobody write
    ir.actions.report: administrators write
    payment.provider: administrators write
"""
OPERATIONS = ("read", "write", "create", "unlink")


def sentences(text):
    """Return {subject: clauses} of lines `subject: clauses`."""
    return dict(line.strip().split(": ", 1) for line in text.strip().splitlines())


def rights(clauses):
    """Return the (role, operation) pairs that `users read; managers write, create` grants."""
    granted = set()
    for clause in clauses.split("; "):
        who, *operations = re.split(r",? ", clause)
        granted |= {(role, operation) for role in WHO[who] for operation in operations}
    return granted


class MatrixCommon(OrdersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"matrix_{role}", groups) if groups else cls.env.ref("base.public_user")
            for role, groups in ROLES.items()
        }
        with_second_factor(*(user for role, user in cls.users.items() if role not in ("public", "portal")))


@tagged("post_install", "-at_install")
class TestMatrixOfRights(MatrixCommon):
    def granted(self, model, operations=OPERATIONS):
        return {
            (role, operation)
            for role, user in self.users.items()
            for operation in operations
            if self.env[model].with_user(user).has_access(operation)
        }

    def test_every_role_on_every_model(self):
        for model, clauses in sentences(RIGHTS).items():
            with self.subTest(model):
                self.assertEqual(self.granted(model), rights(clauses))

    def test_no_model_is_without_a_sentence(self):
        ours = {name for name, model in self.env.registry.items() if model._original_module == "consent_notify"}
        self.assertEqual(ours, set(sentences(RIGHTS)) | NO_TABLE)

    def test_an_update_gives_nothing_back(self):
        admin = self.env.ref("base.user_admin")
        manager = self.env.ref("consent_notify.group_manager")
        manager.user_ids -= admin | self.env.ref("base.user_root")
        convert_file(self.env, "consent_notify", "security/consent_notify_groups.xml", {}, mode="update")
        self.env.flush_all()
        self.assertFalse(admin in manager.user_ids or self.env.ref("base.user_root") in manager.user_ids)

    def test_switches_that_open_doors(self):
        for model, clauses in sentences(SWITCHES).items():
            with self.subTest(model):
                self.assertEqual(self.granted(model, ["write"]), rights(clauses))

    def test_whose_records(self):
        """A user sees those of own customers, an officer those of all, nobody those of another company."""
        other = self.env["res.company"].create({"name": "Other Shop"})
        nobody, user, clerk = self.env["res.users"], self.users["user"], self.clerk
        # Whose the customer and whose the order is; a guest of the website has no salesperson.
        owned = {
            "own": (user, user),
            "own guest's": (nobody, user),
            "nobody's": (nobody, nobody),
            "a colleague's": (clerk, clerk),
            "a colleague's guest's": (nobody, clerk),
            "another company's": (clerk, clerk),
        }
        for whose, (manager, owner) in owned.items():
            company = other if whose == "another company's" else self.company
            partner = self.env["res.partner"].create({"name": whose, "phone": NUMBER, "user_id": manager.id})
            order = self.env["sale.order"].create(
                {"partner_id": partner.id, "user_id": owner.id, "company_id": company.id}
            )
            stage = self.env["order.update.stage"].search([("code", "=", "ready")], limit=1)
            update = self.env["order.update"].create(
                {"order_id": order.id, "stage_id": stage.id, "partner_id": partner.id}
            )
            text = self.env["sandbox.message"].create(
                {"body": "x", "order_id": order.id, "partner_id": partner.id, "company_id": company.id}
            )
            event = self.env["consent.event"]._record_sudo(
                partner,
                company,
                [(self.order_sms, "refused", self.env["consent.notice.text"])],
                source="counter",
                order_name=order.name,
            )
            self.env.flush_all()
            status = self.env["consent.status"].search([("partner_id", "=", partner.id)])
            access = self.env["phone.access"].with_user(user)._record_sudo("show", company_id=company.id).sudo()
            for record in (update, text, event, status, access):
                seen = {role for role, user in self.users.items() if record.with_user(user).has_access("read")}
                expected = WHO["officers"] if clerk in (manager, owner) else WHO["users"]
                if whose == "another company's":
                    expected = set()
                if record == access:  # of the staff's own work: managers alone
                    expected = expected & WHO["managers"]
                with self.subTest(whose=whose, model=record._name):
                    self.assertEqual(len(record), 1)
                    self.assertEqual(seen, expected)
