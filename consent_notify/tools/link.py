"""The code of a link in a text, and the network that tries codes come from."""

import ipaddress
import os
import string

from .redact import redact_words

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
LENGTH = 11  # 62 ** 11 is just above 2 ** 64
# When a customer would rather come, in short; or in so many characters of their own.
LATER_DAYS = ("tomorrow", "days", "week", "unknown")
LONGEST_WORDS = 200


def new_code(random=os.urandom):
    """Return a code: 11 base62 characters that hold 64 random bits.

    :param random: function that returns so many random bytes
    """
    number, code = int.from_bytes(random(8), "big"), ""
    for _place in range(LENGTH):
        number, digit = divmod(number, 62)
        code = ALPHABET[digit] + code
    return code


def is_code(text):
    """Tell whether `text` has the form of a code."""
    return len(text) == LENGTH and all(character in ALPHABET for character in text)


def read_later(when, words):
    """Return (one of `LATER_DAYS` or None, words without a number) of two fields of a form: (None, "") says nothing."""
    words = " ".join(words.replace("\0", "").split())[:LONGEST_WORDS]
    return when if when in LATER_DAYS else None, redact_words(words)


def network(address):
    """Return what counts as one place to try from: an IPv4 address, or the 64 leading bits of an IPv6 one.

    Who has one IPv6 address has 2 ** 64 of them.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def without_scheme(url):
    """Return `url` as a text shows it, since every character counts there: no scheme, no slash at the end."""
    return url.split("://", 1)[-1].rstrip("/")
