"""Chromium for the browser tests."""

import os
import shutil
import subprocess

from .ui import Stop, run, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def ensure_browser():
    """Install Chromium if it is missing: as root or through sudo, else say the one command to type."""
    if any(map(shutil.which, NAMES)):
        return
    if not shutil.which("apt-get"):
        raise Stop("Chromium is missing: install it with this machine's package manager and run this again.")
    prefix = []
    if os.getuid():
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            raise Stop("Chromium is missing: type `sudo apt-get install -y chromium` and run this again.")
        prefix = ["sudo", "-n"]
    failed = "Chromium could not be installed: check the network, or install it by hand"
    with step("Installing Chromium"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run([*prefix, "apt-get", "-qq", "update"], failed, env=env)
        run([*prefix, "apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"], failed, env=env)
