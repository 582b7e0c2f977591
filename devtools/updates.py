"""A fake Twilio in a process of its own, and processes that text to it."""

import json
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from . import database
from .paths import ADDON, DEV
from .ui import Stop
from .venv import get_python

WORKER = Path(__file__).with_name("updates_worker.py")
# What the fake knows: see consent_notify/tests/fake_twilio.
ACCOUNT, TOKEN = "AC" + "0123456789abcdef" * 2, "fake-auth-token"


@contextmanager
def fake_twilio(latency=0.0):
    """Run a fake Twilio as long as the block lasts; yields its address."""
    process = subprocess.Popen(
        [str(get_python()), "-m", "fake_twilio", "0", str(latency)],
        cwd=ADDON / "tests",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        _end(process)


def fake_asks(url, what, **options):
    """Ask the fake "fault", "clear", "set", "suspend", "status", "messages" or "count", and return its answer."""
    request = urllib.request.Request(f"{url}/_fake/{what}", json.dumps(options).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


class Texter:
    """A process that obeys `updates_worker`'s commands."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    def do(self, command, **options):
        """Give one command and return the answer."""
        self.tell(command, **options)
        return self.answer()

    def tell(self, command, **options):
        """Give a command and do not wait."""
        self.process.stdin.write(json.dumps({"do": command, **options}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """Return the next answer."""
        line = self.process.stdout.readline()
        if not line:
            raise Stop(f"A process that texts died: read {self.log}.")
        return json.loads(line)


@contextmanager
def texter(name, side, url, label="texter"):
    """Run a process that texts from the database `name` to the fake at `url`, as long as the block lasts."""
    config = database.write_config(f"{name}_{label}", 8069, http_enable=False, max_cron_threads=0)
    log = DEV / f"{name}_{label}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(part) for part in (get_python(), WORKER, config, name, side, url)],
            env=database.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        one = Texter(process, log)
        one.answer()
        yield one
    finally:
        _end(process)
        config.unlink(missing_ok=True)  # the server's password stands in it


def _end(process):
    process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
