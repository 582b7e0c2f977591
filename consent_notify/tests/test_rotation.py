import tempfile
from pathlib import Path

from psycopg2.errors import CheckViolation

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools import keyring, vault_keys
from ..tools.errors import KeyringError, SealError


@tagged("post_install", "-at_install")
class TestRotation(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Rotated {i}", "phone": f"+7916{i:07}"} for i in range(25)]
        )
        cls.env.flush_all()
        cls.old = cls.env["phone.vault"]._keyring()
        cls.new = cls.old.with_new_key()

    def use(self, ring):
        self.env.cr.cache.clear()
        self.env.invalidate_all()
        self.env.cr.cache["consent_notify_keyring"] = ring

    def reseal_all(self):
        batches = []
        while done := vault_keys.reseal(self.env.cr, self.new, 10):
            batches.append(done)
        return batches

    def test_a_new_key_seals_new_numbers_and_opens_the_old(self):
        self.use(self.new)
        self.env["res.partner"].create({"name": "New", "phone": "+7 917 000-00-00"}).flush_recordset()
        self.assertEqual(vault_keys.count_by_key(self.env.cr)[self.new.primary], 2, "as typed and as E.164")
        self.assertEqual(self.partners[3].phone, "+79160000003")

    def test_resealing_goes_on_where_it_stopped_and_changes_nothing_else(self):
        self.env.cr.execute("SELECT token, number_digest, suffix, code FROM phone_vault ORDER BY token")
        before = self.env.cr.fetchall()
        self.assertEqual(vault_keys.reseal(self.env.cr, self.new, 10), 10)
        self.assertEqual(vault_keys.count_by_key(self.env.cr)[self.new.primary], 10)
        batches = self.reseal_all()
        self.assertTrue(all(done <= 10 for done in batches))
        self.assertEqual(list(vault_keys.count_by_key(self.env.cr)), [self.new.primary])
        self.assertEqual(vault_keys.reseal(self.env.cr, self.new, 10), 0)
        self.env.cr.execute("SELECT token, number_digest, suffix, code FROM phone_vault ORDER BY token")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.use(self.new.without_key(self.old.primary))
        self.assertEqual(self.partners.mapped("phone"), [f"+7916{i:07}" for i in range(25)])

    @mute_logger("odoo.sql_db")
    def test_a_key_in_use_cannot_be_retired_and_a_retired_one_seals_nothing(self):
        with self.assertRaises(SealError):
            vault_keys.forbid_key(self.env.cr, self.old.primary)
        self.reseal_all()
        vault_keys.forbid_key(self.env.cr, self.old.primary)
        vault_keys.forbid_key(self.env.cr, self.old.primary)  # a stopped retirement is typed again
        self.use(self.old)  # a transaction that began before the rotation
        with self.assertRaises(CheckViolation) as caught, self.env.cr.savepoint():
            self.env["res.partner"].create({"name": "Late", "phone": "+7 917 000-00-01"}).flush_recordset()
        told = self.env["phone.vault"]._sql_error_to_message(caught.exception)
        self.assertIn("old keyring", told)
        self.assertNotIn("phone_vault", told)

    def test_one_bad_row_changes_nothing(self):
        self.env.cr.execute("SELECT max(id) FROM phone_vault")
        [worst] = self.env.cr.fetchone()
        self.env.cr.execute("UPDATE phone_vault SET sealed = set_byte(sealed, 20, 0) WHERE id = %s", [worst])
        with self.assertRaises(SealError):
            vault_keys.reseal(self.env.cr, self.new, 10_000)
        self.assertEqual(list(vault_keys.count_by_key(self.env.cr)), [self.old.primary])

    def test_a_change_that_would_lose_another_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "keyring.json"
            ring = keyring.create(path)
            other = keyring.save(path, ring.with_new_key(), ring)
            with self.assertRaisesRegex(KeyringError, "somebody else"):
                keyring.save(path, ring.with_new_key(), ring)
            self.assertEqual(keyring.load(path), other)

    def test_the_file_keeps_old_and_new_or_the_old_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "keyring.json"
            ring = keyring.create(path)
            self.assertEqual(keyring.save(path, ring.with_new_key()), keyring.load(path))
            both = keyring.load(path)
            self.assertEqual(len(both.seal), 2)
            self.assertEqual(both.fingerprint, ring.fingerprint)
            self.assertNotEqual(both.kit_fingerprint, ring.kit_fingerprint, "the kit is asked for again")
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            with self.assertRaises(KeyringError):
                both.without_key(both.primary)
            with self.assertRaises(KeyringError):
                keyring.save(path / "below-a-file.json", both)
            self.assertEqual(keyring.load(path), both)
