"""What `./dev` says when something is missing or breaks: one sentence that says what to do, and nothing half-made."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools import core
from devtools.odoo_source import get_odoo
from devtools.paths import DEV, ROOT
from devtools.postgres import get_server
from devtools.server import free_port

PYTHON = Path(sys.base_prefix) / "bin" / "python{}.{}".format(*sys.version_info)
# Run before `./dev` in its own process: each takes something away that a test cannot take from the machine.
NO_ROOM = """
import shutil
shutil.disk_usage = lambda folder: shutil._ntuple_diskusage(10**12, 10**12, 10**8)
"""
FULL_DISK = """
import errno, pathlib
def touch(self, *args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")
pathlib.Path.touch = touch
"""


class Checkout:
    """A bare copy of this checkout with nothing made in it, and a folder of programs that come first."""

    def __init__(self, folder):
        self.root = folder / "checkout"
        left_out = shutil.ignore_patterns(".dev", ".git", "__pycache__", "node_modules", "tests", "static")
        shutil.copytree(ROOT, self.root, ignore=left_out)
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.before = folder / "before"
        self.before.mkdir()

    def fake(self, name, script):
        """Put a shell script in the place of a program."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def start(self, *arguments, path=None, before="", **env):
        """Start `./dev`; `path` replaces the machine's, `before` is Python text that runs first."""
        (self.before / "sitecustomize.py").write_text(before)
        kept = {k: v for k, v in os.environ.items() if k not in ("ODOO_HOME", "ODOO_GIT", "PGHOST", "PGUSER")}
        return subprocess.Popen(
            [str(PYTHON), str(self.root / "dev"), *arguments],
            cwd=self.root,
            env={
                **kept,
                "PATH": f"{self.programs}:{path or os.environ['PATH']}",
                "PYTHONPATH": str(self.before),
                "PYTHONDONTWRITEBYTECODE": "1",
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def run(self, *arguments, **kwargs):
        """Run `./dev` to its end and return (exit status, what it said last)."""
        return ended(self.start(*arguments, **kwargs))

    def demo(self, **kwargs):
        """Run `./dev demo` where nobody listens: a shop may be open on its usual port."""
        return self.run("demo", "--port", str(free_port()), **kwargs)

    @property
    def made(self):
        """The names of what stands below `.dev/`, locks aside."""
        folder = self.root / ".dev"
        return {path.name for path in folder.iterdir() if path.suffix != ".lock"} if folder.exists() else set()


def ended(process):
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in out + err
    return process.returncode, (err.strip().splitlines() or [""])[-1]


def assert_says(told, *words):
    """Check that a command failed with one sentence that has these words."""
    status, sentence = told
    assert status == 1
    for word in words:
        assert word in sentence
    assert sentence.endswith((".", "?"))
    assert sentence[0].isupper()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture(scope="session")
def odoo_home():
    """The folder that ODOO_HOME may name to use the Odoo that is here already."""
    return os.environ.get("ODOO_HOME") or str(DEV / "odoo")


def test_a_command_that_is_not_there(checkout):
    process = checkout.start("deploy")
    assert "There is no command 'deploy'" in process.communicate()[0]
    assert process.returncode == 2


def test_a_busy_port_is_told_before_anything_is_made(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_says(checkout.run("demo", "--port", str(port)), f"Port {port} is taken", f"--port {port + 1}")
    assert checkout.made == set()


@pytest.mark.parametrize("port", ["0x50", "70000"])
def test_a_port_that_is_none(checkout, port):
    status, sentence = checkout.run("demo", "--port", port)
    assert status in (1, 2)
    assert "port" in sentence
    assert checkout.made == set()


def test_a_machine_without_debian_and_without_odoo(checkout):
    # The programs stand where the Python does; a folder with nothing but a shell has no apt-get.
    bare = checkout.programs.parent / "bare"
    bare.mkdir()
    (bare / "sh").symlink_to("/bin/sh")
    assert_says(checkout.demo(path=bare), "ODOO_HOME", "ODOO_GIT")
    assert checkout.made == set()


@pytest.mark.parametrize(
    ("programs", "told"), [(["apt-get"], "`sudo apt-get install -y chromium`"), ([], "install it")]
)
def test_a_browser_that_is_missing_and_may_not_be_installed(checkout, programs, told):
    for name in programs:
        checkout.fake(name, "exit 1")
    bare = checkout.programs.parent / "bare"
    bare.mkdir()
    said = checkout.run("test", path=bare, before="import os; os.getuid = lambda: 12345")
    assert_says(said, "Chromium is missing", told)
    assert checkout.made == set()


def test_odoo_home_without_odoo(checkout, tmp_path):
    assert_says(checkout.run("psql", ODOO_HOME=str(tmp_path)), "ODOO_HOME", "holds no Odoo")
    assert checkout.made == set()


def test_odoo_home_with_another_version(checkout, tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo-bin").touch()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')")
    assert_says(checkout.run("psql", ODOO_HOME=str(tmp_path)), "another version", "19.0")


def test_odoo_git_that_is_not_there(checkout, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("git", "sh"):
        (bare / name).symlink_to(shutil.which(name))
    assert_says(checkout.demo(path=bare, ODOO_GIT=str(tmp_path / "nowhere")), "ODOO_GIT", "check the address")
    assert checkout.made == set()


def test_a_download_of_odoo_that_breaks_leaves_nothing(checkout):
    checkout.fake(
        "apt-get",
        'case "$*" in *indextargets*) echo "mirror $(. /etc/os-release; echo $VERSION_CODENAME)";;'
        ' *download*) touch half.deb; echo "E: Connection failed" >&2; exit 100;; esac',
    )
    checkout.fake("dpkg", "exit 1")
    said = checkout.demo(before="import pathlib; pathlib.Path.exists = lambda self, e=pathlib.Path.exists: "
                             "True if 'keyrings' in str(self) else e(self)")  # fmt: skip
    assert_says(said, "did not arrive", "check the network")
    assert checkout.made == set()


def test_a_python_package_that_does_not_arrive_leaves_nothing(checkout, odoo_home):
    said = checkout.run("psql", ODOO_HOME=odoo_home, PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_CONFIG_FILE=os.devnull)
    assert_says(said, "Python packages did not arrive whole", "check the network")
    assert not {name for name in checkout.made if name.startswith("venv-")}


def test_a_disk_without_room_is_told_before_anything_is_made(checkout):
    assert_says(checkout.demo(before=NO_ROOM), "0.1 GB left", "free some")
    assert checkout.made == set()


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(checkout, odoo_home):
    # The lock file is empty here: the environment is made, and marking it whole fails.
    (checkout.root / "requirements" / "dev.txt").write_text("")
    assert_says(checkout.run("psql", ODOO_HOME=odoo_home, before=FULL_DISK), "The disk is full", "free about")
    assert not {name for name in checkout.made if name.startswith("venv-")}


def test_a_stop_on_the_way_leaves_nothing(checkout, odoo_home):
    """Stop while pip runs, by Ctrl-C and by a polite signal; the program it waits for goes with it."""
    (checkout.root / "requirements" / "dev.txt").write_text("")
    for stop in (signal.SIGINT, signal.SIGTERM):
        slow = "import sys, time, pathlib\nif 'pip' in sys.argv[0]: time.sleep(120)\n"
        process = checkout.start("psql", ODOO_HOME=odoo_home, before=slow)
        folder = checkout.root / ".dev"
        deadline = time.monotonic() + 60
        while not list(folder.glob("venv-*/bin/pip")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(stop)
        assert ended(process)[0] == 130
        assert not {name for name in checkout.made if name.startswith("venv-")}


def test_pghost_without_a_server():
    said = _here("psql", PGHOST="127.0.0.1", PGPORT=str(free_port()), PGUSER="nobody")
    assert_says(said, "did not let us in", "check PGHOST, PGPORT")


def test_pghost_with_the_user_that_odoo_refuses():
    assert_says(_here("psql", PGHOST="127.0.0.1", PGUSER="postgres"), "PGUSER")


# In the place of Odoo: makes its database as Odoo would, then does not go on.
STAND_IN = """
import configparser, psycopg2, sys, time
said = sys.argv
options = configparser.RawConfigParser()
options.read(said[said.index("-c") + 1])
options = options["options"]
server = psycopg2.connect(host=options["db_host"], port=options["db_port"], user=options["db_user"],
                          password=options["db_password"], dbname="postgres")
server.autocommit = True
server.cursor().execute(f'CREATE DATABASE "{said[said.index("-d") + 1]}"')
"""


@pytest.mark.parametrize(("then", "status"), [("raise SystemExit('It broke.')", 1), ("time.sleep(120)", 130)])
def test_an_installation_that_fails_or_is_stopped_leaves_no_database(tmp_path, then, status):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text(f"version_info = (19, 0, 0, FINAL, 0, '')  # {tmp_path}")
    (tmp_path / "odoo-bin").write_text(STAND_IN + then)
    before = _databases()
    process = _start_here("psql", ODOO_HOME=str(tmp_path))
    if status == 130:
        deadline = time.monotonic() + 60
        while _databases() == before and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _databases() - before, "no half-made database appeared: this test would prove nothing"
        process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == status
    assert _databases() == before


def _databases():
    """Return the databases that `./dev` builds; tests beside this one have others."""
    return {name for (name,) in get_server().psql("SELECT datname FROM pg_database WHERE datname ~ '^cn_base_'")}


def _start_here(*arguments, **env):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "dev"), *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def _here(*arguments, **env):
    """Run `./dev` of this checkout itself, for what needs its environment."""
    get_odoo()
    return ended(_start_here(*arguments, **env))


def test_what_fails_or_is_skipped_without_the_addon_too_has_not_passed(capsys, monkeypatch, tmp_path):
    listed = tmp_path / "core_suites.md"
    listed.write_text("| off | `sms.listed` | passed → failed | our gate |\n")
    monkeypatch.setattr(core, "LIST", listed)
    plain = {"sms.good": "passed", "sms.broken": "failed", "sms.absent": "skipped", "sms.listed": "passed"}
    results = {
        core.WAYS[0]: plain,
        core.WAYS[1]: {**plain, "sms.listed": "failed"},
        core.WAYS[2]: {**plain, "sms.good": "failed"},
    }
    assert core._compare(results) == (3, 1, 2)
    told = capsys.readouterr()
    told = told.out + told.err
    assert told.count("same as without the addon: failed  sms.broken") == 1
    assert told.count("same as without the addon: skipped  sms.absent") == 1
