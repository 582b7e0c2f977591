"""A process with Odoo in it that obeys commands, a line of JSON each: for the benches and the tests under fire."""

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import database
from .paths import DEV
from .ui import Stop
from .venv import get_python


@dataclass(eq=False)  # as keys: one worker is no other
class Worker:
    """Such a process, and where it writes what went wrong."""

    process: subprocess.Popen
    log: Path

    def do(self, *words, **options):
        """Give one command, as `tell` takes it, and return the answer.

        :raises Stop: if the process died
        """
        self.tell(*words, **options)
        return self.answer()

    def tell(self, **command):
        """Give a command and do not wait."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """Return the next answer."""
        line = self.process.stdout.readline()
        if not line:
            raise Stop(f"A process that measures or texts died: read {self.log}.")
        return json.loads(line)


@contextmanager
def working(script, name, *arguments, label="", kind=Worker):
    """Run `script` on the database `name`, as long as the block lasts; yields a `kind`.

    :param label: tells several processes on one database apart
    """
    title = f"{name}_{label}" if label else name
    config = database.write_config(title, 8069, http_enable=False, max_cron_threads=0)
    log = DEV / f"{title}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(part) for part in (get_python(), script, config, name, *arguments)],
            env=database.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        worker = kind(process, log)
        worker.answer()
        yield worker
    finally:
        end(process)
        config.unlink(missing_ok=True)  # the server's password stands in it


def end(process):
    """Let a process that listens go, and kill it if it stays."""
    process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
