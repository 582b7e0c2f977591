"""Sealing: AES-256-GCM texts and the keyed hashes that stand for them.

A sealed text is `version (1 byte) | key id (4) | nonce (12) | ciphertext | tag (16)`. The additional
data `version | key id | token` ties it to its row: a sealed text moved to another row does not open.
"""

import hmac
import os
import re
from binascii import a2b_hex
from functools import lru_cache, partial
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import SealError, _lt

VERSION = b"\x01"
TOKEN = re.compile(r"pn_[a-z2-7]{26}")


def _pairs(alphabet):
    return tuple(first + second for first in alphabet for second in alphabet)


BASE32 = _pairs("abcdefghijklmnopqrstuvwxyz234567")
CROCKFORD = _pairs("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
TEN_BITS = range(120, -1, -10)  # where the pairs of 26 characters begin


def mac(key, *parts):
    """Return the HMAC-SHA256 (32 bytes) of `parts`, each preceded by its length so that none can run into the next."""
    encoded = [part.encode() for part in parts]
    return _hmac(key, b"".join([len(part).to_bytes(4, "big") + part for part in encoded]))


def _hmac(key, message):
    # From a copy of what the key alone makes: an installation hashes millions of short texts with few keys.
    digest = _keyed(key).copy()
    digest.update(message)
    return digest.digest()


def token(key, text):
    """Return the token of `text`: `pn_` and 26 characters of base32 (16 bytes of HMAC-SHA256)."""
    # Ten bits at a time: Python's own base32 takes twice as long, and an installation makes millions.
    bits = int.from_bytes(_hmac(key, text.encode())[:16], "big") << 2
    return "pn_" + "".join([BASE32[bits >> place & 1023] for place in TEN_BITS])


def is_token(value):
    """Tell whether `value` has exactly the form of a token."""
    return isinstance(value, str) and TOKEN.fullmatch(value) is not None


def code(key, text):
    """Return the ten characters (50 bits) that name a number on a screen: `9KQ2M7X4TD`."""
    bits = int.from_bytes(_hmac(key, b"code" + text.encode())[:7], "big") >> 6
    return "".join([CROCKFORD[bits >> place & 1023] for place in TEN_BITS[-5:]])


# Of a key: making one costs as much as opening a number, or hashing one.
_cipher = lru_cache(AESGCM)
_keyed = lru_cache(partial(hmac.new, digestmod=sha256))


def seal(key_id, key, token, text, nonce=None):
    """Return `text` (str) sealed under `key` (32 bytes) for the row of `token`."""
    return seal_bytes(key_id, key, token, text.encode(), nonce)


def seal_bytes(key_id, key, place, content, nonce=None):
    """Return `content` (bytes) sealed under `key` (32 bytes) for the one `place` where it will open."""
    head = VERSION + key_id
    nonce = nonce or os.urandom(12)
    return head + nonce + _cipher(key).encrypt(nonce, content, head + place.encode())


def open_sealed(keys, token, sealed):
    """Return the text in `sealed` (bytes); `keys` maps key ids (4 bytes) to keys.

    :raises SealError: one message for every bad sealed text, so that nobody learns why by trying
    """
    return open_bytes(keys, token, sealed).decode()


def open_all(keys, rows):
    """Return the texts in `rows` of (token, sealed in hexadecimal), as `open_sealed` does one; lists open thousands.

    :raises SealError: as `open_sealed`
    """
    heads = {VERSION + key_id: _cipher(key).decrypt for key_id, key in keys.items()}
    texts = []
    try:
        for token, sealed in rows:
            sealed = a2b_hex(sealed)
            head = sealed[:5]
            texts.append(heads[head](sealed[5:17], sealed[17:], head + token.encode()).decode())
    except (KeyError, InvalidTag, ValueError) as error:
        raise _refusal(error) from error
    return texts


def open_bytes(keys, place, sealed):
    """Return the content in `sealed` (bytes), sealed for `place`.

    :raises SealError: as `open_sealed`
    """
    head, nonce, body = sealed[:5], sealed[5:17], sealed[17:]
    try:
        if head[:1] != VERSION:
            raise KeyError
        return _cipher(keys[head[1:]]).decrypt(nonce, body, head + place.encode())
    except (KeyError, InvalidTag, ValueError) as error:
        raise _refusal(error) from error


def _refusal(error):
    if isinstance(error, KeyError):
        return SealError(_lt("A sealed number was made with a key this keyring does not hold."))
    return SealError(_lt("A sealed number does not open: its row was changed or moved."))
