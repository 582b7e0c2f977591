import base64
import json
from hashlib import sha256

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..tools import consent_csv
from .consent_common import NUMBER, OTHER, ConsentCommon

HEAD = "external_id,email,name,number,purpose,answer,date,proof,words"
GOOD = ",anna@example.com,,,order_sms,yes,2024-11-30,Folder 3 page 12,May we text you?"
MANAGER = "consent_notify.group_manager,sales_team.group_sale_salesman,base.group_partner_manager"


class ImportCommon(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "import_manager", MANAGER)
        # The answers of these tests have days of their own; those about terms set one.
        cls.env["consent.purpose"].search([]).term_months = 1200

    def upload(self, *lines, content=None):
        text = "\n".join([HEAD, *lines])
        content = text.encode() if content is None else content
        wizard = self.env["consent.import"].with_user(self.manager).create({"file": base64.b64encode(content)})
        wizard.action_check()
        return wizard

    def reasons(self, *lines):
        return self.upload(*lines).line_ids.mapped("reason")

    def events(self):
        return self.env["consent.event"].search([("source", "=", "import")], order="id")


@tagged("post_install", "-at_install")
class TestConsentImport(ImportCommon, TransactionCase):
    def test_a_row_with_its_proof(self):
        wizard = self.upload(GOOD)
        self.assertEqual((wizard.accepted_count, wizard.refused_count), (1, 0))
        self.assertEqual(wizard.line_ids.partner_id, self.anna)
        self.assertFalse(self.events(), "a preview keeps nothing")
        wizard.action_import()
        [event] = self.events()
        self.assertEqual((event.kind, event.partner_id, event.actor), ("granted", self.anna, f"user:{self.manager.id}"))
        kept = json.loads(event.evidence)
        file_hash = sha256(f"{HEAD}\n{GOOD}".encode()).hexdigest()
        self.assertEqual(
            kept,
            {"date": "2024-11-30", "proof": "Folder 3 page 12", "words": "May we text you?", "line": 2,
             "file_sha256": file_hash},
        )  # fmt: skip
        self.assertTrue(event.is_intact)
        self.assertIsNone(self.verdict(self.anna))
        self.assertFalse(wizard.sealed_file, "the file is forgotten")
        with self.assertRaisesRegex(UserError, "imported already"):
            wizard.action_import()
        self.assertEqual(len(self.events()), 1)

    def test_each_way_to_name_a_customer(self):
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "anna", "model": "res.partner", "res_id": self.anna.id}
        )
        rest = "order_sms,yes,2024-11-30,Folder 3,May we?"
        for customer in ("anna,,,", "__import__.anna,,,", ",ANNA@example.com,,", f",,anna,{NUMBER}",
                         ",,Anna,8 916 123-45-67"):  # fmt: skip
            self.company.country_id = self.env.ref("base.ru")
            [line] = self.upload(f"{customer},{rest}").line_ids
            self.assertEqual((line.partner_id, line.reason), (self.anna, False), customer)

    def test_reasons(self):
        double = self.anna.copy({"email": "double@example.com", "phone": OTHER})
        double.copy({"email": "double@example.com", "phone": OTHER})
        silent = self.env["res.partner"].create({"name": "Silent", "email": "silent@example.com"})
        self.assertTrue(silent)
        start = ",anna@example.com,,,order_sms,"
        cases = {
            ",anna@example.com,,,everything,yes,2024-11-30,p,w": "no such purpose",
            ",anna@example.com,,,service,yes,2024-11-30,p,w": "no such purpose",
            f"{start}maybe,2024-11-30,p,w": "answer is unclear",
            f"{start}yes,30/11,p,w": "date is unclear",
            f"{start}yes,2999-11-30,p,w": "still to come",
            f"{start}yes,2024-11-30,,w": "no proof",
            f"{start}yes,2024-11-30,p,": "no words",
            f"{start}yes,2024-11-30,p": "no words",
            f"{start}yes,2024-11-30,call from {OTHER},w": "proof names",
            f"{start}yes,2024-11-30,mail of anna@example.com,w": "proof names",
            f"{start}yes,2024-11-30,p,reply to {OTHER}": "or a phone number",
            f"{start}yes,2024-11-30,p,mail to anna@example.com": "words hold an e-mail address",
            f"{start}yes,2024-11-30,p,{'w' * 5000}": "too long",
            ",nobody@example.com,,,order_sms,yes,2024-11-30,p,w": "no such customer",
            f",,Boris,{NUMBER},order_sms,yes,2024-11-30,p,w": "no such customer",
            f",,,{NUMBER},order_sms,yes,2024-11-30,p,w": "no such customer",
            ",double@example.com,,,order_sms,yes,2024-11-30,p,w": "Several customers",
            ",silent@example.com,,,order_sms,yes,2024-11-30,p,w": "no number",
            f",anna@example.com,,{OTHER},order_sms,yes,2024-11-30,p,w": "not the one on the contact",
        }
        reasons = self.reasons(*cases)
        self.assertEqual(len(reasons), len(cases))
        for reason, (line, expected) in zip(reasons, cases.items(), strict=True):
            self.assertIn(expected, reason or "accepted", line[:60])
            self.assertNotIn(OTHER[-10:], reason)

    def test_a_date_in_the_proof_is_no_number(self):
        self.assertEqual(self.reasons(GOOD.replace("Folder 3 page 12", "Order S00042 of 2024-11-30 10:15")), [False])

    def test_a_number_of_any_country_is_one(self):
        for number in ("0470 12 34 56", "8 916 123-45-67", "79161234567", "(202) 555-0187"):
            for place, said in (("Folder 3 page 12", "proof names"), ("May we text you?", "words hold")):
                wizard = self.upload(GOOD.replace(place, f"call {number}"))
                [reason] = wizard.line_ids.mapped("reason")
                self.assertIn(said, reason or "accepted", number)
                self.assertNotIn(number, wizard._refused_csv())

    def test_the_newer_answer_stands(self):
        self.answer(self.anna, "withdrawn")
        [reason] = self.reasons(GOOD)
        self.assertIn("answered later", reason)
        for kind in ("no", "yes"):
            older = GOOD.replace("order_sms,yes,2024-11-30", f"order_call,{kind},2024-01-0{1 + (kind == 'yes')}")
            wizard = self.upload(older)
            wizard.action_import()
        self.assertIsNone(self.verdict(self.anna, self.order_call), "the later date of two imports")
        self.assertIn("in the log already", self.reasons(older)[0])

    def test_a_yes_that_has_run_out(self):
        self.order_sms.term_months = 12
        old, fresh = (fields.Date.today() - relativedelta(months=12, days=days) for days in (0, -1))
        row = GOOD.replace("yes,2024-11-30", "%s,%s")
        [reason] = self.reasons(row % ("yes", old))
        self.assertIn("has run out: it was good for 12 months", reason)
        for answer, day in (("no", old), ("stop", old), ("yes", fresh)):
            self.assertEqual(self.reasons(row % (answer, day)), [False], answer)
        order = self.env["sale.order"].create({"partner_id": self.anna.id})
        self.assertEqual(self.reasons(row % ("yes", old)), [False], "the term runs from the last order")
        order.state = "cancel"
        self.assertIn("has run out", self.reasons(row % ("yes", old))[0])

    def test_the_term_runs_from_the_day_of_the_answer(self):
        self.order_sms.term_months = 12
        day = fields.Date.today() - relativedelta(months=11)
        self.upload(GOOD.replace("2024-11-30", str(day))).action_import()
        self.env.flush_all()
        [term] = self.env["consent.retention"]._terms(self.anna.ids)
        self.assertEqual(term.due, fields.Datetime.to_datetime(day) + relativedelta(months=12))

    def test_two_rows_about_the_same(self):
        newer = GOOD.replace("yes,2024-11-30", "no,2024-12-01")
        wizard = self.upload(newer, GOOD)
        self.assertEqual(wizard.line_ids.mapped(lambda line: bool(line.reason)), [False, True])
        self.assertIn("Line 2", wizard.line_ids[1].reason)
        wizard.action_import()
        self.assertEqual(self.events().mapped("kind"), ["refused"])

    def test_files_that_cannot_be_read(self):
        cases = {
            b"": "no file",
            b"\xff\xff\xfe\xc0": "UTF-8",
            b"PK\x03\x04\x00\x00": "no CSV file",
            f"{HEAD}\n".encode(): "no rows",
            b"a,b\n1,2\n": "must name the columns",
            b"email,purpose,answer,date,words\n": "missing: proof",
            f'{HEAD}\n,"anna"x"'.encode(): "no CSV",
            b"x" * (consent_csv.LARGEST + 1): "larger than 20 MB",
        }
        for content, message in cases.items():
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self.upload(content=content)
        utf16 = f"{HEAD}\n{GOOD}".replace(",", ";").encode("utf-16")
        self.assertEqual(self.upload(content=utf16).line_ids.mapped("reason"), [False])

    def test_nothing_of_the_file_lies_open(self):
        line = f",,Anna,{NUMBER},order_sms,yes,2024-11-30,p,w"
        wizard = self.upload(line, line.replace("Anna", "Boris"))
        self.env.flush_all()
        self.env.cr.execute("SELECT sealed_file FROM consent_import WHERE id = %s", [wizard.id])
        self.assertNotIn(NUMBER[-10:].encode(), bytes(self.env.cr.fetchone()[0]))
        self.env.cr.execute("SELECT row_to_json(l)::text FROM consent_import_line l WHERE import_id = %s", [wizard.id])
        self.assertNotIn(NUMBER[-10:], str(self.env.cr.fetchall()))
        self.env.cr.execute("SELECT count(*) FROM ir_attachment WHERE res_model = 'consent.import'")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        refused = wizard._refused_csv()
        self.assertIn("Boris", refused)
        self.assertNotIn(NUMBER[-10:], refused)
        self.assertIn("45 67", refused)
        wizard.action_close()
        self.assertFalse(wizard.sealed_file)

    def test_finding_numbers_is_on_the_access_log(self):
        self.upload(GOOD)
        access = self.env["phone.access"].search([], order="id desc", limit=1)
        self.assertEqual((access.door, access.count, access.user_ref), ("look_up", 1, self.manager.id))

    def test_only_managers(self):
        officer = new_test_user(self.env, "import_officer", "consent_notify.group_officer")
        with self.assertRaises(AccessError):
            self.env["consent.import"].with_user(officer).create({})
        with self.assertRaises(AccessError):
            self.upload(GOOD).with_user(officer).action_import()

    def test_queries_do_not_grow_with_the_rows(self):
        def queries(count, start):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"C{n}", "email": f"c{n}@example.com", "phone": f"+7916200{n:04}"}
                    for n in range(start, start + count)
                ]
            )
            self.assertTrue(partners)
            lines = [GOOD.replace("anna", f"c{n}") for n in range(start, start + count)]
            self.env.flush_all()
            self.env.invalidate_all()
            # An environment reads its user's time zone once and lives as long as somebody holds it.
            asking = self.env["consent.import"].with_user(self.manager).env
            self.assertTrue(asking.tz)
            before = self.env.cr.sql_log_count
            wizard = self.upload(*lines)
            wizard.action_import()
            self.env.flush_all()
            self.assertEqual(wizard.accepted_count, count)
            return self.env.cr.sql_log_count - before

        for start in (0, 10):
            queries(3, start)  # warms what is cached
        self.assertLessEqual(queries(90, 200), queries(5, 100))

    def test_formulas_are_harmless(self):
        refused = self.upload(",=cmd()@example.com,,,order_sms,yes,2024-11-30,p,w")._refused_csv()
        self.assertIn("'=cmd()", refused)


@tagged("post_install", "-at_install")
class TestConsentImportDownload(ImportCommon, HttpCase):
    def test_the_refused_are_ones_own(self):
        wizard = self.upload(GOOD.replace("yes", "maybe"))
        path = wizard.action_refused()["url"]
        new_test_user(self.env, "import_second", MANAGER)
        for login, status in (("import_manager", 200), ("import_second", 404)):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(path).status_code, status, login)
        self.assertEqual(self.url_open("/consent_notify/import/999999999/refused.csv").status_code, 404)
        example = self.url_open("/consent_notify/import/template.csv").content
        [row] = consent_csv.read(example)
        self.assertEqual(row.cells["purpose"], "order_sms")
