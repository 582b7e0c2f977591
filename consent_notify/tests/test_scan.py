import base64
import bz2
import gzip
import lzma
import os
import tempfile
import zipfile
from argparse import Namespace
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from ..cli import scan as cli
from ..tools import phone, scan
from ..tools.errors import ConsentNotifyError

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

    def test_what_a_shop_had_kept_before_is_found(self):
        """Filters and defaults refuse numbers now; the rows from before the installation stand as they were."""
        self.env.cr.execute(
            "INSERT INTO ir_filters (name, model_id, domain, context, sort, active)"
            " VALUES ('Anna', 'res.partner', %s, '{}', '[]', true)",
            [f"[('phone', 'ilike', '{NUMBER}')]"],
        )
        field = self.env["ir.model.fields"]._get("res.partner", "phone")
        self.env.cr.execute("INSERT INTO ir_default (field_id, json_value) VALUES (%s, %s)", [field.id, f'"{NUMBER}"'])
        note = self.env["ir.attachment"].create({"name": "Note", "raw": b"x"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_attachment SET index_content = %s WHERE id = %s", [NUMBER, note.id])
        self.env.cr.execute("INSERT INTO res_users_identitycheck (request) VALUES (%s)", [f'{{"phone": "{NUMBER}"}}'])
        places = (
            "ir_filters.domain",
            "ir_default.json_value",
            "ir_attachment.index_content",
            "res_users_identitycheck.request",
        )
        for found in (self.places(), scan.scan_tables(self.env.cr, scan.matcher())):
            self.assertEqual({place: found.get(place) for place in places}, dict.fromkeys(places, 1))

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

    def test_what_cannot_be_read_is_not_taken_for_clean(self):
        found = scan.matcher([NUMBER])
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "closed").mkdir()
            for name in ("closed/a.txt", "b.txt", "c.txt"):
                (folder / name).write_text(f"tel {NUMBER}")
            refused = {str(folder / "closed"), str(folder / "b.txt")}

            def refusing(method):
                def refuse(path, *args, **kwargs):
                    if str(path) in refused:
                        raise PermissionError(13, "Permission denied", str(path))
                    return method(path, *args, **kwargs)

                return refuse

            with patch.object(os, "scandir", refusing(os.scandir)), patch.object(Path, "open", refusing(Path.open)):
                unread = []
                self.assertEqual(scan.scan_files(folder, found, unread), 1)
                self.assertEqual(set(unread), refused)
                with self.assertRaises(PermissionError):
                    scan.scan_files(folder, found)
            self.assertEqual(scan.scan_files(folder / "none", found), 0)

    def test_a_damaged_archive_is_searched_as_it_stands(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export.zip"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.txt", f"tel {NUMBER}")
            content = path.read_bytes()
            path.write_bytes(content.replace(b"PK\x01\x02", b"PK\x01\x03"))
            self.assertTrue(zipfile.is_zipfile(path))
            self.assertEqual(scan.scan_files(folder, scan.matcher([NUMBER])), 1)

    def run_scan(self, **options):
        """Run the command's own part with what it would read; return its exit status and what it printed."""
        chosen = Namespace(database=self.env.cr.dbname, numbers="-", region=None, log=[])
        vars(chosen).update(options)
        told, warned = StringIO(), StringIO()
        self.env.flush_all()
        with (
            patch.object(cli, "open_cursor", lambda name: nullcontext(self.env.cr)),
            patch.object(config, "filestore", lambda name: "/no such folder"),
            patch.dict(config.options, {"logfile": ""}),
            patch("sys.stdin", StringIO(f"{NUMBER}\n")),
            redirect_stdout(told),
            redirect_stderr(warned),
        ):
            return cli.run_scan(chosen), told.getvalue(), warned.getvalue()

    def test_the_exit_status_tells_clean_from_found_and_from_not_searched(self):
        clean = "No plain number was found.\n"
        self.assertEqual(self.run_scan(), (0, clean, "No log was searched: name each with --log.\n"))
        with tempfile.TemporaryDirectory() as folder:
            gone, list_ = Path(folder) / "gone.log", Path(folder) / "list"
            status, told, warned = self.run_scan(log=[str(gone)])
            self.assertEqual((status, told), (2, clean))
            self.assertIn("gone.log was not searched", warned)
            list_.write_bytes(b"\xff\xfe+")
            with self.assertRaisesRegex(ConsentNotifyError, "UTF-8"):
                self.run_scan(numbers=str(list_))
            error = psycopg2.errors.InsufficientPrivilege(f"secret {NUMBER}")
            with patch.object(scan, "scan_tables", side_effect=error):
                status, told, warned = self.run_scan()
            self.assertEqual((status, told), (2, clean))
            self.assertNotIn("secret", warned)
            with patch.object(scan, "scan_tables", return_value={}):
                status, told, warned = self.run_scan()
            self.assertEqual(status, 2, "a search that misses what it planted finds nothing else either")
            self.assertIn("planted itself", warned)
            self.env["res.partner"].create({"name": "Zoe", "comment": NUMBER})
            status, told, _warned = self.run_scan(log=[str(gone)])
            self.assertEqual(status, 1, "what was found counts more")
            self.assertIn("res_partner.comment: 1 rows", told)

    def test_clean_of_prefixed_numbers_is_not_called_clean(self):
        _status, told, warned = self.run_scan(numbers=None)
        self.assertNotIn("planted itself", warned, "what was planted is found without a list, too")
        self.assertTrue("with its country prefix" in told or "in the places above" in told, told)

    def test_logs_that_were_put_away_are_searched_too(self):
        found = scan.matcher([NUMBER])
        line = f"GET /x?phone=%2B{NUMBER[1:]}\n".encode()
        away = {
            "odoo.log.1": line,
            "odoo.log.2.gz": gzip.compress(line * 2),
            "odoo.log-20300131.xz": lzma.compress(line * 3),
            "odoo-20300130.log.bz2": bz2.compress(line * 4),
            "odoo.log.2030-01-29": line * 5,
        }
        closed = {"odoo.log.3.gz": gzip.compress(line)[:-12], "odoo.log.4.bz2": b"no", "odoo.log.5.zst": b"no"}
        others = {"odoo.log.md": line, "worker.log.1": line, "odoo-worker.log": line}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {"odoo.log": b"clean\n", **away, **closed, **others}.items():
                (Path(folder) / name).write_bytes(content)
            counts = {path.name: scan.scan_log(path, found) for path in scan.rotated(Path(folder) / "odoo.log")}
        self.assertEqual(
            counts,
            {
                "odoo.log": 0,
                "odoo.log.1": 1,
                "odoo.log.2.gz": 2,
                "odoo.log-20300131.xz": 3,
                "odoo-20300130.log.bz2": 4,
                "odoo.log.2030-01-29": 5,
                **dict.fromkeys(closed),
            },
        )
