"""An uninstall gives every number back in plain text: the command alone may begin one, and a line is kept of it."""

import os
import pwd
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .errors import ConsentNotifyError, _lt

REFUSAL = _lt(
    "Uninstalling writes all phone numbers back in plain text: run “odoo consent uninstall -d %(database)s” on the"
    " server, which asks and keeps a record."
)


@dataclass
class Permit:
    """What the command holds while an uninstall runs; the hook counts in it what was done."""

    numbers: int = 0
    texts: int = 0
    events: int = 0
    log: Path | None = None  # the folder that the log of consents goes into


_held = ContextVar("consent_notify_uninstall", default=None)


@contextmanager
def permitted(log=None):
    """Allow the uninstall in this process for the length of the block, and give the Permit that counts.

    :param log: folder for the log of consents; one beside the keyring by default
    """
    token = _held.set(Permit(log=log))
    try:
        yield _held.get()
    finally:
        _held.reset(token)


def get_permit():
    """Return the Permit of the uninstall that the command runs, or None: then there is to be none."""
    return _held.get()


def whoever():
    """Return who runs this process, by the system's own accounts, and who became that account by sudo."""
    name = _account(os.getuid())
    before = os.environ.get("SUDO_UID", "")
    return f"{name} (by sudo: {_account(int(before))})" if before.isdecimal() else name


def _account(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def note(path, line):
    """Append a line with the time (UTC) to the file at `path`, which outlives the database's own logs.

    :raises ConsentNotifyError: if it cannot be written: an export that leaves no trace is none of ours
    """
    text = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {line}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConsentNotifyError(
            f"The record of the uninstall cannot be written to {path}: nothing was changed, check the folder."
        ) from error
