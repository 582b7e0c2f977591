"""The words of a notice as plain texts: placeholders, hashes, what they leave out, and what changed in them."""

import difflib
import json
import re
from hashlib import sha256
from html import escape

from .seal import mac

WORDS = ("intro", "label", "statement", "details", "document")
# Which words come into question for the same customers: what a new version takes the place of.
SCOPE = ("purpose_id", "company_id", "website_id", "lang", "jurisdiction_id", "jurisdiction_group_id")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
KNOWN = {"company", "address", "term", "receivers", "phone", "sender", "host", "stop"}
TOKEN = re.compile(r"\s+|\w+|[^\w\s]", re.UNICODE)

# What a customer has to be told, each with the placeholder that tells it, or the beginnings of words that do, by
# language. A language without such beginnings is asked for the placeholders alone.
ITEMS = {
    "who": ({"company"}, None),
    "example": (None, {"en": ("for example", "e.g.", "such as"), "ru": ("например",)}),
    "term": ({"term"}, None),
    "protection": (None, {"en": ("encrypt", "protect", "secure"), "ru": ("зашифр", "шифр", "защищ")}),
    "receivers": ({"receivers"}, None),
    "sold": (None, {"en": ("sold", "sell"), "ru": ("прода",)}),
    "rights": (None, {"en": ("erase", "delete it on", "correct"), "ru": ("стере", "удалить", "исправ", "уничтож")}),
    "withdraw": (
        None,
        {"en": ("stop", "withdraw", "take back", "yes back", "consent back"), "ru": ("отказ", "отозв", "стоп")},
    ),
    "contact": ({"phone"}, None),
    "sender": ({"sender"}, None),
    "host": ({"host"}, None),
}


def fill(words, values):
    """Return `words` with every known placeholder filled, once: what a value holds is never filled again."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), (words or "").strip())


def published_digest(told):
    """Return the SHA-256 of a notice as it was written, placeholders and all.

    :param told: what the database has under `SCOPE`, `version` and `WORDS`, in this order
    """
    scope, (version, *words) = told[: len(SCOPE)], told[len(SCOPE) :]
    parts = (*(part or 0 for part in scope), version, *(word or "" for word in words))
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def published_mac(key, notice_id, digest):
    """Return the keyed hash (64 hexadecimal characters) by which a published notice is known to be the shop's."""
    return mac(key, "notice", str(notice_id), digest).hex()


def missing(words, lang):
    """Return the names in `ITEMS` of what `words` do not tell.

    :param str words: all words of one notice
    :param str lang: their language, such as `ru_RU`
    """
    used, lower, short = set(PLACEHOLDER.findall(words)), words.lower(), lang.split("_")[0]
    names = []
    for name, (placeholders, beginnings) in ITEMS.items():
        if placeholders is not None:
            told = placeholders <= used
        else:
            told = short not in beginnings or any(beginning in lower for beginning in beginnings[short])
        if not told:
            names.append(name)
    return names


def diff(old, new):
    """Return [(kind, text)] that lead from `old` to `new`, word by word: kind is `=`, `-` or `+`."""
    before, after = TOKEN.findall(old or ""), TOKEN.findall(new or "")
    steps = []
    for what, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            steps.append(("=", "".join(before[i1:i2])))
            continue
        steps += [(kind, text) for kind, text in (("-", "".join(before[i1:i2])), ("+", "".join(after[j1:j2]))) if text]
    return steps


def diff_html(old, new):
    """Return the steps from `old` to `new` as HTML, told by `del` and `ins` to eye and ear."""
    tags = {"-": "del", "+": "ins"}
    return "".join(
        f"<{tags[kind]}>{escape(text)}</{tags[kind]}>" if kind in tags else escape(text)
        for kind, text in diff(old, new)
    )
