"""A fake Twilio in a process of its own, and processes that text to it."""

import json
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from .paths import ADDON
from .venv import get_python
from .worker import Worker, end, working

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
        end(process)


def fake_asks(url, what, **options):
    """Ask the fake "fault", "clear", "set", "suspend", "resume", "status", "messages" or "count"; return its answer."""
    request = urllib.request.Request(f"{url}/_fake/{what}", json.dumps(options).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


class Texter(Worker):
    """A process that obeys `updates_worker`'s commands."""

    def tell(self, command, **options):
        """Give a command by its name and do not wait."""
        super().tell(do=command, **options)


def texter(name, side, url, label="texter"):
    """Run a process that texts from the database `name` to the fake at `url`, as long as the block lasts."""
    return working(WORKER, name, side, url, label=label, kind=Texter)
