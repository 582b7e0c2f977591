import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.keyring import Keyring
from ..wizards.recovery_kit import SAVED

PASSPHRASE = "correct horse battery staple"
MANAGER = "base.group_user,consent_notify.group_manager"
URL = "/consent_notify/recovery_kit"


@tagged("post_install", "-at_install")
class TestRecoveryKit(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "kit_manager", groups=MANAGER)
        cls.officer = new_test_user(cls.env, "kit_officer", groups="base.group_user,consent_notify.group_officer")
        cls.env["ir.config_parameter"].set_param(SAVED, False)
        cls.kit = cls.env["consent.recovery.kit"].with_user(cls.manager)

    def test_a_kit_opens_with_its_passphrase_and_is_then_saved(self):
        self.assertTrue(self.kit._is_missing())
        kit = self.kit._export(PASSPHRASE, PASSPHRASE)
        keyring = self.env["phone.vault"]._keyring()
        self.assertEqual(Keyring.import_kit(kit, PASSPHRASE), keyring)
        self.assertFalse(self.kit._is_missing())

    def test_another_keyring_asks_for_a_new_kit(self):
        self.kit._export(PASSPHRASE, PASSPHRASE)
        self.env["ir.config_parameter"].set_param(SAVED, Keyring.generate().kit_fingerprint)
        self.assertTrue(self.kit._is_missing())

    def test_only_managers_get_the_kit_or_are_asked_for_it(self):
        kit = self.kit.with_user(self.officer)
        with self.assertRaises(AccessError):
            kit._export(PASSPHRASE, PASSPHRASE)
        self.assertFalse(kit._is_missing())

    def test_weak_passphrases_are_refused_without_being_repeated(self):
        company = self.manager.company_id
        company.name = "Atelier Iva & Daughters"
        for passphrase, again in (
            ("", ""),
            ("kq7#", "kq7#"),
            ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"),
            (PASSPHRASE, PASSPHRASE + "r"),
            (company.name.upper(), company.name.upper()),
        ):
            with self.subTest(length=len(passphrase)), self.assertRaises(UserError) as refusal:
                self.kit._export(passphrase, again)
            self.assertNotIn(passphrase or "\0", str(refusal.exception))
        self.assertTrue(self.kit._is_missing())


@tagged("post_install", "-at_install")
class TestRecoveryKitDownload(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, "kit_manager", groups=MANAGER)
        new_test_user(cls.env, "kit_officer", groups="base.group_user,consent_notify.group_officer")
        cls.env["ir.config_parameter"].set_param(SAVED, False)

    def _post(self, login, seconds_ago=0, **values):
        self.authenticate(login, login, session_extra={"identity-check-last": time.time() - seconds_ago})
        data = {"csrf_token": Request.csrf_token(self), "passphrase": PASSPHRASE, "again": PASSPHRASE, **values}
        return self.url_open(URL, data=data)

    def test_download(self):
        with self.assertLogs(level="DEBUG") as logs:
            response = self._post("kit_manager")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(Keyring.import_kit(response.content, PASSPHRASE), self.env["phone.vault"]._keyring())
        self.assertNotIn(PASSPHRASE, "\n".join(logs.output))
        self.assertTrue(self.env["ir.config_parameter"].get_param(SAVED))

    def test_refusals_come_as_a_sentence(self):
        for login, seconds_ago, values in (
            ("kit_manager", 0, {"again": "something else"}),
            ("kit_manager", 11 * 60, {}),
            ("kit_officer", 0, {}),
        ):
            with self.subTest(login=login, seconds_ago=seconds_ago):
                response = self._post(login, seconds_ago, **values)
                self.assertEqual(response.status_code, 422)
                self.assertTrue(response.json()["message"])
        self.assertFalse(self.env["ir.config_parameter"].get_param(SAVED))

    def test_the_request_must_come_from_our_own_page(self):
        with mute_logger("odoo.http"):
            self.assertEqual(self._post("kit_manager", csrf_token="forged").status_code, 400)
        self.authenticate("kit_manager", "kit_manager")
        self.assertEqual(self.url_open(f"{URL}?passphrase=x").status_code, 405)
        self.assertFalse(self.env["ir.config_parameter"].get_param(SAVED))

    def test_no_kit_over_an_open_connection(self):
        # The test client knows 127.0.0.1 only: make that an address like any other.
        with patch("odoo.addons.consent_notify.controllers.guard.LOCAL_HOSTS", set()):
            response = self._post("kit_manager")
        self.assertEqual(response.status_code, 422)
        self.assertFalse(self.env["ir.config_parameter"].get_param(SAVED))
