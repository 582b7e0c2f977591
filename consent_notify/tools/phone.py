"""Phone numbers as plain text: parsing, masking and the spellings a leak may take."""

import re
from functools import lru_cache

import phonenumbers

BULLET = "•"
# Crockford's alphabet: no I, L, O, U, so that a code can be read out at the counter.
HANDLE = re.compile(r"#([0-9A-HJKMNP-TV-Z]{10})\s*$")

WITH_COUNTRY = re.compile(r"\+[1-9][0-9 ().-]*")
NOT_DIGIT = re.compile(r"\D")
# No letters: an extension would be taken for the last digits.
SEPARATORS = str.maketrans("", "", " \t\xa0()+./-")
HIDDEN = f"{BULLET * 3} {BULLET * 3}"
# What a person would dial: seven digits or more, however separated. PostgreSQL reads it as well.
DIALLED = r"\d(?:[\s().+/\-\u00a0]*\d){6,}"
WHOLE = re.compile(rf"\+?\(?{DIALLED}")
# As many digits as a number has, but nobody dials them: a day with its year, a stretch of days, hours after it …
_DAY = r"(?:(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/)20\d\d"
_ISO = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_FROM = r"(?:(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])\.?\s*-\s*)?"
DAYS = re.compile(rf"{_FROM}(?:{_DAY}|{_ISO})(?:[\s-]+\d{{1,2}}){{0,2}}")
# … and the number of a document by years, after the letters it begins with: WEB-2026-00123, INV/2026/00123.
BY_YEAR = re.compile(r"20\d\d([-/])\d{3,6}")
LETTERS = re.compile(r"[A-Z][-/]$")
TAIL = 9  # digits that tell two numbers apart when one lacks its country


def clean(text):
    """Return `text` without blanks around it and without a `tel:` scheme, or None when nothing is left."""
    if not text:
        return None
    text = str(text).strip()
    if text.startswith("'+"):
        text = text[1:]  # exports write it so, lest spreadsheets compute it
    if text[:4].lower() == "tel:":
        text = text[4:].split(";", 1)[0].strip()
    return text or None


def to_e164(text, region=None):
    """Return the E.164 form (`+` and at most 15 digits) of `text`, or None if it cannot be a number.

    :param region: two-letter country code for numbers written without a country prefix
    """
    number = _parse(text, region)
    return number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def describe(text, region=None):
    """Return the E.164 form of `text` and its own two-letter region, each None if there is none; parses once."""
    if text and WITH_COUNTRY.fullmatch(text):
        # Only the digits count then: what a contact's two columns say is parsed once.
        return _describe("+" + text.translate(SEPARATORS), region)
    return _describe(text, region)


@lru_cache(1_000)
def _describe(text, region):
    number = _parse(text, region)
    if number is None:
        return None, None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.region_code_for_number(number)


def needs_region(text):
    """Tell whether `text` says no country: only then does anybody have to look one up."""
    return not (clean(text) or "").startswith(("+", "00"))


def _parse(text, region):
    text = clean(text)
    if not text:
        return None
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    number.extension = None
    return number


def last_four(text):
    """Return the last four digits of `text`, or None if it has fewer."""
    digits = (text or "").lstrip("+")
    if not digits.isdecimal():
        digits = NOT_DIGIT.sub("", digits)
    return digits[-4:] if len(digits) >= 4 else None


def mask(text, region=None):
    """Return what staff may see of `text`: `+7 ••• ••• 45 67`."""
    if region:
        # Lists mask thousands: where the region is known there is nothing left to parse.
        digits = text.translate(SEPARATORS)
        if len(digits) >= 7 and digits.isascii() and digits.isdigit():
            return f"{_hidden(region)} {digits[-4:-2]} {digits[-2:]}"
    e164 = to_e164(text, region)
    digits = last_four(e164 or text)
    if not digits or len(NOT_DIGIT.sub("", text)) < 7:
        # Too short to hide anything if four digits stay visible.
        return HIDDEN
    tail = f"{digits[:2]} {digits[2:]}"
    if not e164:
        return f"{HIDDEN} {tail}"
    return f"+{phonenumbers.parse(e164, None).country_code} {HIDDEN} {tail}"


def mask_all(texts, regions):
    """Return what `mask` returns for each of `texts` in its region; lists show thousands."""
    # All separators go at once: that costs an eighth of doing it text by text.
    digits = "\n".join(texts).translate(SEPARATORS)
    tails = digits.split("\n")
    bare = digits.replace("\n", "")
    if len(tails) != len(texts) or not (bare.isascii() and bare.isdigit()) or min(map(len, tails)) < 7:
        return list(map(mask, texts, regions))
    hidden = {region: _hidden(region) for region in set(regions) if region}
    return [
        f"{hidden[region]} {tail[-4:-2]} {tail[-2:]}" if region else mask(text)
        for text, region, tail in zip(texts, regions, tails, strict=True)
    ]


@lru_cache
def _hidden(region):
    return f"+{phonenumbers.country_code_for_region(region)} {HIDDEN}"


def regions(prefix):
    """Return the two-letter regions whose numbers begin with a country prefix such as `+44`."""
    digits = prefix.lstrip("+")
    return phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits), ()) if digits.isdecimal() else ()


def pretty(e164):
    """Return an E.164 number as people read it out: `+7 916 123-45-67`."""
    return phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def has_number(text):
    """Tell whether free `text` holds something a person would dial; days and documents' numbers are none."""
    return any(_is_dialled(match) for match in WHOLE.finditer(text or ""))


def without_numbers(text, instead="[number]"):
    """Return free `text` with all that a person would dial taken out."""
    return WHOLE.sub(lambda match: instead if _is_dialled(match) else match[0], text)


def _is_dialled(match):
    is_day = DAYS.fullmatch(match[0])
    return not is_day and not (BY_YEAR.fullmatch(match[0]) and LETTERS.search(match.string[: match.start()]))


def tail(text):
    """Return the last digits of `text`, at most nine: of two spellings of one number they are the same."""
    return NOT_DIGIT.sub("", text or "")[-TAIL:]


def handle_code(text):
    """Return the code of a handle (`+7 ••• ••• 45 67 #9KQ2M7X4TD`), or None if there is none."""
    match = HANDLE.search(text or "")
    return match and match.group(1)


def spellings(e164):
    """Return every way `e164` is likely to stand in a dump: for scanners, never for screens."""
    number = phonenumbers.parse(e164, None)
    formats = phonenumbers.PhoneNumberFormat
    national = str(number.national_number)
    found = {e164, e164[1:], "00" + e164[1:], national, "8" + national}
    for style in (formats.INTERNATIONAL, formats.NATIONAL, formats.RFC3966):
        written = phonenumbers.format_number(number, style)
        found |= {written, re.sub(r"[^\d+]+", "-", written).strip("-"), written.replace("-", " ")}
        found |= {written.replace("-", "").replace(" ", ""), re.sub(r"[\s-]", "\xa0", written)}
    found |= {e164.replace("+", "%2B"), e164.replace("+", "&#43;"), e164.replace("+", "\\u002b")}
    return {spelling for spelling in found if len(NOT_DIGIT.sub("", spelling)) >= 7}
