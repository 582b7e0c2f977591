"""What stays of a batch of events that retention dropped: a signed statement of when it was dropped, and why it might.

The anchor itself stays too, with root, count and ids. Who owns the database but not the keys cannot pretend that a
batch expired: without a tombstone that is signed, its events are missing.
"""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo.tools import sql

from . import anchor, signing

NAMES = ("number", "time", "months", "digest", "signature")
FORM = "%Y-%m-%d %H:%M:%S"


def make(ring, told, time, months):
    """Return the tombstone of the batch of an anchor (as `anchor.statement_of` wants it).

    :param str time: now, in UTC, as `FORM` writes it
    :param int months: the evidence term that is over
    """
    stone = {"number": told["number"], "time": time, "months": months, "digest": anchor.digest_of(told)}
    return {**stone, "signature": signing.sign(ring, anchor.tombstone_of(stone))}


def read(cr):
    """Return all tombstones ({name: value} by `NAMES`) by number; none where the table is not there yet."""
    if not sql.table_exists(cr, "consent_anchor_expired"):
        return []
    cr.execute(
        "SELECT number, to_char(time, 'YYYY-MM-DD HH24:MI:SS'), months, digest, signature"
        " FROM consent_anchor_expired ORDER BY number"
    )
    return [dict(zip(NAMES, row, strict=True)) for row in cr.fetchall()]


def judge(stones, anchors, key):
    """Return ({number: when dropped} of what may be believed, [(number, how)] of what may not).

    :param anchors: all of them, as `ledger.NAMES` names their parts
    :param key: the public key of the shop
    """
    by_number, good, wrong = {told["number"]: told for told in anchors}, {}, []
    for stone in stones:
        number, told = stone["number"], by_number.get(stone["number"])
        if not told or stone["digest"] != anchor.digest_of(told):
            wrong.append((number, "stone"))
        elif not signing.is_signed(key, anchor.tombstone_of(stone), stone["signature"]):
            wrong.append((number, "stone"))
        elif _moment(stone["time"]) < _moment(told["time"]) + relativedelta(months=stone["months"]):
            wrong.append((number, "early"))
        else:
            good[number] = stone["time"]
    return good, wrong


def _moment(text):
    return datetime.strptime(text, FORM)
