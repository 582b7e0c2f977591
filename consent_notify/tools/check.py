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
import checked  # noqa: E402
import event_row  # noqa: E402
import merkle  # noqa: E402


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
    try:
        known = checked.known_of(arguments)
    except ValueError:
        print(__doc__)
        return 2
    try:
        evidence = json.loads((HERE / "evidence.json").read_text(encoding="utf-8"))
        anchors, public_key = evidence["anchors"], evidence["public_key"]
        signed = {event["anchor"] for event in evidence["events"]}
        chain = checked.wrong_anchors(anchors, public_key, known, signed)
        wrong = [
            *(f"anchor {number}: {what}" for number, what in chain),
            *checked.wrong_words(evidence["words"]),
            *wrong_events(evidence),
        ]
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
    outside = bool(known) and checked.is_outside(anchors, known)
    checked.tell_signer(anchors, public_key, known and not outside)
    if outside:
        number = known.partition(":")[0]
        print(f"Anchor {number} is outside this file's range, so the signature was not compared with it.")
    return 3 if outside else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
