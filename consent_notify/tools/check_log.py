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
import ed25519  # noqa: E402
import event_row  # noqa: E402
import merkle  # noqa: E402
import words  # noqa: E402


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


def wrong_words(log):
    """Yield what is wrong with the words that were shown."""
    for text in log["text"]:
        told = (text["notice_id"], text["lang"], text["intro"], text["label"], text["details"], text["document"])
        if words.hash_of(*told) != text["sha256"]:
            yield f"words {text['sha256'][:12]}: edited"
    for missing in sorted(log["named"] - {None} - {text["sha256"] for text in log["text"]}):
        yield f"words {missing[:12]}: missing"


def wrong_anchors(log, known=None):
    """Yield what is wrong with the chain of anchors; `known` is NUMBER:HASH of one that somebody outside has."""
    key, before, digests = bytes.fromhex(log["head"][0]["public_key"]), None, set()
    for told in log["anchor"]:
        number = told["number"]
        expected = anchor.digest_of(before) if before else anchor.FIRST
        if number != (before["number"] if before else 0) + 1 or told["previous"] != expected:
            yield f"anchor {number}: does not continue the one before"
        digests.add(f"{number}:{anchor.digest_of(told)}")
        before = told
    # One signature speaks for all that its anchor continues.
    if before and not ed25519.is_signed(key, anchor.statement_of(before), bytes.fromhex(before["signature"])):
        yield f"anchor {before['number']}: not as it was signed"
    if known and known.lower() not in digests:
        yield f"anchor {known.partition(':')[0]}: not the one that was told outside"


def wrong_events(log):
    """Yield what is wrong with the events, batch by batch."""
    gone = _expired(log)
    for told in log["anchor"]:
        ids = [one for low, high in anchor.unpack(told["span"]) for one in range(low, high + 1)]
        leaves = [log["leaves"][one] for one in ids if one in log["leaves"]]
        if not leaves and told["number"] in gone:
            continue
        if len(leaves) != told["count"] or merkle.root_of(leaves).hex() != told["root"]:
            yield f"events {told['span']}: edited, or one of them is missing"
    if len(log["end"]) != 1 or log["end"][0]["events"] != len(log["leaves"]):
        yield "the file: cut off"


def _expired(log):
    """Return the numbers of the batches whose evidence term was over, as the shop signed it."""
    key, digests = bytes.fromhex(log["head"][0]["public_key"]), {}
    for told in log["anchor"]:
        digests[told["number"]] = anchor.digest_of(told)
    good = set()
    for stone in log["expired"]:
        parts = ("number", "time", "months", "digest")
        statement = "\n".join(["consent_notify tombstone 1", *(str(stone[name]) for name in parts)]).encode()
        if stone["digest"] == digests.get(stone["number"]):
            if ed25519.is_signed(key, statement, bytes.fromhex(stone["signature"])):
                good.add(stone["number"])
    return good


def main(arguments):
    """Check, print, return the exit status."""
    known = arguments[1] if len(arguments) == 2 and arguments[0] == "--anchor" else None
    if arguments and not known:
        print(__doc__)
        return 2
    try:
        log = read(HERE / "log.jsonl.gz")
        wrong = [*wrong_anchors(log, known), *wrong_words(log), *wrong_events(log)]
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        print(f"log.jsonl.gz cannot be read: {type(error).__name__}")
        return 2
    for sentence in wrong:
        print(sentence)
    if wrong:
        return 1
    signed = sum(told["count"] for told in log["anchor"] if told["number"] not in _expired(log))
    print(f"{len(log['leaves'])} events and {len(log['text'])} words are as they were signed.")
    if len(log["leaves"]) > signed:
        print(f"{len(log['leaves']) - signed} of the events were never signed.")
    if log["anchor"]:
        last = log["anchor"][-1]
        print(f"Last anchor: {last['number']}:{anchor.digest_of(last)}")
    print(
        f"Public key: {log['head'][0]['public_key']}"
        + ("" if known else " (compare it with what you were told outside)")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
