"""A logging filter that takes phone numbers, codes of links and SQL literals out of what the server logs."""

import logging
import re
from functools import wraps

import psycopg2

from odoo import http
from odoo.exceptions import UserError

from . import phone

# A plus or a double zero, then 8 to 15 digits with the usual separators between them.
NUMBER = re.compile(r"(?<![\w+])(?:\+|00|%2B|tel:)\s?\d(?:[\s().\-\xa0]{0,2}\d){7,14}", re.IGNORECASE)
# Without a prefix: digits that stand alone in quotes, or after the word "number", or in a query string.
QUOTED = re.compile(r"""(?:(['"])|<)\(?\d(?:[\s().\-\xa0]{0,2}\d){6,14}(?(1)\1|>)""")
# What the core says in refusals, also where somebody made a text of one before it was logged.
WORDS = "numbers?|parse|номера?|число|разобрать"
SAID = re.compile(rf"(\b(?:{WORDS})\b[^\d\n]{{0,40}})\(?\d(?:[\s().\-\xa0]{{0,2}}\d){{6,14}}", re.IGNORECASE)
ASKED = re.compile(r"([?&](?:search|domain|phone|mobile|number|q)=)[^\s&]+", re.IGNORECASE)
# A request line. What a visitor typed may stand in the path and in any value of the query, percent-encoded or not.
REQUEST = re.compile(r"((?:GET|POST|HEAD|PUT|PATCH|DELETE|OPTIONS) )([^\s\"]*)")
ANSWERED = re.compile(r"=[^&#\s]+")
APART = r"(?:[\s().+\-_\xa0]|%20|%28|%29|%2B|%2D|%2E|%C2%A0){0,4}"
IN_PATH = re.compile(rf"(?:\+|%2B)?\d(?:{APART}\d){{6,}}", re.IGNORECASE)
# Whoever signs in may type a number for a login.
LOGIN = re.compile(r"(\blogin:)(.*?)(?= from |$)", re.MULTILINE)
# What an exception says of a value it was given: 10 to 15 digits that stand alone.
BARE = re.compile(r"(?<![\w.:#-])\d{10,15}(?:\.0)?(?![\w:-]|\.\d)")
# The path of a link in a text or an e-mail: whoever reads the code may answer for the customer. That of a gateway's
# reports: whoever reads it may say that texts arrived.
LINK = re.compile(r"(/u/|/consent/answer/|/consent_notify/sms/gateway/\d+/)[^\s\"'<>?#]+")
LITERAL = re.compile(r"'(?:[^']|'')*'")
# The core logs the failed statement as Python writes bytes, perhaps with every quote escaped.
STATEMENT = re.compile(r"(bad query: )b(['\"])(.*)\2(?=\nERROR)", re.DOTALL)
DETAIL = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)


def redact(text):
    """Return `text` with every phone number and every code of a link in it replaced."""
    text = REQUEST.sub(_redact_request, LOGIN.sub(_redact_login, text))
    text = NUMBER.sub("[number]", ASKED.sub(r"\1[removed]", text))
    text = SAID.sub(r"\1[number]", QUOTED.sub(_redact_quoted, text))
    return LINK.sub(r"\1[code]", text)


def _redact_request(match):
    """Return a request line's address without the values of its query and without numbers in its path."""
    path, mark, query = match[2].partition("?")
    return match[1] + IN_PATH.sub("[number]", path) + mark + IN_PATH.sub("[number]", ANSWERED.sub("=[removed]", query))


def _redact_quoted(match):
    return match[0][0] + "[number]" + match[0][-1]


def _redact_login(match):
    return match[1] + (" [number]" if phone.has_number(match[2]) else match[2])


def redact_exception(text):
    """Return a traceback's `text` without numbers, also those that are written as bare figures."""
    return DETAIL.sub(r"\1: [removed]", BARE.sub("[number]", redact(text)))


def redact_words(text):
    """Return a stranger's `text` without anything that could be dialled: seven digits or more, if they are no day."""
    return phone.without_numbers(redact(text)) if text else text


def redact_error(text):
    """Return an error's `text` without numbers, SQL literals and PostgreSQL's DETAIL, which holds the row."""
    text = STATEMENT.sub(lambda match: match[1] + match[3].replace("\\'", "'"), redact(text))
    return LITERAL.sub("'…'", DETAIL.sub(r"\1: [removed]", text))


def _redact_told(text, record):
    """Return `text` of a log record without what could be dialled in the refusals in it, in whatever language.

    A refusal is words for a person, and repeats what they typed: "Unable to parse 202-555-0143".
    """
    args = record.args if isinstance(record.args, tuple) else ()
    errors, seen = [record.msg, *args, record.exc_info and record.exc_info[1]], set()
    while errors:
        error = errors.pop()
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        errors += [error.__cause__, error.__context__]
        if isinstance(error, UserError) and (said := str(error)):
            text = text.replace(said, redact_words(said)).replace(redact(said), redact_words(said))
    return text


class Redactor(logging.Filter):
    """Rewrites the message of a record; failed SQL loses its literals and PostgreSQL's DETAIL as well."""

    def filter(self, record):
        text = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_exception(_redact_told(record.exc_text, record))
        cleaned = _redact_told(redact(text), record)
        if record.name == "odoo.sql_db" and record.levelno >= logging.ERROR:
            cleaned = redact_error(text)
        if cleaned != text:
            record.msg, record.args = cleaned, None
        return True


def install(logger=None):
    """Put a redactor on every handler of the root logger that has none yet, and on errors sent to browsers."""
    if not hasattr(http.serialize_exception, "redacts"):
        http.serialize_exception = _redacting(http.serialize_exception)
    for handler in (logger or logging.getLogger()).handlers:
        if not any(isinstance(known, Redactor) for known in handler.filters):
            handler.addFilter(Redactor())


def _redacting(serialize):
    """Return the core's function that makes an error ready for a browser, with what PostgreSQL told taken out."""

    @wraps(serialize)
    def serialize_exception(exception, **kwargs):
        told = serialize(exception, **kwargs)
        told["debug"] = redact_exception(told["debug"])
        cause = exception
        while cause is not None and not isinstance(cause, psycopg2.Error):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            told["message"] = redact_error(told["message"])
            told["arguments"] = [redact_error(str(argument)) for argument in told["arguments"]]
            told["debug"] = redact_error(told["debug"])
        return told

    serialize_exception.redacts = True
    return serialize_exception
