"""Whatever is wrong with a key or a row is said in a sentence of its own; nothing is shown blank or overwritten."""

import os
import tempfile
from argparse import Namespace
from contextlib import contextmanager, nullcontext, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import config

from ..cli import keys
from ..tools import keyring, vault_keys
from ..tools.errors import KeyringError
from ..tools.keyring_provider import (
    FINGERPRINT,
    EnvironmentProvider,
    FileProvider,
    get_fingerprint,
    get_provider,
    load_keyring,
)

NUMBER = "+79161234567"
VAULT = "odoo.addons.consent_notify.models.phone_vault"
PROVIDER = "odoo.addons.consent_notify.tools.keyring_provider"


class KeyService:
    """A key service of another addon: it keeps the keyring where it likes."""

    ring = None
    is_locked = False

    def load(self):
        return self.ring

    def make(self):
        type(self).ring = keyring.Keyring.generate()
        return self.ring

    @contextmanager
    def locked(self):
        self.is_locked = True
        yield
        self.is_locked = False

    def save(self, ring, before=None):
        assert self.is_locked and before == self.ring, "keys are changed by one process at a time"
        type(self).ring = ring
        return ring


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

    # ------------------------------------------------------------ the fingerprint is gone, the rows stand

    def lose_fingerprint(self):
        """Take the parameter away as SQL can, also for the connection that asks for what is committed."""
        self.env.cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [FINGERPRINT])
        self.addCleanup(self.env.registry.clear_cache, "stable")
        self.env.registry.clear_cache("stable")

    def test_a_keyring_that_is_missing_with_its_fingerprint_is_not_replaced(self):
        self.lose_fingerprint()
        self.path.unlink()
        with patch(f"{PROVIDER}.get_fingerprint", return_value=None):  # the other connection sees none either
            self.assertRefused("is missing: copy it from another host or its recovery kit")
        self.assertIsNone(get_fingerprint(self.env.cr))

    def test_a_wrong_keyring_is_told_by_the_rows_it_does_not_open(self):
        self.lose_fingerprint()
        other = keyring.Keyring.generate()
        borrowed = keyring.Keyring(
            self.ring.primary, self.ring.seal, other.token, other.digest, other.suffix, other.mac
        )
        for wrong in (other, borrowed):
            keyring.save(self.path, wrong)
            self.assertRefused("belongs to another database")
            self.assertIsNone(get_fingerprint(self.env.cr))

    def test_the_right_keyring_opens_and_its_fingerprint_comes_back(self):
        self.lose_fingerprint()
        self.forget()
        self.assertEqual(self.partner.phone, NUMBER)
        self.assertEqual(get_fingerprint(self.env.cr), self.ring.fingerprint)

    def test_nobody_touches_the_fingerprint_by_hand(self):
        parameters = self.env["ir.config_parameter"]
        known = parameters.search([("key", "=", FINGERPRINT)])
        other = parameters.create({"key": "consent_notify.other", "value": "x"})
        for attempt in (
            known.unlink,
            lambda: known.write({"value": "x"}),
            lambda: known.write({"key": "x"}),
            lambda: other.write({"key": FINGERPRINT}),
            lambda: parameters.set_param(FINGERPRINT, "x"),
            lambda: parameters.set_param(FINGERPRINT, False),
            lambda: parameters.create({"key": FINGERPRINT, "value": "x"}),
        ):
            with self.assertRaisesRegex(UserError, "leave it as it is"):
                attempt()
        self.assertEqual(get_fingerprint(self.env.cr), self.ring.fingerprint)
        other.unlink()

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

    def use_service(self, ring):
        self.patch(KeyService, "ring", ring)
        os.environ["CONSENT_NOTIFY_KEY_SERVICE"] = f"{__name__}:KeyService"
        self.assertIsInstance(get_provider(), KeyService)

    def test_a_key_service_of_another_addon_opens_and_changes_keys(self):
        self.path.unlink()
        self.use_service(self.ring)
        self.assertEqual(self.partner.phone, NUMBER)
        words = Namespace(database=self.env.cr.dbname, add_only=True, primary=None, resume=False)
        with patch.object(keys, "open_cursor", lambda name: nullcontext(self.env.cr)), redirect_stdout(StringIO()):
            self.assertEqual(keys.rotate(words), 0)
        self.assertEqual(len(KeyService.ring.seal), len(self.ring.seal) + 1)
        self.forget()
        self.assertEqual(self.partner.phone, NUMBER)
        self.assertFalse(self.path.exists())

    def test_a_key_service_is_asked_once_at_the_start(self):
        self.use_service(self.ring)
        self.forget()
        with (
            patch.object(KeyService, "load", side_effect=[self.ring]) as load,
            patch.object(self.registry["phone.vault"], "_fingerprint", lambda vault: None),
        ):
            self.assertEqual(self.partner.phone, NUMBER)
        self.assertEqual(load.call_count, 1)

    def test_a_key_service_makes_the_first_keyring_and_no_other(self):
        self.use_service(None)
        self.assertRefused("is missing")
        self.assertIsNone(KeyService.ring)
        with (
            patch(f"{PROVIDER}.get_fingerprint", return_value=None),
            patch.object(vault_keys, "has_rows", lambda cr: 0),
        ):
            self.assertEqual(load_keyring(self.env.cr), KeyService.ring)

    def test_a_key_service_that_is_not_there(self):
        for name in ("odoo.addons.no_such:Service", f"{__name__}:NoSuchService", __name__, "nonsense"):
            os.environ["CONSENT_NOTIFY_KEY_SERVICE"] = name
            self.assertRefused("key service of the configuration is not there")
        del os.environ["CONSENT_NOTIFY_KEY_SERVICE"]
        with patch.dict(config.options, {"consent_notify_key_service": f"{__name__}:KeyService"}):
            self.assertIsInstance(get_provider(), KeyService)
