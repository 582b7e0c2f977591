"""Whatever is wrong with a key or a row is said in a sentence of its own; nothing is shown blank or overwritten."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import config

from ..tools import keyring
from ..tools.errors import KeyringError
from ..tools.keyring_provider import EnvironmentProvider, FileProvider, get_provider, load_keyring

NUMBER = "+79161234567"
VAULT = "odoo.addons.consent_notify.models.phone_vault"


@tagged("post_install", "-at_install")
class TestVaultErrors(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ring = cls.env["phone.vault"]._keyring()
        cls.partner = cls.env["res.partner"].create({"name": "Anna", "phone": NUMBER})
        cls.partner.flush_recordset()

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "keyring.json"
        keyring.save(self.path, self.ring)
        self.patch(os, "environ", {**os.environ, "CONSENT_NOTIFY_KEYRING": str(self.path)})
        os.environ.pop("CONSENT_NOTIFY_KEYRING_JSON", None)
        self.forget()

    def forget(self):
        self.env.invalidate_all()
        self.env.cr.cache.clear()

    def rows(self):
        self.env.cr.execute("SELECT token, sealed::text FROM phone_vault ORDER BY token")
        return self.env.cr.fetchall(), self.column()

    def column(self):
        self.env.cr.execute("SELECT phone FROM res_partner WHERE id = %s", [self.partner.id])
        return self.env.cr.fetchone()[0]

    def assertRefused(self, words):
        """Reading, searching and writing all say `words`; database and file stay as they are."""
        rows, there = self.rows(), self.path.is_file() and self.path.read_bytes()
        for attempt in (
            lambda: self.partner.phone,
            lambda: self.env["res.partner"].search([("phone", "=", NUMBER)]),
            lambda: self.env["res.partner"].create({"name": "B", "phone": "+79161234568"}).flush_recordset(),
        ):
            self.forget()
            with self.assertRaisesRegex(UserError, words) as refusal:
                attempt()
            self.assertNotIn("916", str(refusal.exception))
        self.forget()
        self.assertEqual(self.rows(), rows)
        self.assertEqual(self.path.is_file() and self.path.read_bytes(), there)

    def test_the_whole_keyring_opens(self):
        self.assertEqual(self.partner.phone, NUMBER)

    def test_a_salesperson_reads_whom_to_tell_and_the_log_what_is_wrong(self):
        clerk = new_test_user(self.env, "vault_clerk", "base.group_user,consent_notify.group_user")
        manager = new_test_user(self.env, "vault_manager", "base.group_user,consent_notify.group_manager")
        self.env.flush_all()
        self.path.unlink()
        for user, words in (
            (clerk, "^Numbers cannot be opened now: tell your administrator.$"),
            (manager, "is missing"),
        ):
            self.forget()
            with self.assertLogs(VAULT, "ERROR") as log, self.assertRaisesRegex(UserError, words):
                self.env["phone.vault"].with_user(user).sudo()._keyring()
            self.assertIn("is missing: copy it", log.output[0])

    def test_a_missing_keyring(self):
        self.path.unlink()
        self.assertRefused("is missing: copy it from another host or its recovery kit")

    def test_a_wrong_keyring(self):
        keyring.save(self.path, keyring.Keyring.generate())
        self.assertRefused("belongs to another database")

    def test_an_unreadable_keyring(self):
        self.path.unlink()
        self.path.mkdir()  # as root reads any file, this is what it cannot read
        self.assertRefused("cannot be read: check the owner and mode")

    def test_a_keyring_that_others_can_read(self):
        self.path.chmod(0o640)
        self.assertRefused("can be read by others: set the mode of its file to 0600")

    def test_a_truncated_keyring(self):
        self.path.write_bytes(self.path.read_bytes()[:200])
        self.assertRefused("is damaged: restore it from its recovery kit")
        self.path.write_bytes(b"")
        self.assertRefused("is damaged: restore it from its recovery kit")

    def assertDoesNotOpen(self, words):
        token = self.column()
        self.forget()
        with self.assertRaisesRegex(UserError, words) as refusal:
            self.partner.read(["phone"])
        self.assertNotIn("916", str(refusal.exception))
        self.partner.name = "Anna Maria"
        self.partner.flush_recordset()
        self.assertEqual(self.column(), token)

    def test_a_key_nobody_knows(self):
        self.env.cr.execute(
            "UPDATE phone_vault SET sealed = set_byte(sealed, 1, get_byte(sealed, 1) # 255) WHERE token = %s",
            [self.column()],
        )
        self.assertDoesNotOpen("a key this keyring does not hold")

    def test_an_edited_row(self):
        self.env.cr.execute(
            "UPDATE phone_vault SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE token = %s",
            [self.column()],
        )
        self.assertDoesNotOpen("its row was changed or moved")

    def test_a_moved_row(self):
        other = self.env["res.partner"].create({"name": "B", "phone": "+79161234568"})
        other.flush_recordset()
        self.env.cr.execute(
            "UPDATE phone_vault v SET sealed = o.sealed FROM phone_vault o, res_partner p"
            " WHERE v.token = %s AND p.id = %s AND o.token = p.phone",
            [self.column(), other.id],
        )
        self.assertDoesNotOpen("its row was changed or moved")

    # ------------------------------------------------------------ providers

    def test_a_keyring_in_the_environment(self):
        self.path.unlink()
        os.environ["CONSENT_NOTIFY_KEYRING_JSON"] = self.ring.dumps().decode()
        self.assertEqual(self.partner.phone, NUMBER)
        for changed in (lambda: get_provider().save(self.ring), lambda: get_provider().make()):
            with self.assertRaisesRegex(KeyringError, "environment"):
                changed()
        os.environ["CONSENT_NOTIFY_KEYRING_JSON"] = ""
        self.assertRefused("is damaged")
        os.environ["CONSENT_NOTIFY_KEYRING_JSON"] = keyring.Keyring.generate().dumps().decode()
        self.assertRefused("belongs to another database")

    def test_which_provider_is_chosen(self):
        self.assertEqual(get_provider(), FileProvider(self.path))
        del os.environ["CONSENT_NOTIFY_KEYRING"]
        with patch.dict(config.options, {"consent_notify_keyring": "/safe/keyring.json"}):
            self.assertEqual(get_provider(), FileProvider(Path("/safe/keyring.json")))
        os.environ["CONSENT_NOTIFY_KEYRING_JSON"] = "{}"
        self.assertEqual(get_provider(), EnvironmentProvider("CONSENT_NOTIFY_KEYRING_JSON"))

    def test_a_key_service_needs_three_methods(self):
        class Service:
            def load(provider):
                return self.ring

            make = save = None

        self.assertEqual(load_keyring(self.env.cr, Service()), self.ring)
