"""The evidence file about one person: a zip that proves itself, without this program and without the shop's keys."""

import csv
import io
import json
import zipfile
from pathlib import Path

from . import event_row

# What a checker is made of besides itself, copied as it runs here.
PARTS = ("anchor.py", "checked.py", "ed25519.py", "event_row.py", "merkle.py", "words.py")
CHECKER = ("check.py", *PARTS)
README = """\
What this is
============
Everything that was shown to one person about the use of their phone number, and what they answered. There is no number
in it.

evidence.json  the events, the exact words, and for each event its path to a signed anchor
events.csv     the same events, to read
words.txt      the exact words, to read
check.py       python3 -I check.py checks all of it; it needs Python and nothing else

What is proved: that these events and words are what stood under the shop's signature, in this order, and when. Compare
the last anchor or the public key with a message that the shop's witness got: python3 -I check.py --anchor NUMBER:HASH
The file has the anchors from this person's first answer to the day it was taken; of others it can say nothing.

What cannot be checked here: `mac`, for which the shop's secret key is needed, and `commitment`, which ties an event to
one number: it is a hash over the number's keyed digest, so only the shop can tell whether a number is the one.
"""


def pack(evidence):
    """Return the zip (bytes).

    :param evidence: {about, public_key, events: [{row, anchor, path}], words: [{…}], anchors: [{…}]}
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README)
        file.writestr("evidence.json", json.dumps(evidence, ensure_ascii=False, indent=1))
        file.writestr("events.csv", _csv(evidence["events"]))
        file.writestr("words.txt", _words(evidence["words"]))
        for name in CHECKER:
            file.writestr(name, Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return whole.getvalue()


def _csv(events):
    text = io.StringIO()
    columns = ("id", *event_row.COVERED, "words_sha256")
    table = csv.writer(text)
    table.writerow([*columns, "anchor"])
    for event in events:
        # A spreadsheet takes what begins with one of these for a formula.
        cells = [event["row"][name] for name in columns]
        cells = [f"'{cell}" if str(cell)[:1] in tuple("=+-@\t\r") and cell else cell for cell in cells]
        table.writerow([*cells, event["anchor"]])
    return "\ufeff" + text.getvalue()


def _words(texts):
    return "\n\n".join(
        "\n".join(
            [
                f"[{text['sha256']}] {text['lang']}",
                *filter(None, (text[part] for part in ("intro", "label", "details", "document"))),
            ]
        )
        for text in texts
    )
