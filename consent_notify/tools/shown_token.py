"""The hidden field of a form that asks: which words were on it, under a keyed hash.

`seconds.items.mac`, where each item is `notice id, mode, SHA-256 of the words`, joined by `~`. It tells what was shown,
not what was answered, and holds nothing about the person. The scope (cart, company, website) is hashed, not written.
"""

import hmac
import re

BOX, STANDING, TOLD = "b", "s", "c"
LIFETIME = 24 * 60 * 60
FORM = re.compile(r"([0-9a-f]{1,12})\.((?:\d{1,10}[bsc][0-9a-f]{64}(?:~|(?=\.))){1,20})\.([0-9a-f]{32})")
ITEM = re.compile(r"(\d+)([bsc])([0-9a-f]{64})")


def write(mac, scope, items, now):
    """Return the token of a form.

    :param mac: function of text parts that returns a keyed hash in hexadecimal characters
    :param scope: texts that say where the token is good
    :param items: iterable of (notice id, mode, SHA-256 of the words)
    :param now: seconds since 1970
    """
    body = f"{int(now):x}." + "~".join(f"{notice}{mode}{sha}" for notice, mode, sha in items)
    return f"{body}.{mac(*scope, body)[:32]}"


def read(mac, scope, token, now):
    """Return (items, genuine) of a token: genuine is False if it was forged, is from elsewhere, or too old.

    Whatever is not even a token has no items.
    """
    match = FORM.fullmatch(token or "")
    if not match:
        return [], False
    items = [(int(notice), mode, sha) for notice, mode, sha in ITEM.findall(match[2])]
    return items, _opened(mac, scope, match, now) is not None


def opened_at(mac, scope, token, now):
    """Return when the form of a token was opened (seconds since 1970), None if `read` would not call it genuine."""
    match = FORM.fullmatch(token or "")
    return match and _opened(mac, scope, match, now)


def _opened(mac, scope, match, now):
    seconds, items, signature = match.groups()
    if not hmac.compare_digest(mac(*scope, f"{seconds}.{items}")[:32], signature):
        return None
    opened = int(seconds, 16)
    return opened if 0 <= int(now) - opened <= LIFETIME else None
