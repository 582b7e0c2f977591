"""An Odoo server process for one database, and Odoo's shell for one script."""

import errno
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import database
from .paths import DEV, ROOT
from .ui import Stop

SECONDS = 120  # a first start compiles nothing but loads sixty apps


@dataclass(frozen=True)
class Server:
    """A running Odoo server."""

    url: str
    database: str
    log: Path
    pid: int = 0


@contextmanager
def serving(name, port, **options):
    """Run an Odoo server for the database `name` as long as the block lasts.

    :param int port: where it listens, on this machine only
    :param options: further lines of its configuration
    """
    refuse_busy_port(port)
    log = DEV / f"{name}.log"
    config = database.write_config(name, port, **options)
    with log.open("w") as file:
        process = subprocess.Popen(
            database.odoo_command(config, "-d", name),
            cwd=ROOT,
            env=database.environment(),
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we stop it in our own time
        )
    try:
        server = Server(f"http://localhost:{port}", name, log, process.pid)
        _wait(process, server)
        yield server
    finally:
        _stop(process)


def refuse_busy_port(port):
    """Stop with what to do if something listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise Stop(
                f"Port {port} is taken: stop what listens there, or choose another one with --port {port + 1}."
            ) from error
        except OverflowError as error:
            raise Stop("A port is a number from 1 to 65535: choose one with --port.") from error


def free_port():
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_script(name, script, what, addons=None):
    """Run Python text in Odoo's shell on the database `name` and return what it printed.

    :param str what: what went wrong if it fails, in words
    :param Path addons: the folder that holds our addon, if not this checkout
    """
    config = database.write_config(f"{name}_shell", 8069, addons=addons, http_enable=False, log_level="warn")
    done = subprocess.run(
        database.odoo_command(config, "shell", "-d", name, "--no-http"),
        cwd=ROOT,
        env=database.environment(),
        input=script,
        capture_output=True,
        text=True,
    )
    log = DEV / f"{name}_shell.log"
    log.write_text(done.stderr)
    if done.returncode:
        raise Stop(f"{what}: read {log}.")
    return done.stdout


def _wait(process, server):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Stop(f"Odoo stopped while it started: read {server.log}.")
        try:
            with urllib.request.urlopen(f"{server.url}/web/health", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise Stop(f"Odoo did not answer within {SECONDS} seconds: read {server.log}.")


def _stop(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
