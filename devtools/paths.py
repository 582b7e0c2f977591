"""Where things stand. Everything made goes below `.dev/`, each under a name made of what it was made from."""

import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from .ui import Stop

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
ADDON = ROOT / "consent_notify"
LOCK = ROOT / "requirements" / "dev.txt"
KEYRING = DEV / "keyring.json"


def fingerprint(*parts):
    """Return 10 hexadecimal characters for texts, files and folders (names and contents)."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path) and part.is_dir():
            for path in sorted(part.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(str(path.relative_to(part)).encode() + path.read_bytes())
        else:
            digest.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
    return digest.hexdigest()[:10]


@contextmanager
def made_whole(target):
    """Give a folder to fill; it takes its place only when the block ends well, and leaves nothing otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    for left in target.parent.glob(f".{target.name}.*"):  # by a process that was killed: the caller holds the lock
        shutil.rmtree(left, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


_held = set()


@contextmanager
def locked(name, refusal=None):
    """Let one process at a time into the block; a process that holds the lock already may nest it.

    :param str refusal: say this and stop, rather than wait, if another process is inside
    """
    if name in _held:
        yield
        return
    DEV.mkdir(exist_ok=True)
    with (DEV / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if refusal:
                raise Stop(refusal) from error
            print("· Waiting for another ./dev to finish what it makes", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        _held.add(name)
        try:
            yield
        finally:
            _held.discard(name)
