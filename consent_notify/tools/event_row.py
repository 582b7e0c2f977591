"""An event of the consent log as bytes: what its mac and its leaf of the Merkle tree are made of.

Plain Python: a copy of this file lies in every evidence file. Each value is its length in four bytes and its UTF-8; no
value is the length -1; the id is a number in eight bytes. PostgreSQL's binary COPY sends rows in exactly this form, so
that a million of them are checked without being taken apart.
"""

import hmac
from hashlib import sha256

# What the mac covers beside the id, in this order for ever: rows already written are checked by it.
COVERED = (
    *("subject_ref", "company_id", "commitment", "purpose_id", "notice_id", "text_id", "kind", "source"),
    *("actor", "order_name", "website_ref", "lang", "time", "evidence"),
)
KIND = "event2"  # the first thing a mac covers: what else is hashed with the same key begins with another word
# A leaf covers the words that were shown, the mac, and all the mac covers.
LEAF = ("words_sha256", "mac", "format", "id", *COVERED)


def encode(values):
    """Return the bytes of `values`: text, None, or int for the id."""
    parts = []
    for value in values:
        raw = value.to_bytes(8, "big") if isinstance(value, int) else None if value is None else value.encode()
        parts.append(b"\xff\xff\xff\xff" if raw is None else len(raw).to_bytes(4, "big") + raw)
    return b"".join(parts)


def decode(content):
    """Return the values of a leaf's content, by the names in `LEAF`."""
    values, at = {}, 1
    for name in LEAF:
        length = int.from_bytes(content[at : at + 4], "big", signed=True)
        at += 4
        raw = None if length < 0 else content[at : at + length]
        at += max(length, 0)
        values[name] = None if raw is None else int.from_bytes(raw, "big") if name == "id" else raw.decode()
    return values


def content_of(row):
    """Return the content of the leaf of a row ({name: text or None, `id`: int}): how many values, and they."""
    return bytes([len(LEAF)]) + encode([KIND if name == "format" else row[name] for name in LEAF])


def mac_of(key, row, event_id=None):
    """Return the keyed hash (64 hexadecimal characters) of a row, perhaps as if it had another id."""
    covered = [KIND, event_id or row["id"], *(row[name] for name in COVERED)]
    return hmac.digest(key, encode(covered), sha256).hex()
