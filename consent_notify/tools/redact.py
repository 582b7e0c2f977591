"""A logging filter that takes phone numbers, codes of links and SQL literals out of what the server logs."""

import logging
import re

# A plus or a double zero, then 8 to 15 digits with the usual separators between them.
NUMBER = re.compile(r"(?<![\w+])(?:\+|00|%2B|tel:)\s?\d(?:[\s().\-\xa0]{0,2}\d){7,14}", re.IGNORECASE)
# The path of a link in a text: whoever reads the code may answer for the customer.
LINK = re.compile(r"(/u/)[^\s\"'<>?#]+")
LITERAL = re.compile(r"'(?:[^']|'')*'")
# The core logs the failed statement as Python writes bytes, perhaps with every quote escaped.
STATEMENT = re.compile(r"(bad query: )b(['\"])(.*)\2(?=\nERROR)", re.DOTALL)
DETAIL = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)


def redact(text):
    """Return `text` with every phone number and every code of a link in it replaced."""
    return LINK.sub(r"\1[code]", NUMBER.sub("[number]", text))


class Redactor(logging.Filter):
    """Rewrites the message of a record; failed SQL loses its literals and PostgreSQL's DETAIL as well."""

    def filter(self, record):
        text = record.getMessage()
        cleaned = redact(text)
        if record.name == "odoo.sql_db" and record.levelno >= logging.ERROR:
            cleaned = STATEMENT.sub(lambda match: match[1] + match[3].replace("\\'", "'"), cleaned)
            cleaned = LITERAL.sub("'…'", DETAIL.sub(r"\1: [removed]", cleaned))
        if cleaned != text:
            record.msg, record.args = cleaned, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = DETAIL.sub(r"\1: [removed]", redact(record.exc_text))
        return True


def install(logger=None):
    """Put a redactor on every handler of the root logger that has none yet."""
    for handler in (logger or logging.getLogger()).handlers:
        if not any(isinstance(known, Redactor) for known in handler.filters):
            handler.addFilter(Redactor())
