"""The receipt a customer takes away, and the page to print."""

import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .consent_common import NUMBER, OTHER, ConsentCommon


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

    def test_the_addresses_of_a_person_are_that_person(self):
        address = self.env["res.partner"].create(
            {"name": "Home", "parent_id": self.me.id, "type": "delivery", "phone": OTHER}
        )
        colleague = self.env["res.partner"].create({"name": "Colleague", "parent_id": self.me.id, "type": "contact"})
        self.answer(address, "granted", self.order_call)
        self.answer(colleague, "granted", self.order_call)
        receipt = self.receipt()
        self.assertEqual([e["purpose_type"] for e in receipt["events"]].count("order_call"), 1)
        [call] = [p for p in receipt["pii_processing"] if p["purpose_type"] == "order_call"]
        self.assertEqual([n["pii_attribute_id"] for n in call["pii_information"]], [address._masked_phone()])

    def test_a_document_of_its_own_stands_in_the_receipt(self):
        text = self.env["consent.event"].search([("partner_id", "=", self.me.id)], limit=1).text_id
        self.assertNotIn("What you agree to", str(self.receipt()))
        words = self.env["consent.notice"]._words_sudo(self.company, country=self.env.ref("base.ru"))
        [word] = [word for word, _box in words if word.purpose_id == self.order_sms.id]
        self.assertTrue(word.document)
        text = self.env["consent.notice.text"].browse(self.env["consent.notice.text"]._keep_sudo([word]).values())
        self.env["consent.event"]._record_sudo(self.me, self.company, [(self.order_sms, "shown", text)], source="paper")
        self.assertIn(word.document, self.receipt()["pii_processing"][0]["privacy_notice"]["text"])

    def test_each_company_has_its_own(self):
        other = self.env["res.company"].create({"name": "Other Shop"})
        groups = "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman"
        officer = new_test_user(self.env, "receipt_two", f"{groups},consent_notify.group_officer")
        officer.company_ids += other
        self.env["consent.event"]._record_sudo(self.me, other, [(self.order_call, "refused", None)], source="counter")
        self.authenticate("receipt_two", "receipt_two")
        path = f"/consent_notify/receipt/{self.me.id}"
        chosen = self.me.with_user(officer).with_company(other).action_consent_receipt()["url"]
        self.assertEqual(chosen, f"{path}?company_id={other.id}")
        self.assertIn("Other Shop", self.url_open(chosen).text)
        answer = self.url_open(f"{path}.json?company_id={other.id}").json()
        self.assertEqual([event["purpose_type"] for event in answer["events"]], ["order_call"])
        self.assertEqual(len(self.url_open(f"{path}.json?company_id={self.company.id}").json()["events"]), 3)
        stranger = self.env["res.company"].create({"name": "Not theirs"})
        for company in (stranger.id, "x", 0, "1 OR 1"):
            self.assertEqual(self.url_open(f"{path}?company_id={company}").status_code, 404)

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
            self.me.with_user(officer).action_consent_receipt()["url"],
            f"/consent_notify/receipt/{self.me.id}?company_id={self.company.id}",
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
