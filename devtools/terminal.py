"""`odoo consent` as an administrator types it."""

import shutil
import subprocess

from . import database
from .paths import DEV, KEYRING, ROOT


class Shell:
    """A terminal in which ODOO_RC names the configuration and the keyring is a copy of the demo's."""

    def __init__(self, name, folder):
        self.name, self.keyring = name, folder / "keyring.json"
        shutil.copy(KEYRING, self.keyring)
        self.command = database.odoo_command(database.write_config(name, 8069))[:-2]
        self.env = {
            **database.environment(),
            "ODOO_RC": str(DEV / f"{name}.conf"),
            "CONSENT_NOTIFY_KEYRING": str(self.keyring),
        }

    def start(self, *words):
        # The addons path stands before the command, or Odoo does not know where the command is.
        paths = f"--addons-path={','.join(map(str, [*database.get_odoo().addons_paths, ROOT]))}"
        return subprocess.Popen(
            [*self.command, paths, "consent", *words, "-d", self.name],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words, text=None):
        process = self.start(*words)
        out, err = process.communicate(text, timeout=120)
        return process.returncode, out, err
