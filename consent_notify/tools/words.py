"""The hash of words as they were shown. Plain Python: a copy of this file lies in every evidence file."""

import json
from hashlib import sha256


def hash_of(notice_id, lang, intro, label, details):
    """Return the SHA-256 (64 hexadecimal characters) by which words are known, and which events' leaves hold."""
    return sha256(json.dumps([notice_id, lang, intro, label, details], ensure_ascii=False).encode()).hexdigest()
