"""Who may open which door: every role at every door and beside it, over HTTP, against sentences."""

from odoo.tests import tagged

from ..models import phone_access
from .consent_common import NUMBER
from .matrix_keys import MatrixKeys
from .test_matrix import sentences

DOORS = """
    show: officers
    call with the customer's yes: users
    call against the customer's word: officers
    export: managers
    recovery kit: managers
    take evidence away: managers
    take evidence away that another opened: nobody
    look up by number: staff
    type a number in: keepers of contacts
    import contacts with their numbers: keepers of contacts
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
    fetch a picture named by the number: nobody
"""
# Door of the access log: the line above that leaves its row.
LOGGED = {
    "show": "show",
    "call": "call with the customer's yes",
    "owner": "own number, typed in this session",
    "provider": "hand over to a courier with an agreement",
    "sandbox": "text to who agreed",
    "print": "print a report that is a door",
    "export": "export",
    "copy": "copy onto another contact",
    "look_up": "look up by number",
    "evidence": "take evidence away",
    "typed": "type a number in",
    "import": "import contacts with their numbers",
}
NO_DOORS = {"password"}  # a row about a refusal: nothing leaves


@tagged("post_install", "-at_install")
class TestMatrixOfDoors(MatrixKeys):
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
        cls.evidence = cls.env["consent.evidence"].create({"partner_id": cls.anna.id})

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
            "take evidence away": self.take_evidence,
            "take evidence away that another opened": lambda: self.evidence_of(self.evidence.id),
            "look up by number": self.look_up,
            "type a number in": self.type_in,
            "import contacts with their numbers": self.import_contacts,
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
            "fetch a picture named by the number": self.picture,
        }
        before = self.env["phone.access"].search([])
        self.each_role(keys, sentences(DOORS))
        with self.registry.cursor() as cr:
            self.env(cr=cr)["sms.sms"]._process_queue()
        self.env.invalidate_all()
        self.assertEqual(set((self.env["phone.access"].search([]) - before).mapped("door")), set(LOGGED))

    def test_no_door_of_the_log_is_without_a_line(self):
        self.assertEqual(set(LOGGED) | NO_DOORS, set(dict(phone_access.DOORS)))
        self.assertLessEqual(set(LOGGED.values()), set(sentences(DOORS)))
