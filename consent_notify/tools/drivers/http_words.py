"""How the settings of an HTTP gateway are written, and how they are filled and read. Plain Python.

Fields of a request are lines `name=words {to}`, headers lines `Name: words`, a JSON request is a JSON object. A name
in braces is replaced once, so that what a text says is never taken for a setting; the form or JSON is encoded
afterwards, so that it can never end a field. Meanings of codes are lines `202=sms_number_format`, see `read_codes`.
"""

import json
import re

from ..errors import GatewayError, _lt
from .base import Later, Refused, Unknown

NUMBERS = {"to", "digits"}  # E.164 with and without its plus
WORDS = {*NUMBERS, "body", "sender", "uuid", "callback", "login", "secret"}
# What proxies and servers log may hold neither numbers nor words.
HEADER_WORDS = {"login", "secret", "basic", "uuid"}
OPTIONAL = {"sender", "callback"}
HOLE = re.compile(r"\{(\w+)\}")
STATUSES = ("sent", "delivered", "failed")
LATER = re.compile(r"later(?:\s+(\d{1,5}))?(\s*,\s*alone)?")
LINE = re.compile(r"(?P<name>[^:\s]+):(?P<line>[1-9])")


def fill(template, values):
    """Return `template` with each `{name}` replaced once."""
    return HOLE.sub(lambda hole: values[hole[1]], template)


def read_fields(text):
    """Return [(name, template)] of the lines `name=template`.

    :raises GatewayError: for a line of another form, or a name in braces that means nothing
    """
    return [(name, _known(words, WORDS)) for name, words in _lines(text, "=")]


def read_headers(text):
    """Return [(name, template)] of the lines `Name: template`; raises as `read_fields`."""
    headers = [(name, _known(words, HEADER_WORDS)) for name, words in _lines(text, ":")]
    if any(not re.fullmatch(r"[A-Za-z0-9-]+", name) for name, _words in headers):
        raise GatewayError(_lt("A header is written as “Name: value”, with Latin letters in its name."))
    return headers


def read_json(text):
    """Return the JSON object that is the template of a request; raises as `read_fields`."""
    try:
        template = json.loads(text)
    except ValueError:
        template = None
    if not isinstance(template, dict):
        raise GatewayError(_lt("The request is no JSON object: check brackets, quotes and commas."))
    for leaf in _leaves(template):
        _known(leaf, WORDS)
    return template


def fill_fields(fields, values):
    """Return [(name, value)]; a field that holds nothing but an empty option, such as the sender, is left out."""
    return [(name, fill(words, values)) for name, words in fields if not _is_left_out(words, values)]


def fill_json(template, values):
    """Return the template with its texts filled; raises nothing, and encodes nothing."""
    if isinstance(template, dict):
        return {name: fill_json(inner, values) for name, inner in template.items() if not _is_left_out(inner, values)}
    if isinstance(template, list):
        return [fill_json(inner, values) for inner in template]
    return fill(template, values) if isinstance(template, str) else template


def read_codes(text, reasons):
    """Return {code: Refused | Later | Unknown} of lines such as these; `*` is every other code.

        202=sms_number_format
        200=sms_acc, stop        the account is at fault: no other text would fare better
        220=later 60             certainly not accepted, may be sent again after 60 seconds, and so may all others
        231=later 60, alone      the same, but only this recipient has to wait
        500=unknown              may have been accepted

    :param reasons: the failure types there are
    :raises GatewayError: for anything else
    """
    codes = {}
    for code, words in _lines(text, "="):
        reason, _comma, rest = (part.strip() for part in words.partition(","))
        if later := LATER.fullmatch(words):
            codes[code] = Later(float(later[1]) if later[1] else None, alone=bool(later[2]))
        elif words == "unknown":
            codes[code] = Unknown()
        elif reason in reasons and rest in ("", "stop"):
            codes[code] = Refused(reason, stops_batch=bool(rest))
        else:
            raise GatewayError(_lt("A code means a known failure, “later” or “unknown”: compare with a ready gateway."))
    return codes


def read_states(text, reasons):
    """Return {status of the gateway: (sent | delivered | failed, reason or "")} of lines `20=failed sms_rejected`.

    :raises GatewayError: for anything else
    """
    states = {}
    for code, words in _lines(text, "="):
        status, _space, reason = words.partition(" ")
        if status not in STATUSES or (reason and (status != "failed" or reason not in reasons)):
            raise GatewayError(_lt("A status means “sent”, “delivered”, or “failed” and a known failure."))
        states[code] = (status, reason or ("sms_not_delivered" if status == "failed" else ""))
    return states


def find(answer, paths):
    """Return the first text or number in a JSON `answer` under one of the dotted `paths`, as text, or None.

    `sms.*.status_code, status_code`: a star is the only member of an object or list, a figure a place in a list.
    """
    for path in filter(None, (path.strip() for path in paths.split(","))):
        value = answer
        for step in path.split("."):
            value = _step(value, step)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
    return None


def find_field(values, place):
    """Return what stands at `place` in the fields of a report, a list: `status`, or `data:2`, a line of `data[n]`."""
    line = LINE.fullmatch(place or "")
    if not line:
        return [value.strip() for name, value in values if name == place]
    name, place = line["name"], int(line["line"]) - 1
    found = [value.splitlines() for key, value in values if key == name or key.startswith(f"{name}[")]
    return [lines[place].strip() if place < len(lines) else "" for lines in found]


def _step(value, step):
    if isinstance(value, dict):
        return next(iter(value.values())) if step == "*" and len(value) == 1 else value.get(step)
    if isinstance(value, list) and value:
        if step == "*":
            return value[0] if len(value) == 1 else None
        return value[int(step)] if step.isdecimal() and int(step) < len(value) else None
    return None


def _lines(text, mark):
    found = []
    for line in filter(None, (line.strip() for line in (text or "").splitlines())):
        name, there, words = (part.strip() for part in line.partition(mark))
        if not there or not name:
            raise GatewayError(_lt("Each line is a name and a value, as in the ready gateways."))
        found.append((name, words))
    return found


def _known(words, names):
    if set(HOLE.findall(words)) - names:
        raise GatewayError(_lt("A word in braces means nothing here: compare with a ready gateway."))
    return words


def _leaves(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


def _is_left_out(words, values):
    hole = HOLE.fullmatch(words) if isinstance(words, str) else None
    return bool(hole) and hole[1] in OPTIONAL and not values[hole[1]]
