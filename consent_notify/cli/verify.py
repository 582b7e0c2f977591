"""`odoo consent verify`: is every event of the consent log as it was written, and in its place?"""
# pylint: disable=print-used

import sys
import time

from odoo.tools import sql

from ..tools import signing
from ..tools.errors import ConsentNotifyError
from ..tools.keyring_provider import ask, get_provider, is_keyring_of
from ..tools.verify import HOW, dropped, verify

SHOWN = 50  # findings; more help nobody


def add_verb(verbs):
    """Add the verb and return its parser."""
    verb = verbs.add_parser(
        "verify",
        help="check every consent event against its anchor, and name the first row that was changed",
        description="Exit status 0: all is as it was written. 1: something was changed, and what. 2: it did not work.",
    )
    verb.add_argument(
        "--expect", metavar="NUMBER:HASH", help="an anchor as a daily message told it: it must be there, unchanged"
    )
    return verb


def run_verify(cr, chosen):
    """Print what is found and return the exit status."""
    ring = _ring(cr)
    started = time.monotonic()
    with _Bar() as bar:
        found, rows = verify(cr, ring, bar, _expected(chosen.expect))
    seconds = time.monotonic() - started
    for finding in found[:SHOWN]:
        print(_sentence(finding))
    if len(found) > SHOWN:
        print(f"… and {len(found) - SHOWN} more.")
    for first, last, day in dropped(cr, ring):
        batches = f"Batch {first}" if first == last else f"Batches {first}-{last}"
        print(f"{batches} expired, dropped on {day}.")
    print(f"Looked at {rows:,} events in {seconds:.1f} s ({rows / max(seconds, 1e-3):,.0f} a second).")
    if not found:
        print(f"The log is as it was written. Public key of the anchors: {signing.public_key(ring)}")
    return int(bool(found))


def _ring(cr):
    """Return the keyring, which is never made here: with another one everything would look forged."""
    if not sql.table_exists(cr, "consent_anchor"):
        raise ConsentNotifyError("This database has no anchors: install or update the addon first.")
    ring = ask(get_provider(), "load")
    if ring is None or not is_keyring_of(cr, ring):
        raise ConsentNotifyError("The keyring of this database is missing: put it back, then verify.")
    return ring


def _expected(text):
    if not text:
        return None
    number, _colon, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise ConsentNotifyError("Write the anchor as the message has it: its number, a colon, its hash.")
    return int(number), digest.lower()


def _sentence(finding):
    if finding.first is None:
        return f"{finding.table}: {HOW[finding.how]}."
    many = finding.last > finding.first
    rows = f"rows {finding.first}-{finding.last}" if many else f"row {finding.first}"
    return f"{finding.table}, {rows}: {HOW[finding.how]}."


class _Bar:
    """Tells on a terminal how far it is, once a second."""

    def __enter__(self):
        self.started = self.told = time.monotonic()
        return self

    def __exit__(self, *error):
        if self.told > self.started:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __call__(self, done, total):
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.told >= 1:
            self.told = now
            share, rate = 100 * done // max(total, 1), done / (now - self.started)
            print(f"\r\x1b[K{share:3} %  {rate:,.0f} events/s", end="", file=sys.stderr, flush=True)
