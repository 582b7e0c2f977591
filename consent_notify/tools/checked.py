"""What both checkers do: hold words against their hashes, walk the chain of anchors, tell what speaks for the shop.

Plain Python: a copy of this file lies in every evidence file, and beside every log that an uninstall kept.
"""

# pylint: disable=print-used

import anchor
import ed25519
import words


def known_of(arguments):
    """Return NUMBER:HASH of the anchor that the command line names, None if it names none.

    :raises ValueError: for any other command line
    """
    if not arguments:
        return None
    option, known = arguments
    if option != "--anchor" or not known.partition(":")[0].isdigit():
        raise ValueError("usage")
    return known


def wrong_words(texts):
    """Yield what is wrong with the words that were shown."""
    for text in texts:
        told = (text["notice_id"], text["lang"], text["intro"], text["label"], text["details"], text["document"])
        if words.hash_of(*told) != text["sha256"]:
            yield f"words {text['sha256'][:12]}: edited"


def is_outside(anchors, known):
    """Tell whether these anchors do not go as far as one (NUMBER:HASH): they speak neither for nor against it."""
    numbers = [told["number"] for told in anchors]
    return not numbers or not numbers[0] <= int(known.partition(":")[0]) <= numbers[-1]


def wrong_anchors(anchors, public_key, known=None, signed=(), is_whole=False):
    """Yield what is wrong with the chain of anchors: (number, what).

    :param str public_key: the shop's, in hexadecimal digits
    :param known: NUMBER:HASH of one that somebody outside has
    :param signed: numbers of anchors whose signatures count for themselves; the last one's speaks for all it continues
    :param is_whole: it has to begin with the first anchor of all, and to hold every one
    """
    key, before, digests = bytes.fromhex(public_key), None, set()
    for told in anchors:
        number = told["number"]
        expected = (before["number"] + 1, anchor.digest_of(before)) if before else (1, anchor.FIRST)
        if (before or is_whole) and (number, told["previous"]) != expected:
            yield number, "does not continue the one before"
            if before and before["number"] not in signed and not _is_signed(key, before):
                yield before["number"], "not as it was signed"
        if number in signed or told is anchors[-1]:
            if not _is_signed(key, told):
                yield number, "not as it was signed"
        digests.add(f"{number}:{anchor.digest_of(told)}")
        before = told
    if known and known.lower() not in digests and (is_whole or not is_outside(anchors, known)):
        yield int(known.partition(":")[0]), "not the one that was told outside"


def _is_signed(key, told):
    return ed25519.is_signed(key, anchor.statement_of(told), bytes.fromhex(told["signature"]))


def tell_signer(anchors, public_key, is_compared):
    """Print by what somebody outside knows that the signature is the shop's."""
    if anchors:
        print(f"Last anchor: {anchors[-1]['number']}:{anchor.digest_of(anchors[-1])}")
    print(f"Public key: {public_key}" + ("" if is_compared else " (compare it with what you were told outside)"))
