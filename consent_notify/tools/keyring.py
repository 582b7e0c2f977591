"""The keyring in a file outside the database: read, made, and replaced whole."""

import contextlib
import os
import stat
import time
from contextlib import contextmanager
from pathlib import Path

from .errors import KeyringError, _lt
from .keys import Keyring

if os.name == "posix":
    import fcntl

SETTLED = 1_000_000_000  # nanoseconds after which a file that changes again shows another time
_known = {}  # path: what its file looked like, and its keyring


def load(path):
    """Return the keyring in the file at `path`, or None if there is no such file.

    Each transaction asks; a file that is the same as the last time is not read again.

    :raises KeyringError: if others may read the file, or it cannot be read
    """
    path = str(path)
    try:
        looks, ring = _known.get(path, (None, None))
        if looks and _looks(os.stat(path)) == looks:
            return ring
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise KeyringError(_lt("The keyring can be read by others: set the mode of its file to 0600."))
            ring = Keyring.loads(file.read())
        # The clocks of file systems are coarse: what was written just now may be written again unseen.
        is_settled = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > SETTLED
        _known[path] = (_looks(status) if is_settled else None, ring)
        return ring
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be read: check the owner and mode of its file.")) from error


def _looks(status):
    """Return what tells one state of a file from another: replaced, written to, or given other rights."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def create(path):
    """Make a keyring at `path` and return it; if another process was first, return that one."""
    _write(path, Keyring.generate(), os.link)
    return load(path)


@contextmanager
def locked(path):
    """Hold the lock of the keyring at `path`: of two who change keys, the second reads what the first has saved.

    A file of its own that stays, since the keyring's is replaced; the lock goes with the process, however it ends.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be written: check the folder it should stand in.")) from error
    with os.fdopen(handle, "wb") as file:
        _give_to_owner(file, path)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def save(path, ring, before=None):
    """Put `ring` in place of the keyring at `path` and return it. The old one stays if anything fails.

    :param before: the keyring that `ring` was made from
    :raises KeyringError: if another than `before` stands there by now: a key of its own would be lost
    """
    if before is not None and load(path) != before:
        raise KeyringError(_lt("The keyring was changed by somebody else at the same moment: try again."))
    _write(path, ring, os.replace)
    return ring


def _write(path, ring, place):
    """Write beside the keyring's place, then move there: it appears whole or not at all."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            _give_to_owner(file, path)
            file.write(ring.dumps())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its keyring is ours
            place(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be written: check the folder it should stand in.")) from error
    finally:
        with contextlib.suppress(OSError):  # moved into its place, or never made
            part.unlink()


def _sync_folder(folder):
    """Write a folder to disk: the name of a new file would else be lost with the power, and its keys with it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _give_to_owner(file, path):
    """Give an open file to the owner of the keyring: root rotates keys that Odoo's own user has to read afterwards."""
    if path.exists():
        owner, own = path.stat(), os.fstat(file.fileno())
        if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
