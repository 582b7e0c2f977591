import os
import stat
import tempfile
import traceback
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools import keyring
from ..tools.errors import KeyringError
from ..tools.keyring_provider import FileProvider, _service, ask, get_provider, locked

PROVIDER = "odoo.addons.consent_notify.tools.keyring_provider"
SECRET = "https://shop:hunter2@keys.example.com/v1?key=c2VjcmV0"


class FailingService:
    """A key service whose library says more than anybody should read."""

    def load(self):
        raise ConnectionError(SECRET)

    make = locked = load

    def save(self, ring, before=None):
        return SECRET


class FailingAtOnce(FailingService):
    def __init__(self):
        self.load()


@tagged("post_install", "-at_install")
class TestKeyring(BaseCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "sub" / "keyring.json"

    def test_create_once_for_the_owner_alone(self):
        ring = keyring.create(self.path)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(keyring.create(self.path), ring, "a second maker takes the first one's keyring")
        self.assertEqual(keyring.load(self.path), ring)
        self.assertEqual([name.name for name in self.path.parent.iterdir()], [self.path.name], "no part left behind")

    def test_the_new_name_is_on_disk_before_a_key_seals(self):
        synced = []

        def fsync(handle):
            mode = os.fstat(handle).st_mode
            synced.append(("folder" if stat.S_ISDIR(mode) else "file", self.path.exists()))

        with patch.object(os, "fsync", fsync):
            ring = keyring.create(self.path)
            keyring.save(self.path, ring.with_new_key(), ring)
        self.assertEqual(synced, [("file", False), ("folder", True), ("file", True), ("folder", True)])

    def test_missing_is_none_and_others_are_refused(self):
        self.assertIsNone(keyring.load(self.path))
        keyring.create(self.path)
        self.path.chmod(0o644)
        with self.assertRaisesRegex(KeyringError, "0600"):
            keyring.load(self.path)

    def test_a_file_that_stays_is_read_once_and_any_change_is_seen(self):
        ring = keyring.create(self.path)
        long_ago = self.path.stat().st_mtime_ns - 5 * keyring.SETTLED
        with patch.object(keyring, "SETTLED", -1):  # as if a second had passed
            self.assertEqual(keyring.load(self.path), ring)
            self.assertIs(keyring.load(self.path), keyring.load(self.path))
            for _time in range(3):
                grown = keyring.save(self.path, ring.with_new_key())
                self.assertEqual(keyring.load(self.path), grown)
            self.path.write_bytes(ring.dumps())  # in place, by a person
            self.assertEqual(keyring.load(self.path), ring)
            self.path.write_bytes(b" " + ring.dumps()[1:])
            os.utime(self.path, ns=(long_ago, long_ago))
            with self.assertRaises(KeyringError):
                keyring.load(self.path)
            self.path.write_bytes(ring.dumps())
            self.assertEqual(keyring.load(self.path), ring)
            self.path.chmod(0o640)
            with self.assertRaisesRegex(KeyringError, "0600"):
                keyring.load(self.path)
            self.path.unlink()
            self.assertIsNone(keyring.load(self.path))
        fresh = keyring.create(self.path)
        self.assertIsNot(keyring.load(self.path), keyring.load(self.path), "what is new may change unseen")
        self.assertEqual(keyring.load(self.path), fresh)

    def test_damage_is_named(self):
        keyring.create(self.path)
        whole = self.path.read_bytes()
        for damaged in (whole[: len(whole) // 2], b"", b"{}", whole.replace(b'"format": 1', b'"format": 2')):
            self.path.write_bytes(damaged)
            with self.assertRaises(KeyringError):
                keyring.load(self.path)

    def test_keys_do_not_show_in_a_repr(self):
        ring = keyring.Keyring.generate()
        for key in (ring.token, ring.digest, ring.mac, *ring.seal.values()):
            self.assertNotIn(repr(key), repr(ring))

    def test_kit_opens_with_its_passphrase_only(self):
        ring = keyring.Keyring.generate()
        kit = ring.export_kit("correct horse battery")
        self.assertEqual(keyring.Keyring.import_kit(kit, "correct horse battery"), ring)
        self.assertNotIn(ring.dumps()[:40], kit)
        with self.assertRaisesRegex(KeyringError, "passphrase"):
            keyring.Keyring.import_kit(kit, "correct horse batterY")
        with self.assertRaisesRegex(KeyringError, "not a recovery kit"):
            keyring.Keyring.import_kit(os.urandom(200), "correct horse battery")

    def test_fingerprints(self):
        ring = keyring.Keyring.generate()
        grown = keyring.Keyring(
            ring.primary, {**ring.seal, b"new!": os.urandom(32)}, ring.token, ring.digest, ring.suffix, ring.mac
        )
        self.assertEqual(grown.fingerprint, ring.fingerprint, "a new seal key is still the same database's keyring")
        self.assertNotEqual(grown.kit_fingerprint, ring.kit_fingerprint, "but its old recovery kit is out of date")

    def test_a_key_service_fails_in_our_words(self):
        variable = {"CONSENT_NOTIFY_KEY_SERVICE": f"{__name__}:FailingService"}
        with patch.dict(os.environ, variable), self.assertLogs(PROVIDER, "ERROR") as logs:
            provider, failed = get_provider(), []
            ring = keyring.Keyring.generate()
            for attempt in (
                lambda: ask(provider, "load"),
                lambda: ask(provider, "make"),
                lambda: ask(provider, "save", ring),
                lambda: locked(provider).__enter__(),
                lambda: _service(f"{__name__}:FailingAtOnce"),
            ):
                with self.assertRaises(KeyringError) as caught:
                    attempt()
                failed.append("".join(traceback.format_exception(caught.exception)))
        told = "\n".join([*failed, *logs.output])
        self.assertIn("ConnectionError", told)
        self.assertNotIn("hunter2", told)
        self.assertIn("did not answer", failed[0])
        self.assertIn("no keyring", failed[2])

    def test_what_fails_while_keys_are_locked_is_not_the_service_s(self):
        with self.assertRaises(ZeroDivisionError), locked(FileProvider(self.path)):
            raise ZeroDivisionError
