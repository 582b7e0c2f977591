"""Look for texts in everything a thief of backups would hold: a database dump, the file store, a log."""

import base64
import binascii
import os
import re
from collections import Counter

from .database import DATA
from .paths import DEV
from .postgres import get_server
from .ui import run
from .venv import postgres_programs

BYTES = b"\\\\x"  # how a dump begins what a column of bytes holds, in hexadecimal digits
COPY = re.compile(rb"COPY (?:public\.)?\"?(\w+)\"? \((.*)\) FROM stdin;")


def pattern(texts):
    """Return a pattern that finds any of `texts` in bytes."""
    # A text that holds another one is found by the shorter.
    shortest = [text for text in texts if not any(other != text and other in text for other in texts)]
    return re.compile(b"|".join(re.escape(text.encode()) for text in sorted(shortest)))


def scan_dump(name, wanted):
    """Return {"table.column": rows in which `wanted` was found} for a whole dump of the database `name`.

    A hit outside of any table's rows counts as "schema".
    """
    path = DEV / f"{name}.sql"
    try:
        run(
            [postgres_programs() / "pg_dump", "--no-owner", "-d", name, "-f", path],
            "PostgreSQL could not dump the database",
            env={**os.environ, **get_server().environment},
        )
        with path.open("rb") as file:
            return find_places(file, wanted)
    finally:
        path.unlink(missing_ok=True)


def scan_files(name, wanted):
    """Return how many files of the database's file store hold `wanted`, in their contents or names."""
    store = DATA / "filestore" / name
    files = [path for path in store.rglob("*") if path.is_file()]
    return sum(bool(wanted.search(path.read_bytes()) or wanted.search(path.name.encode())) for path in files)


def scan_log(path, wanted):
    """Return how many lines of a log hold `wanted`."""
    with path.open("rb") as file:
        return sum(bool(wanted.search(line)) for line in file)


def find_places(lines, wanted):
    """Return {"table.column": rows in which `wanted` was found} for the lines of a dump."""
    found, table, columns = Counter(), None, ()
    for line in lines:
        if table is None and (start := COPY.match(line)):
            table, columns = start[1].decode(), start[2].decode().replace('"', "").split(", ")
        elif table is not None and line == b"\\.\n":
            table = None
        elif wanted.search(line) or (table is not None and BYTES in line):
            if table is None:
                found["schema"] += 1
                continue
            cells = line.rstrip(b"\n").split(b"\t")
            hit = [column for column, cell in zip(columns, cells, strict=True) if _holds(cell, wanted)]
            found.update(f"{table}.{column}" for column in hit or ["(row)"] * bool(wanted.search(line)))
    return dict(found)


def _holds(cell, wanted):
    """Tell whether `wanted` is found in a cell of a dump, also within bytes, and within base64 that those are."""
    if wanted.search(cell) or not cell.startswith(BYTES):
        return wanted.search(cell) is not None
    try:
        content = bytes.fromhex(cell[len(BYTES) :].decode())
    except ValueError:  # a text that begins like bytes
        return False
    try:
        decoded = base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        decoded = b""
    return any(map(wanted.search, (content, decoded)))
