"""Check the whole log of consents that an uninstall left: python3 -I check_log.py [--anchor NUMBER:HASH]

Needs Python 3.8 or later and nothing else; the other .py files here are parts of it. It checks that every line is what
the shop signed, events by their anchors and the others by the last line, that none is missing or stands there twice,
that each event is about the number of its subject, and that each anchor continues the one before up to the last. That
the signature is the shop's own you know from an anchor that somebody outside got by e-mail: name it.

Exit status 0: all is as it was signed. 1: something was changed, and which line. 2: the file cannot be read.
"""

# pylint: disable=print-used

import base64
import gzip
import json
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import anchor  # noqa: E402
import checked  # noqa: E402
import ed25519  # noqa: E402
import event_row  # noqa: E402
import merkle  # noqa: E402

# What a log holds, and what tells the lines of one kind apart; of the first and the last there is one each.
KINDS = {
    "head": None,
    **dict.fromkeys(("company", "purpose", "text", "subject"), "id"),
    **dict.fromkeys(("anchor", "expired"), "number"),
    "event": "id",
    "end": None,
}
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


class Log:
    """A log line by line: `rows` by kind, the `places` (lines) of all, and in `wrong` what single lines show.

    Of an event, of which there may be a million, only the hash of its leaf is kept.
    """

    def __init__(self, lines):
        self.rows = {kind: [] for kind in KINDS}
        self.places, self.leaves, self.hashes, self.wrong = {}, {}, {}, []
        self.words, self.numbers = set(), {}
        for line, raw in enumerate(lines, 1):
            try:
                self._take(line, raw)
            except UNREADABLE:
                self.wrong.append(f"line {line}: no line of a log")

    def _take(self, line, raw):
        [(kind, value)] = json.loads(raw).items()
        name = f"{kind} {value[KINDS[kind]]}" if KINDS[kind] else kind
        if name in self.places:
            self.wrong.append(f"line {line}: {name} stands in line {self.places[name]} already")
        elif kind == "event":
            self.leaves[value["id"]] = merkle.leaf_of(event_row.content_of(value))
            self.places[name] = line
            self._compare(f"line {line}: {name}", value)
        else:
            self.places[name] = line
            self.rows[kind].append(value)
            if kind == "text":
                self.words.add(value["sha256"])
            elif kind == "subject" and value["salt"] and value["number_digest"]:
                told = f"{value['salt']}:{value['number_digest']}"
                self.numbers[str(value["id"])] = sha256(told.encode()).hexdigest()
            if kind != "end":
                self.hashes[line] = merkle.leaf_of(raw)

    def _compare(self, name, row):
        """Hold an event against the words it names and against its subject's number; both stand before it."""
        if row["words_sha256"] is not None and row["words_sha256"] not in self.words:
            self.wrong.append(f"{name}: its words are missing")
        # A subject that was emptied, at the customer's wish, speaks of no number any more.
        if row["commitment"] != self.numbers.get(row["subject_ref"], row["commitment"]):
            self.wrong.append(f"{name}: not about the number of its subject")

    def named_event(self, event_id):
        """Return how an event is named to whoever looks for it in the file."""
        name = f"event {event_id}"
        return f"line {self.places[name]}: {name}"


def wrong_events(log, gone):
    """Yield what is wrong with the events, batch by batch, but for those whose term is over: `gone`."""
    signed = set()
    for told in log.rows["anchor"]:
        ids = [one for low, high in anchor.unpack(told["span"]) for one in range(low, high + 1)]
        signed.update(ids)
        there = [one for one in ids if one in log.leaves]
        if not there and told["number"] in gone:
            continue
        hints, edited = base64.b64decode(told["hints"]), False
        for place, one in enumerate(ids):
            begins = hints[place * anchor.HINT : (place + 1) * anchor.HINT]
            if one in log.leaves and log.leaves[one][: anchor.HINT] != begins:
                edited = True
                yield log.named_event(one) + ": edited after it was signed"
        if len(there) < len(ids):
            yield f"events {anchor.pack(one for one in ids if one not in log.leaves)}: missing"
        elif not edited and merkle.root_of([log.leaves[one] for one in ids]).hex() != told["root"]:
            yield f"events {told['span']}: not those that anchor {told['number']} signed"
    for one in log.leaves:
        if one not in signed:
            yield log.named_event(one) + ": no anchor signed it"


def wrong_lines(log, key):
    """Yield what is wrong with the lines that are no events: the last one has the beginning of the hash of each."""
    if not log.rows["end"]:
        yield "the file: cut off"
        return
    [end] = log.rows["end"]
    if not ed25519.is_signed(key, anchor.log_statement_of(end), bytes.fromhex(end["signature"])):
        yield f"line {log.places['end']}: not as it was signed"
    hints = base64.b64decode(end["hints"])
    signed = {hints[place : place + anchor.HINT] for place in range(0, len(hints), anchor.HINT)}
    for line, digest in log.hashes.items():
        if digest[: anchor.HINT] not in signed:
            yield f"line {line}: edited, or slipped in: the shop did not sign it"
    if missing := len(signed - {digest[: anchor.HINT] for digest in log.hashes.values()}):
        yield f"the file: {missing} of the signed lines are missing or were edited"
    elif merkle.root_of(list(log.hashes.values())).hex() != end["root"]:
        yield "the file: its lines are not those that were signed, or stand in another order"
    if end["events"] != len(log.leaves):
        yield f"the file: {len(log.leaves)} events of {end['events']}"


def expired(log, key):
    """Return the numbers of batches whose evidence term was over, and the stones that say so without a signature."""
    digests = {told["number"]: anchor.digest_of(told) for told in log.rows["anchor"]}
    gone, wrong = set(), []
    for stone in log.rows["expired"]:
        number, signature = stone["number"], bytes.fromhex(stone["signature"])
        is_ours = stone["digest"] == digests.get(number)
        if is_ours and ed25519.is_signed(key, anchor.tombstone_of(stone), signature):
            gone.add(number)
        else:
            line = log.places[f"expired {number}"]
            wrong.append(f"line {line}: it says that batch {number} expired, but is not as it was signed")
    return gone, wrong


def everything_wrong(log, known):
    """Return what is wrong with a log, sentence by sentence."""
    public_key = log.rows["head"][0]["public_key"]
    key = bytes.fromhex(public_key)
    gone, wrong = expired(log, key)
    for number, what in checked.wrong_anchors(log.rows["anchor"], public_key, known, is_whole=True):
        line = log.places.get(f"anchor {number}")
        wrong.append(f"line {line}: anchor {number}: {what}" if line else f"anchor {number}: {what}")
    for text in log.rows["text"]:
        place = f"text {text['id']}"
        wrong += [f"line {log.places[place]}: {what}" for what in checked.wrong_words([text])]
    return [*log.wrong, *wrong, *wrong_lines(log, key), *wrong_events(log, gone)]


def main(arguments):
    """Check, print, return the exit status."""
    try:
        known = checked.known_of(arguments)
    except ValueError:
        print(__doc__)
        return 2
    try:
        with gzip.open(HERE / "log.jsonl.gz") as file:
            log = Log(file)
        wrong = everything_wrong(log, known)
    except (OSError, EOFError, *UNREADABLE) as error:
        print(f"log.jsonl.gz cannot be read: {type(error).__name__}")
        return 2
    for sentence in wrong:
        print(sentence)
    if wrong:
        return 1
    print(f"{len(log.leaves)} events and {len(log.rows['text'])} words are as they were signed.")
    checked.tell_signer(log.rows["anchor"], log.rows["head"][0]["public_key"], known)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
