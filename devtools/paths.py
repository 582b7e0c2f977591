"""Where things stand. Everything made goes below `.dev/`, each under a name made of what it was made from."""

import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

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
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
