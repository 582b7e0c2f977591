"""The hash of words as they were shown. Plain Python: a copy of this file lies in every evidence file."""

import json
from hashlib import sha256


def hash_of(notice_id, lang, intro, label, details, document=""):
    """Return the SHA-256 (64 hexadecimal characters) by which words are known, and which events' leaves hold."""
    parts = [notice_id, lang, intro, label, details, *([document] if document else [])]
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
