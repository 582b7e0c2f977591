"""Walking the whole log: is every event as it was written, and in its place? Nothing is written here."""

from collections import namedtuple

from . import anchor, event_stream, ledger, notice_words, signing, tombstone, words
from .guard import APPEND_ONLY, APPEND_ONLY_EVENTS, ROW_TYPE, TABLE_TYPE
from .walk import Walk

EVENTS, ANCHORS, WORDS, NOTICES = "consent_event", "consent_anchor", "consent_notice_text", "consent_notice"
EXPIRED = "consent_anchor_expired"
# What was found: a table, the first and the last of the rows in a row that it happened to, and a key of `HOW`.
Finding = namedtuple("Finding", "table first last how")
HOW = {
    "guard": "the trigger that refuses changes is missing, switched off or not ours",
    "forged": "not as it was signed",
    "chain": "does not continue the one before",
    "noted": "noted outside the database and gone here: cut off, or the database was restored",
    "edited": "edited after it was written",
    "removed": "removed",
    "inserted": "slipped in: the shop did not write it",
    "reordered": "moved: it was written under another id",
    "cut_off": "cut off at the end",
    "words": "the words it refers to were changed",
    "stone": "says that a batch expired, but is not as it was signed, or speaks of another batch",
    "early": "says that a batch was dropped before its evidence term was over",
    "unanchored": "without an anchor for too long: does the scheduled action run?",
}
PATIENCE = 15  # minutes that an event may wait for its anchor


def verify(cr, ring, progress=lambda done, total: None, expected=None):
    """Return the findings, the worst kind first and then by id, and the number of events that were looked at.

    :param expected: (number, hash) of an anchor as the daily message told them
    """
    anchors, key = ledger.read_anchors(cr), signing.public_key(ring)
    dropped, pretended = tombstone.judge(tombstone.read(cr), anchors, key)
    cr.execute(
        "SELECT id, since < (now() AT TIME ZONE 'UTC') - %s * interval '1 minute' FROM consent_event_pending",
        [PATIENCE],
    )
    standing = [told for told in anchors if told["number"] not in dropped]
    walk = Walk(ring.mac, standing, dict(cr.fetchall()), progress)
    event_stream.stream(cr, walk.taker())
    walk.finish()
    found = [
        *_guards(cr),
        *_anchors(anchors, key, [ledger.known(cr), expected]),
        *_joined(EXPIRED, pretended),
        *(Finding(ANCHORS, number, number, "forged") for number in walk.wrong_roots),
        *_texts(cr),
        *_notices(cr, ring.mac),
        *_joined(EVENTS, walk.found),
    ]
    return list(dict.fromkeys(found)), walk.rows


def dropped(cr, ring):
    """Return [(first number, last number, day)] of batches that retention dropped, neighbours of one day in one."""
    good, _wrong = tombstone.judge(tombstone.read(cr), ledger.read_anchors(cr), signing.public_key(ring))
    found = []
    for number, time in sorted(good.items()):
        if found and found[-1][1:] == (number - 1, time[:10]):
            found[-1] = (found[-1][0], number, time[:10])
        else:
            found.append((number, number, time[:10]))
    return found


def _guards(cr):
    cr.execute(
        """
        SELECT t.name
          FROM unnest(%s, %s) AS t (name, body)
         WHERE 2 > (SELECT count(*)
                      FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                     WHERE g.tgrelid = to_regclass(t.name)
                       AND (g.tgname, g.tgtype) IN ((t.name || '_append_only_row', %s),
                                                    (t.name || '_append_only_table', %s))
                       AND g.tgenabled = 'A'
                       AND g.tgqual IS NULL  -- WHEN
                       AND g.tgattr = ''::int2vector  -- OF columns
                       AND p.prosrc = t.body)
        """,
        [[EVENTS, ANCHORS, WORDS, EXPIRED], [APPEND_ONLY_EVENTS, *[APPEND_ONLY] * 3], ROW_TYPE, TABLE_TYPE],
    )
    return [Finding(table, None, None, "guard") for (table,) in cr.fetchall()]


def _anchors(anchors, key, noted):
    """Yield what is wrong with the chain itself: signatures, numbers, and whether it goes as far as it was noted."""
    last, digests = 0, {}
    for told in anchors:
        number = told["number"]
        if number > last + 1:
            yield Finding(ANCHORS, last + 1, number - 1, "removed")
        if told["public_key"] != key or not signing.is_signed(key, anchor.statement_of(told), told["signature"]):
            yield Finding(ANCHORS, number, number, "forged")
        elif number == last + 1 and told["previous"] != digests.get(last, anchor.FIRST):
            yield Finding(ANCHORS, number, number, "chain")
        digests[number] = anchor.digest_of(told)
        last = number
    for number, digest in filter(None, noted):
        if digests.get(number) != digest:
            yield Finding(ANCHORS, min(number, last + 1), number, "noted")


def _texts(cr):
    cr.execute(
        "SELECT id, sha256, notice_id, lang, intro, label, details, document FROM consent_notice_text ORDER BY id"
    )
    wrong = [(text_id, "edited") for text_id, known, *text in cr.fetchall() if words.hash_of(*text) != known]
    return _joined(WORDS, wrong)


def _notices(cr, key):
    """Return what is wrong with the published words, which customers will be shown next."""
    columns = ", ".join((*notice_words.SCOPE, "version", *notice_words.WORDS))
    cr.execute(f"SELECT id, mac, {columns} FROM consent_notice WHERE state = 'published' ORDER BY id")  # pylint: disable=sql-injection
    wrong = [
        (notice_id, "edited")
        for notice_id, known, *told in cr.fetchall()
        if notice_words.published_mac(key, notice_id, notice_words.published_digest(told)) != known
    ]
    return _joined(NOTICES, wrong)


def _joined(table, found):
    """Return (id, how) pairs as findings, neighbours with the same fate in one."""
    findings = []
    for row_id, how in sorted(found):
        if findings and findings[-1].last == row_id - 1 and findings[-1].how == how:
            findings[-1] = findings[-1]._replace(last=row_id)
        else:
            findings.append(Finding(table, row_id, row_id, how))
    return findings
