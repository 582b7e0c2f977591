"""What a person reads: steps while they run, and one sentence when something stops."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path


class Stop(Exception):
    """The command cannot go on; the text is one sentence that says what to do."""


def say(text=""):
    """Print a line for the person at the terminal."""
    print(text, flush=True)


@contextmanager
def step(title):
    """Show that something long is under way, and how long it took."""
    started = time.monotonic()
    print(f"· {title} …", end=" ", flush=True, file=sys.stderr)
    try:
        yield
    except BaseException:
        print("stopped", file=sys.stderr, flush=True)
        raise
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def run(command, what, log=None, **kwargs):
    """Run `command` quietly; on failure stop with `what` and the last line it printed.

    :param Path log: where its whole output goes; else only the last line is kept
    """
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,  # with the programs it starts, so that none of them writes on when we stop
            **kwargs,
        )
    except FileNotFoundError as error:
        raise Stop(f"{what}: the program {Path(command[0]).name} is missing, please install it.") from error
    try:
        output, _nothing = process.communicate()
    except BaseException:
        _end_group(process)
        raise
    if log:
        log.write_text(output)
    if process.returncode:
        where = f" All it said is in {log}." if log else ""
        raise Stop(f"{what}.{last_words(output)}{where}")
    return output


def last_words(output):
    """Return the last line that a program printed as a sentence to add to ours, or nothing if it was silent."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines:
        return ""
    lines = [line for line in lines if " INFO " not in line] or lines  # Odoo tells of its shutdown after the error
    return f" It said: {lines[-1][:300]}{'' if lines[-1].endswith(('.', '?', '!')) else '.'}"


def _end_group(process):
    """End a program and all it started: politely, a package manager has to leave its house in order."""
    for polite in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


def disk_error(error):
    """Return the sentence for an OSError that a full or read-only disk causes, or None for another."""
    if error.errno == errno.ENOSPC:
        return "The disk is full: free about 4 GB and run the same command again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"This folder cannot be written ({error.strerror}): check who owns it and run the same command again."
    return None


def need_space(folder, gigabytes):
    """Stop if the disk of `folder` has less than `gigabytes` free."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise Stop(f"The disk has {free:.1f} GB left and {gigabytes} GB are needed: free some and run this again.")
