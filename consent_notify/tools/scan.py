"""Search for plain numbers in all that a database keeps: every table, its statistics, the file store, logs.

Reports places and counts, never a number. The numbers to look for never stand in an SQL statement, which a server
might log: candidates are streamed out and compared here, in constant memory.
"""

import base64
import binascii
import bz2
import gzip
import io
import lzma
import os
import re
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from pathlib import Path

import phonenumbers

from odoo.tools import SQL

from . import phone

TYPES = "text|character varying|character|json|jsonb|xml|bytea|name|ARRAY|USER-DEFINED"
HEX = re.compile(r"\\x((?:[0-9a-f]{2})+)")
BASE64 = r"^[A-Za-z0-9+/\s]+={0,2}\s*$"
CHUNK = 1 << 20
OVERLAP = 64
# How logs are packed when a new one is begun; others, such as .zst, are told of as not searched.
PACKED = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
UNREADABLE = {".zst", ".lz4", ".Z", ".zip", ".7z"}
# What a running Odoo keeps that looks like numbers and is none: hashes, keys, dates.
NOISE = re.compile(r"^(ir_attachment\.(checksum|store_fname)|\w+\.(access_token|uuid|password))$")


def matcher(numbers=(), region=None):
    """Return a function that tells whether a text holds a number.

    :param numbers: E.164 forms to look for in every spelling; without any, whatever is a valid number counts
    :param region: two-letter country for numbers without a prefix, used when no `numbers` are given
    """
    if numbers:
        found = {spelling for e164 in numbers for spelling in phone.spellings(e164)}
        shortest = [text for text in found if not any(other != text and other in text for other in found)]
        return re.compile("|".join(map(re.escape, sorted(shortest)))).search

    def any_number(text):
        lenient = phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.VALID, max_tries=200)
        return next(iter(lenient), None)

    return any_number


def scan_tables(cr, found, progress=None):
    """Return {"table.column": rows in which `found` matches}, statistics included as "pg_stats.table.column".

    :param progress: called with the name of each table before it is read
    """
    cr.execute(
        SQL(
            "SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position),"
            " array_agg(c.data_type = 'bytea' ORDER BY c.ordinal_position)"
            " FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = current_schema AND t.table_type = 'BASE TABLE' AND c.data_type ~ %s"
            " GROUP BY c.table_name ORDER BY c.table_name",
            f"^({TYPES})",
        )
    )
    places = Counter()
    for table, columns, are_bytes in cr.fetchall():
        if progress:
            progress(table)
        for column, is_bytes in zip(columns, are_bytes, strict=True):
            if not NOISE.match(f"{table}.{column}"):
                rows = _rows_of_bytes if is_bytes else _rows
                places[f"{table}.{column}"] = rows(cr, SQL.identifier(table), SQL.identifier(column), found)
    if progress:
        progress("pg_stats")
    cr.execute(
        "SELECT tablename || '.' || attname, concat_ws(' ', most_common_vals::text, histogram_bounds::text)"
        " FROM pg_stats WHERE schemaname = current_schema"
    )
    places.update(
        f"pg_stats.{place}"
        for place, values in cr.fetchall()
        if values and (found(values) or found(HEX.sub(_of_hex, values)))
    )
    return {place: count for place, count in places.items() if count}


def _rows(cr, table, column, found):
    query = SQL(
        "SELECT replace(%(column)s::text, E'\\n', ' ') FROM %(table)s WHERE %(column)s::text ~ %(candidate)s",
        column=column,
        table=table,
        candidate=phone.DIALLED,
    )
    return _copy(cr, query, found)


def _rows_of_bytes(cr, table, column, found):
    """Count the rows of a bytea column: as bytes, not as the hexadecimal digits that PostgreSQL writes of them.

    Odoo keeps some binary fields as they are and some in base64.
    """
    query = SQL(
        "SELECT replace(text, E'\\n', ' ') FROM (SELECT encode(%(column)s, 'escape') AS text FROM %(table)s) AS t"
        " WHERE text ~ %(candidate)s OR text ~ %(base64)s",
        column=column,
        table=table,
        candidate=phone.DIALLED,
        base64=BASE64,
    )
    return _copy(cr, query, lambda text: found(text) or found(_decoded(text)))


def _of_hex(match):
    """Return the text of bytes that PostgreSQL wrote as hexadecimal digits."""
    text = bytes.fromhex(match[1]).decode(errors="replace")
    return f"{text} {_decoded(text)}"


def _decoded(text):
    """Return the text that `text` is in base64, empty if it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _copy(cr, query, found):
    # No file object of psycopg2's own: COPY keeps neither the rows nor a snapshot of them in this process.
    sink = _Counter(found)
    query = SQL("COPY (%s) TO STDOUT", query)
    cr._cnx.cursor().copy_expert(cr.mogrify(query.code, query.params).decode(), sink)
    return sink.count


class _Counter(io.RawIOBase):
    """A file that counts the lines in which a function finds something."""

    def __init__(self, found):
        super().__init__()
        self.found, self.count, self.rest = found, 0, b""

    def writable(self):
        return True

    def write(self, data):  # pylint: disable=method-required-super
        *lines, self.rest = (self.rest + bytes(data)).split(b"\n")
        self.count += sum(bool(self.found(line.decode(errors="replace"))) for line in lines)
        return len(data)


def scan_files(folder, found, unread=None):
    """Return how many files below `folder` hold a number, in their names or contents; archives are looked into.

    :param unread: list that gets the paths of files and folders that cannot be read
    :raises OSError: without such a list, if there is one
    """
    count = 0
    for path in sorted(_below(folder, unread)):
        if path.is_file():
            try:
                with path.open("rb") as file:
                    named = re.search(phone.DIALLED, path.name) and found(path.name)
                    count += bool(named or _stream(file, found))
            except OSError as error:
                _note_unread(path, error, unread)
    return count


def _below(folder, unread):
    """Yield the paths of files below `folder`: a folder that cannot be read is no empty one."""
    for top, _folders, names in os.walk(folder, onerror=lambda error: _note_unread(error.filename, error, unread)):
        yield from (Path(top, name) for name in names)


def _note_unread(path, error, unread):
    if isinstance(error, FileNotFoundError):
        return  # deleted meanwhile; and a shop need not have a file store
    if unread is None:
        raise error
    unread.append(str(path))


def scan_log(path, found):
    """Return how many lines of a log, packed or not, hold a number; None if it cannot be unpacked.

    :raises OSError: if there is no such file, or it is not ours to read
    """
    path = Path(path)
    if path.suffix in UNREADABLE:
        return None
    with path.open("rb") as file:
        try:
            lines = PACKED[path.suffix](file) if path.suffix in PACKED else file
            return sum(bool(found(line.decode(errors="replace"))) for line in lines)
        except (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError):
            return None
        except OSError as error:
            if path.suffix in PACKED and error.errno is None:  # bz2 has no error of its own
                return None
            raise


def rotated(path):
    """Return the log at `path` and those it was before a new one was begun: `odoo.log.1`, `odoo-20300131.log.gz`."""
    path = Path(path)
    stem, end = re.escape(path.stem), re.escape(path.suffix)
    earlier = re.compile(rf"{stem}({end})?[.-]\d[\d.:_T-]*({end})?(\.[A-Za-z\d]+)?")
    return [path, *sorted(one for one in path.parent.glob("*") if earlier.fullmatch(one.name) and one.is_file())]


def _stream(file, found, depth=0):
    if depth < 2 and zipfile.is_zipfile(file):
        # What is damaged or exotic is searched as it stands.
        with suppress(zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(file) as archive:
            return any(_member(archive, name, found, depth) for name in archive.namelist())
    file.seek(0)
    before = ""
    while chunk := file.read(CHUNK):
        text = before + chunk.decode(errors="replace")
        if any(found(text[max(m.start() - 8, 0) : m.end() + 8]) for m in re.finditer(phone.DIALLED, text)):
            return True
        before = text[-OVERLAP:]
    return False


def _member(archive, name, found, depth):
    try:
        with archive.open(name) as member:
            return _stream(io.BytesIO(member.read(64 * CHUNK)), found, depth + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):  # damaged, encrypted or exotic
        return False
