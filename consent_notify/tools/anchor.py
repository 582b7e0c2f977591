"""What an anchor says: the statement about one batch of events that is signed and that the next anchor continues.

Plain Python: a copy of this file lies in every evidence file.
"""

from hashlib import sha256

STATEMENT = b"\x02"  # leaves begin with 0, inner nodes with 1
FIRST = "0" * 64  # what the first anchor continues
HINT = 8  # bytes of every leaf's hash that an anchor keeps, to tell which row of a batch was changed


def statement_of(anchor):
    """Return the signed bytes of an anchor ({number, time, count, span, root, previous}, `hints` or their hash)."""
    told = ("number", "time", "count", "span", "root", "previous")
    lines = ["consent_notify anchor 1", *(str(anchor[name]) for name in told), hints_hash_of(anchor)]
    return "\n".join(lines).encode()


def hints_hash_of(anchor):
    """Return the hash by which the statement covers the hints: a copy for others goes without them."""
    return anchor.get("hints_sha256") or sha256(anchor["hints"].encode()).hexdigest()


def digest_of(anchor):
    """Return the hash (64 hexadecimal characters) by which the next anchor continues this one."""
    return sha256(STATEMENT + statement_of(anchor)).hexdigest()


def tombstone_of(stone):
    """Return the signed bytes about a batch that expired ({number, time, months, digest}); `digest` is its anchor's."""
    return "\n".join(
        ["consent_notify tombstone 1", *(str(stone[name]) for name in ("number", "time", "months", "digest"))]
    ).encode()


def log_statement_of(end):
    """Return the signed bytes about a log that an uninstall kept ({events, root, hints}): its lines that are no events.

    `root` is over their hashes, `hints` their beginnings; how many events there are is told besides.
    """
    told = (str(end["events"]), end["root"], hints_hash_of(end))
    return "\n".join(["consent_notify log 1", *told]).encode()


def pack(ids):
    """Return ascending ids as text, `1-5,7`: exactly those of a batch, whatever was committed later between them."""
    ranges = []
    for event_id in ids:
        if ranges and ranges[-1][1] == event_id - 1:
            ranges[-1][1] = event_id
        else:
            ranges.append([event_id, event_id])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def unpack(text):
    """Return the (first, last) pairs of ranges written by `pack`.

    :raises ValueError: if it was not
    """
    ranges = []
    for part in filter(None, text.split(",")):
        low, _dash, high = part.partition("-")
        ranges.append((int(low), int(high or low)))
    return ranges


def position_of(ranges, event_id):
    """Return which leaf of its batch an event is, or None if the batch does not hold it."""
    before = 0
    for low, high in ranges:
        if low <= event_id <= high:
            return before + event_id - low
        before += high - low + 1
    return None
