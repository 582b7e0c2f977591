"""Check the whole log of consents that an uninstall left: python3 -I check_log.py [--anchor NUMBER:HASH]

Needs Python 3.8 or later and nothing else; the other .py files here are parts of it. It checks that every event and
every word is what stood under the shop's signature, that no event is missing, and that each signed anchor continues the
one before up to the last. That the signature is the shop's own you know from an anchor that somebody outside got by
e-mail: name it.

Exit status 0: all is as it was signed. 1: something was changed, and what. 2: the file cannot be read.
"""

# pylint: disable=print-used

import gzip
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import anchor  # noqa: E402
import checked  # noqa: E402
import ed25519  # noqa: E402
import event_row  # noqa: E402
import merkle  # noqa: E402


def read(path):
    """Return {kind: [values]} of the log's lines; of events only {id: hash of the leaf}, and the words they name."""
    log = {kind: [] for kind in ("head", "text", "anchor", "expired", "end")}
    log.update(leaves={}, named=set())
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            [(kind, value)] = json.loads(line).items()
            if kind == "event":
                log["leaves"][value["id"]] = merkle.leaf_of(event_row.content_of(value))
                log["named"].add(value["words_sha256"])
            else:
                log.setdefault(kind, []).append(value)
    return log


def missing_words(log):
    """Yield which words are missing that an event names."""
    for missing in sorted(log["named"] - {None} - {text["sha256"] for text in log["text"]}):
        yield f"words {missing[:12]}: missing"


def wrong_events(log, gone):
    """Yield what is wrong with the events, batch by batch, but for those whose term is over: `gone`."""
    for told in log["anchor"]:
        ids = [one for low, high in anchor.unpack(told["span"]) for one in range(low, high + 1)]
        leaves = [log["leaves"][one] for one in ids if one in log["leaves"]]
        if not leaves and told["number"] in gone:
            continue
        if len(leaves) != told["count"] or merkle.root_of(leaves).hex() != told["root"]:
            yield f"events {told['span']}: edited, or one of them is missing"
    if len(log["end"]) != 1 or log["end"][0]["events"] != len(log["leaves"]):
        yield "the file: cut off"


def expired(log):
    """Return the numbers of the batches whose evidence term was over, as the shop signed it."""
    key = bytes.fromhex(log["head"][0]["public_key"])
    digests = {told["number"]: anchor.digest_of(told) for told in log["anchor"]}
    return {
        stone["number"]
        for stone in log["expired"]
        if stone["digest"] == digests.get(stone["number"])
        and ed25519.is_signed(key, anchor.tombstone_of(stone), bytes.fromhex(stone["signature"]))
    }


def main(arguments):
    """Check, print, return the exit status."""
    try:
        known = checked.known_of(arguments)
    except ValueError:
        print(__doc__)
        return 2
    try:
        log = read(HERE / "log.jsonl.gz")
        anchors, public_key, gone = log["anchor"], log["head"][0]["public_key"], expired(log)
        wrong = [
            *checked.wrong_anchors(anchors, public_key, known, is_whole=True),
            *checked.wrong_words(log["text"]),
            *missing_words(log),
            *wrong_events(log, gone),
        ]
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        print(f"log.jsonl.gz cannot be read: {type(error).__name__}")
        return 2
    for sentence in wrong:
        print(sentence)
    if wrong:
        return 1
    signed = sum(told["count"] for told in anchors if told["number"] not in gone)
    print(f"{len(log['leaves'])} events and {len(log['text'])} words are as they were signed.")
    if len(log["leaves"]) > signed:
        print(f"{len(log['leaves']) - signed} of the events were never signed.")
    checked.tell_signer(anchors, public_key, known)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
