import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from .. import hooks
from ..tools import archive, migrate, seal, uninstall, vault


@tagged("post_install", "-at_install")
class TestVaultHooks(TransactionCase):
    def assert_log_is_kept(self, folder, told, done):
        path = folder / archive.NAME
        self.assertEqual((folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777), (0o700, 0o600))
        text = gzip.decompress(path.read_bytes()).decode()
        lines = [json.loads(line) for line in text.splitlines()]
        [row] = [line["event"] for line in lines if line.get("event", {}).get("id") == told["id"]]
        self.assertEqual((row["kind"], row["source"], row["mac"]), ("refused", "counter", told["mac"]))
        [subject] = [line["subject"] for line in lines if line.get("subject", {}).get("id") == told["subject"]]
        self.assertEqual((subject["partner_id"], subject["number_digest"]), (told["partner"], told["digest"]))
        self.assertEqual(done.events, sum("event" in line for line in lines))
        self.assertNotIn("9161234567", text)
        self.assertEqual(self.check(folder), (0, ""))
        last, end = text.rindex('{"event"'), text.rindex('{"end"')
        changed = {
            "edited": text[:last] + text[last:].replace('"refused"', '"granted"'),
            "cut off": text[:last],
            "one is missing": text[:last] + text[end:],
        }
        for name, wrong in changed.items():
            path.write_bytes(gzip.compress(wrong.encode()))
            self.assertEqual(self.check(folder)[0], 1, name)

    def assert_unsigned_is_refused(self, folder):
        """Another process holds the turn to anchor, or has added an event since this transaction began."""
        late = patch.object(type(self.env["consent.anchor"]), "_anchor_sudo", lambda _anchors, _size=0: 0)
        unseen = patch.object(archive, "has_unseen", lambda _cr: True)
        for hindrance in (late, unseen):
            with hindrance, uninstall.permitted(folder), self.assertRaisesRegex(UserError, "run it again"):
                hooks.uninstall_hook(self.env)
            self.assertFalse(folder.exists())

    def check(self, folder):
        """Return the exit status of the checker that lies beside the log, and what it complains of."""
        command = [sys.executable, "-I", folder / "check_log.py"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def plain(self, partner):
        self.env.cr.execute("SELECT phone, phone_sanitized FROM res_partner WHERE id = %s", [partner.id])
        return self.env.cr.fetchone()

    def test_postgresql_reads_an_array_as_it_was_meant(self):
        for values in ([], [""], ["a", "b"], ['a"b', "c"], ['"'], ["\\", "a"], ["a", None], ["NULL", "{a,b}", "a\nb"]):
            self.env.cr.execute("SELECT %s::text[]", [vault.array(values)])
            self.assertEqual(self.env.cr.fetchone()[0], values)

    def test_uninstall_gives_the_numbers_back_and_install_seals_them(self):
        partner = self.env["res.partner"].create({"name": "Anna", "phone": "+7 916 123-45-67"})
        company_partner = self.env["res.partner"].create({"name": "B", "phone": "tel:+7 916 123-45-68"})
        (partner + company_partner).flush_recordset()
        sealed = [field for model in self.env.registry.values() for field in model._fields.values() if field.sealed]

        def seal_again():
            for field in sealed:
                field.sealed = True

        self.addCleanup(seal_again)
        with self.assertRaisesRegex(UserError, "odoo consent uninstall -d"):
            hooks.uninstall_hook(self.env)
        answers = [(self.env.ref("consent_notify.purpose_order_sms"), "refused", None)]
        event = self.env["consent.event"]._record_sudo(partner, self.env.company, answers, source="counter")
        told = {"id": event.id, "subject": event.subject_ref, "mac": event.mac, "partner": partner.id}
        told["digest"] = self.env["phone.vault"]._digest("+79161234567")
        folder = Path(tempfile.mkdtemp()) / "log"
        self.addCleanup(shutil.rmtree, folder.parent)
        self.assert_unsigned_is_refused(folder)
        with uninstall.permitted(folder.parent), self.assertRaisesRegex(UserError, "nothing was changed"):
            hooks.uninstall_hook(self.env)  # that folder is there already
        with uninstall.permitted(folder) as done:
            hooks.uninstall_hook(self.env)
        self.assert_log_is_kept(folder, told, done)
        self.assertEqual(self.plain(partner), ("+7 916 123-45-67", "+79161234567"))
        self.assertEqual(partner.read(["phone"])[0]["phone"], "+7 916 123-45-67")
        self.env.cr.execute("SELECT count(*) FROM phone_vault")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.env.cr.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'consent\\_notify%'")
        self.assertEqual(self.env.cr.fetchall(), [])

        message = partner.message_post(body="Later")
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO mail_message_schedule (mail_message_id, scheduled_datetime, notification_parameters)"
            """ VALUES (%s, now(), '{"sms_numbers": ["+79161234567"], "notify_author": true}') RETURNING id""",
            [message.id],
        )
        [schedule_id] = self.env.cr.fetchone()
        self.env.cr.execute(
            "INSERT INTO mail_notification (mail_message_id, res_partner_id, notification_type, failure_reason)"
            " VALUES (%s, %s, 'sms', 'To +7 916 123-45-67 is not valid') RETURNING id",
            [message.id, partner.id],
        )
        [notification_id] = self.env.cr.fetchone()
        self.env.cr.execute(
            "INSERT INTO ir_logging (name, type, path, line, func, message)"
            " VALUES ('x', 'server', 'x', '1', 'x', 'sent to 8 (916) 123-45-67')"
        )
        self.patch(self.env.cr, "postcommit", type(self.env.cr.postcommit)())
        hooks.pre_init_hook(self.env)
        self.env.cr.execute("SELECT * FROM mail_message_schedule WHERE id = %s", [schedule_id])
        row = self.env.cr.dictfetchone()
        self.assertEqual(row["notification_parameters"], '{"notify_author": true}')
        self.assertTrue(seal.is_token(row["sms_parameters"]))
        self.env.cr.execute("SELECT failure_reason FROM mail_notification WHERE id = %s", [notification_id])
        self.assertEqual(self.env.cr.fetchone(), (None,))
        self.env.cr.execute("SELECT count(*) FROM ir_logging WHERE message ~ '123-45-67'")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        seal_again()
        self.assertTrue(all(seal.is_token(value) for value in self.plain(partner)))
        hooks.post_init_hook(self.env)
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        self.assertEqual(partner.phone, "+7 916 123-45-67")
        self.env.cr.execute("SELECT count(*) FROM pg_constraint WHERE confrelid = 'phone_vault'::regclass")
        self.assertEqual(self.env.cr.fetchone()[0], len(self.env["phone.vault"]._sealed_columns()))

    def test_a_column_that_is_sealed_late_is_taken_over_like_the_first(self):
        contact = self.env["res.partner"].create({"name": "Claire", "country_id": self.env.ref("base.fr").id})
        contact.message_post(body="Changed")
        self.env.flush_all()
        vault.release_column(self.env.cr, "res_partner", "phone")
        self.env.cr.execute("UPDATE res_partner SET phone = '01 42 68 53 00' WHERE id = %s", [contact.id])
        self.env.cr.execute("CREATE INDEX res_partner_phone_partial_tgm ON res_partner (phone)")
        tracking = self.env["mail.tracking.value"].create(
            {
                "field_id": self.env["ir.model.fields"]._get("res.partner", "phone").id,
                "mail_message_id": contact.message_ids[:1].id,
                "new_value_char": "01 42 68 53 00",
            }
        )
        self.env.flush_all()
        self.patch(self.env.cr, "postcommit", type(self.env.cr.postcommit)())
        self.env["phone.vault"]._bind_columns_sudo()
        self.env.invalidate_all()
        self.assertTrue(seal.is_token(self.plain(contact)[0]))
        self.assertEqual(tracking.new_value_char, "•••")
        self.env.cr.execute("SELECT to_regclass('res_partner_phone_partial_tgm')")
        self.assertEqual(self.env.cr.fetchone(), (None,))
        self.assertTrue(self.env.cr.postcommit._funcs, "the old rows are to be forgotten")
        self.env.cr.execute(
            "SELECT 1 FROM pg_locks WHERE relation = 'res_partner'::regclass AND mode = 'ShareRowExclusiveLock'"
        )
        self.assertTrue(self.env.cr.fetchall())

    def test_any_tables_country_tells_what_its_numbers_mean(self):
        self.env.cr.execute("CREATE TABLE consent_notify_lead (id serial, phone varchar, country_id int)")
        self.env.cr.execute(
            "INSERT INTO consent_notify_lead (phone, country_id) VALUES ('01 42 68 53 00', %s)",
            [self.env.ref("base.fr").id],
        )
        migrate.seal_table(self.env.cr, self.env["phone.vault"]._keyring(), "consent_notify_lead", ["phone"], "RU")
        self.env.cr.execute("SELECT v.region FROM consent_notify_lead t JOIN phone_vault v ON v.token = t.phone")
        self.assertEqual(self.env.cr.fetchall(), [("FR",)])
