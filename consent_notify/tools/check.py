"""Check this evidence about one person: python3 -I check.py [--anchor NUMBER:HASH]

Needs Python 3.8 or later and nothing else; the other .py files here are parts of it. It checks that every event and
every word is what stood under the shop's signature, and that each signed anchor continues the one before up to the
last. That the signature is the shop's own you know from an anchor that somebody outside got by e-mail: name it.

Exit status 0: all is as it was signed. 1: something was changed, and what. 2: the file cannot be read. 3: all is as it
was signed, but the anchor you named is older than the first in this file or younger than the last: take a file of
today, or name another anchor.
"""

# pylint: disable=print-used

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import anchor  # noqa: E402
import ed25519  # noqa: E402
import event_row  # noqa: E402
import merkle  # noqa: E402
import words  # noqa: E402


def wrong_words(evidence):
    """Yield what is wrong with the words that were shown."""
    for text in evidence["words"]:
        told = (text["notice_id"], text["lang"], text["intro"], text["label"], text["details"], text["document"])
        if words.hash_of(*told) != text["sha256"]:
            yield f"words {text['sha256'][:12]}: edited"


def is_outside(evidence, known):
    """Tell whether this file does not go as far as an anchor (NUMBER:HASH): it speaks neither for nor against it."""
    numbers = [told["number"] for told in evidence["anchors"]]
    return not numbers or not numbers[0] <= int(known.partition(":")[0]) <= numbers[-1]


def wrong_anchors(evidence, known=None):
    """Yield what is wrong with the chain of anchors; `known` is NUMBER:HASH of one that somebody outside has."""
    key, before = bytes.fromhex(evidence["public_key"]), None
    needed = {event["anchor"] for event in evidence["events"]}
    digests = {}
    for told in evidence["anchors"]:
        number = told["number"]
        if before and (number != before["number"] + 1 or told["previous"] != anchor.digest_of(before)):
            yield f"anchor {number}: does not continue the one before"
        # One signature speaks for all that its anchor continues; those of the events are checked for themselves.
        if number in needed or told is evidence["anchors"][-1]:
            if not ed25519.is_signed(key, anchor.statement_of(told), bytes.fromhex(told["signature"])):
                yield f"anchor {number}: not as it was signed"
        digests[f"{number}:{anchor.digest_of(told)}"] = before = told
    if known and known.lower() not in digests and not is_outside(evidence, known):
        yield f"anchor {known.partition(':')[0]}: not the one that was told outside"


def wrong_events(evidence):
    """Yield what is wrong with the events."""
    anchors = {told["number"]: told for told in evidence["anchors"]}
    texts = {text["sha256"] for text in evidence["words"]}
    for event in evidence["events"]:
        row, told = event["row"], anchors.get(event["anchor"])
        name = f"event {row.get('id')}"
        if row.get("words_sha256") and row["words_sha256"] not in texts:
            yield f"{name}: its words are missing"
        if event["anchor"] is None:
            continue
        if told is None:
            yield f"{name}: its anchor is missing"
            continue
        position = anchor.position_of(anchor.unpack(told["span"]), row["id"])
        leaf = merkle.leaf_of(event_row.content_of(row))
        path = [bytes.fromhex(step) for step in event["path"]]
        root = None if position is None else merkle.climb(leaf, position, told["count"], path)
        if root is None or root.hex() != told["root"]:
            yield f"{name}: edited, or not one of those that were signed"


def main(arguments):
    """Check, print, return the exit status."""
    known = arguments[1] if len(arguments) == 2 and arguments[0] == "--anchor" else None
    if arguments and not (known and known.partition(":")[0].isdigit()):
        print(__doc__)
        return 2
    try:
        evidence = json.loads((HERE / "evidence.json").read_text(encoding="utf-8"))
        wrong = [*wrong_anchors(evidence, known), *wrong_words(evidence), *wrong_events(evidence)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"evidence.json cannot be read: {type(error).__name__}")
        return 2
    for sentence in wrong:
        print(sentence)
    if wrong:
        return 1
    waiting = sum(event["anchor"] is None for event in evidence["events"])
    print(f"{len(evidence['events']) - waiting} events and {len(evidence['words'])} words are as they were signed.")
    if waiting:
        print(f"{waiting} events are younger than a minute and not signed yet: take the file again.")
    if evidence["anchors"]:
        last = evidence["anchors"][-1]
        print(f"Last anchor: {last['number']}:{anchor.digest_of(last)}")
    outside = bool(known) and is_outside(evidence, known)
    compared = known and not outside
    print(
        f"Public key: {evidence['public_key']}" + ("" if compared else " (compare it with what you were told outside)")
    )
    if outside:
        number = known.partition(":")[0]
        print(f"Anchor {number} is outside this file's range, so the signature was not compared with it.")
    return 3 if outside else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
