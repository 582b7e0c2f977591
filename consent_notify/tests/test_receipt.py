"""The receipt a customer takes away, and the page to print."""

import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import NUMBER, ConsentCommon


@tagged("post_install", "-at_install")
class TestReceipt(ConsentCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "receipt_anna", "base.group_portal", name="Anna Portal")
        cls.portal.partner_id.write({"phone": NUMBER, "country_id": cls.env.ref("base.ru").id})
        cls.me = cls.portal.partner_id
        cls.answer(cls.me, "shown")
        cls.answer(cls.me, "granted")
        cls.answer(cls.me, "refused", cls.offer_sms)
        boris = cls.env["res.partner"].create({"name": "Boris", "phone": NUMBER})
        cls.answer(boris, "granted", order_name="S66666")
        cls.boris = boris

    def receipt(self):
        return self.me._consent_receipt_sudo(self.company)

    def test_its_form_is_that_of_the_specification(self):
        receipt = self.receipt()
        self.assertEqual(
            list(receipt), ["receipt_metadata", "record_header", "pii_processing", "party_identification", "events"]
        )
        self.assertLessEqual({"schema_version", "receipt_id"}, set(receipt["receipt_metadata"]))
        self.assertEqual(set(receipt["record_header"]), {"schema_version", "record_id", "pii_principal_id"})
        parties = {party["party_id"] for party in receipt["party_identification"]}
        needed = {
            *("privacy_notice", "language", "purpose", "lawful_basis", "pii_information", "pii_controllers"),
            *("collection_method", "storage_locations", "retention_period", "recipient_third_parties"),
            *("withdrawal_method", "privacy_rights", "jurisdiction"),
        }
        for processing in receipt["pii_processing"]:
            self.assertLessEqual(needed, set(processing))
            self.assertLessEqual({*processing["pii_controllers"], *processing["recipient_third_parties"]}, parties)
        self.assertEqual([p["purpose_type"] for p in receipt["pii_processing"]], ["order_sms", "offer_sms"])
        states = [(event["purpose_type"], event["event_state"]) for event in receipt["events"]]
        self.assertEqual(
            states,
            [
                ("order_sms", "notice shown"),
                ("order_sms", "consent given"),
                ("offer_sms", "consent refused"),
            ],
        )
        self.assertIn("Twilio", [party["party_name"] for party in receipt["party_identification"]])
        self.assertEqual(json.loads(json.dumps(receipt)), receipt)

    def test_it_names_nobody_and_holds_no_number(self):
        text = json.dumps(self.receipt(), ensure_ascii=False)
        for secret in (NUMBER, NUMBER[2:], "Anna Portal", "S66666", self.digest()):
            self.assertNotIn(secret, text)
        other = self.boris._consent_receipt_sudo(self.company)
        self.assertNotEqual(other["record_header"], self.receipt()["record_header"])

    def test_a_customer_gets_their_own(self):
        for path in ("/my/privacy/receipt", "/my/privacy/receipt.json"):
            self.authenticate(None, None)
            self.assertIn("/web/login", self.url_open(path).url)
        self.authenticate("receipt_anna", "receipt_anna")
        answer = self.url_open("/my/privacy/receipt.json")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(len(answer.json()["events"]), 3)
        page = self.url_open("/my/privacy/receipt")
        self.assertEqual(page.status_code, 200)
        label = self.env["consent.event"].search([("partner_id", "=", self.me.id)], limit=1).text_id.label
        for words in ("Consent receipt", "Anna Portal", label, self.me._masked_phone()):
            self.assertIn(words, page.text)
        self.assertNotIn("S66666", page.text)
        for path in (f"/consent_notify/receipt/{self.boris.id}", f"/consent_notify/receipt/{self.boris.id}.json"):
            self.assertEqual(self.url_open(path).status_code, 404)

    def test_an_officer_gets_a_customers(self):
        groups = "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman"
        officer = new_test_user(self.env, "receipt_officer", f"{groups},consent_notify.group_officer")
        user = new_test_user(self.env, "receipt_user", f"{groups},consent_notify.group_user")
        self.assertEqual(
            self.me.with_user(officer).action_consent_receipt()["url"], f"/consent_notify/receipt/{self.me.id}"
        )
        with self.assertRaises(AccessError):
            self.me.with_user(user).action_consent_receipt()
        for login, status in (("receipt_officer", 200), ("receipt_user", 404)):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(f"/consent_notify/receipt/{self.me.id}").status_code, status)
            self.assertEqual(self.url_open(f"/consent_notify/receipt/{self.me.id}.json").status_code, status)
        self.assertEqual(self.url_open("/consent_notify/receipt/999999999").status_code, 404)

    def test_nobody_was_asked_yet(self):
        self.authenticate("receipt_anna", "receipt_anna")
        self.portal.partner_id = self.env["res.partner"].create({"name": "New"})
        self.assertIn("not asked you anything", self.url_open("/my/privacy/receipt").text)
