"""The file of answers from before: reading its rows, without knowing any customer."""

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
COLUMNS = ("external_id", "email", "name", "number", "purpose", "answer", "date", "proof", "words")
REQUIRED = ("purpose", "answer", "date", "proof", "words")
IDENTIFYING = ("external_id", "email", "number")
ANSWERS = {
    **dict.fromkeys(("yes", "granted", "да"), "granted"),
    **dict.fromkeys(("no", "refused", "нет"), "refused"),
    **dict.fromkeys(("stop", "withdrawn", "отозвано", "стоп"), "withdrawn"),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
MOST_ROWS = 50_000
LARGEST = 20 * 1024 * 1024
LONGEST = 4_000
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class FileError(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, message, **values):
        super().__init__(message)
        self.values = values


@dataclass
class Row:
    """One row of the file, and what became of it."""

    line: int
    cells: dict
    kind: str = ""
    day: date | None = None
    reason: str = ""
    partner_id: int = 0
    purpose_id: int = 0
    digest: str = ""

    def evidence(self, file_hash):
        """Return what the event keeps: never who, but when, by which words, and where the proof lies."""
        kept = {"date": self.day.isoformat(), "proof": self.cells["proof"], "words": self.cells["words"]}
        return json.dumps({**kept, "file_sha256": file_hash, "line": self.line}, sort_keys=True, ensure_ascii=False)


def read(content):
    """Return the `Row`s of a CSV file (bytes) in UTF-8 or UTF-16, with commas, semicolons or tabs.

    :raises FileError: with a sentence for whoever uploaded it
    """
    if len(content) > LARGEST:
        raise FileError(_lt("The file is larger than 20 MB: split it."))
    text = _decode(content)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in header]
        if missing or not set(header) & set(IDENTIFYING):
            raise FileError(
                _lt("The first line must name the columns; missing: %(names)s."),
                names=", ".join(missing or IDENTIFYING),
            )
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) == MOST_ROWS:
                raise FileError(_lt("The file has more than 50,000 rows: split it."))
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name in COLUMNS}
            rows.append(Row(reader.line_num, named))
    except csv.Error as error:
        raise FileError(_lt("Line %(line)s is no CSV: look at its quotation marks."), line=reader.line_num) from error
    if not rows:
        raise FileError(_lt("The file has no rows below its first line."))
    return rows


def _decode(content):
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileError(_lt("The letters of the file cannot be read: save it as CSV in UTF-8.")) from error
    if "\x00" in text:
        raise FileError(_lt("This is no CSV file: save the table as CSV in UTF-8."))
    return text


def read_date(text):
    """Return the date that `text` names, or None."""
    for form in DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def harmless(text):
    """Return a cell that no spreadsheet takes for a formula."""
    text = str(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
