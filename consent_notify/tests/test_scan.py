import base64
import tempfile
import zipfile
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ..tools import phone, scan

NUMBER = "+12025550187"


@tagged("post_install", "-at_install")
class TestScan(TransactionCase):
    def places(self, *numbers):
        self.env.flush_all()
        return scan.scan_tables(self.env.cr, scan.matcher(numbers or (NUMBER,)))

    def test_a_sealed_number_is_not_found(self):
        self.env["res.partner"].create({"name": "Zoe", "phone": NUMBER})
        self.assertEqual(self.places(), {})

    def test_a_planted_number_is_found_in_every_kind_of_column(self):
        partner = self.env["res.partner"].create({"name": "Zoe", "comment": "<p>call (202) 555-0187</p>"})
        self.env["ir.config_parameter"].set_param("planted", "a\nb 202.555.0187 c\n+1 202 555 0187")
        product = self.env["product.template"].create({"name": "Call +1-202-555-0187"})
        self.env.cr.execute(
            "INSERT INTO ir_attachment (name, type, db_datas) VALUES ('a', 'binary', %s), ('b', 'binary', %s)",
            [f"tel\n{NUMBER}\n\xe9".encode("latin-1"), b"\x89PNG\x00\x01\x02\x03\x04\x05\x06\x07"],
        )
        self.env.cr.execute("CREATE TABLE planted_bytes (content bytea)")
        for text in (f"name,phone\nZoe,{NUMBER}\n", "name,phone\nZoe,+12025550188\n"):
            self.env.cr.execute("INSERT INTO planted_bytes VALUES (%s)", [base64.encodebytes(text.encode())])
        self.env.cr.execute("CREATE TABLE planted_arrays (id serial, numbers varchar[], more json)")
        self.env.cr.execute(
            "INSERT INTO planted_arrays (numbers, more) VALUES (%s, %s)", [["x", NUMBER], '{"a": ["12025550187"]}']
        )
        found = self.places()
        for place in (
            "res_partner.comment",
            "ir_config_parameter.value",
            "product_template.name",
            "planted_arrays.numbers",
            "planted_arrays.more",
            "planted_bytes.content",
        ):
            self.assertEqual(found.pop(place, 0), 1, place)
        self.assertTrue(partner.exists() and product.exists())
        self.assertEqual(found.pop("ir_attachment.db_datas", 0), 1)
        self.assertTrue(set(found) <= {"mail_message.body"}, found)

    def test_every_spelling_is_found(self):
        for spelling in phone.spellings(NUMBER):
            self.assertTrue(scan.matcher([NUMBER])(f"x {spelling} y"), len(spelling))
        self.assertFalse(scan.matcher([NUMBER])("12025550188"))
        self.assertFalse(scan.matcher([NUMBER])("2025-11-24 06:55:01.87"))

    def test_statistics_are_searched(self):
        self.env.cr.execute("CREATE TABLE planted_stats (number varchar)")
        self.env.cr.execute("INSERT INTO planted_stats SELECT %s FROM generate_series(1, 50)", [NUMBER])
        self.env.cr.execute("ALTER TABLE planted_stats ADD content bytea")
        self.env.cr.execute("UPDATE planted_stats SET content = convert_to('tel ' || number, 'UTF8')")
        self.env.cr.execute("ANALYZE planted_stats; DELETE FROM planted_stats")
        self.assertEqual(set(self.places()), {"pg_stats.planted_stats.number", "pg_stats.planted_stats.content"})

    def test_without_a_list_any_valid_number_counts(self):
        found = scan.matcher()
        self.assertTrue(found("tel +44 20 7946 0958"))
        self.assertFalse(found("tel +44 20 7946"))
        self.assertFalse(found("07946 0958 00"))
        self.assertTrue(scan.matcher(region="US")("call (202) 555-0187"))

    def test_files_logs_and_archives(self):
        found = scan.matcher([NUMBER])
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "clean.txt").write_text("nothing here, 2025550188")
            self.assertEqual(scan.scan_files(folder, found), 0)
            (folder / "edge.bin").write_bytes(b"x" * (scan.CHUNK - 5) + b"+12025550187" + b"\xff" * 10)
            with zipfile.ZipFile(folder / "export.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("sheet.xml", "<v>+1 202-555-0187</v>")
            (folder / "12025550187.txt").touch()
            self.assertEqual(scan.scan_files(folder, found), 3)
            log = folder / "odoo.log"
            log.write_text("one\nGET /x?phone=%2B12025550187\nthree\n")
            self.assertEqual(scan.scan_log(log, found), 1)
