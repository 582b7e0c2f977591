"""Merkle trees as in RFC 6962: one hash speaks for many, and a few hashes prove that one of them is in it.

Plain Python: a copy of this file lies in every evidence file. Hashes are 32 bytes; a leaf and an inner node begin with
different bytes, so that neither can pose as the other.
"""

from hashlib import sha256

LEAF, NODE = b"\x00", b"\x01"


def leaf_of(content):
    """Return the hash of one leaf's content (bytes)."""
    return sha256(LEAF + content).digest()


def node_of(left, right):
    """Return the hash of an inner node."""
    return sha256(NODE + left + right).digest()


def root_of(leaves):
    """Return the root of a list of leaf hashes; of none it is the hash of nothing."""
    if not leaves:
        return sha256().digest()
    level = leaves
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def _parents(level):
    # Without `strict`, which Python 3.8 has not: who checks evidence may have no other.
    above = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2])]  # noqa: B905
    # Who is left without a neighbour goes up as it is: the same tree as RFC 6962 splits from above.
    return [*above, level[-1]] if len(level) % 2 else above


def paths_of(leaves, positions):
    """Return {position: path} for some of the leaves; a path is the list of hashes `climb` needs."""
    paths = {position: [] for position in positions}
    here = {position: position for position in positions}
    level = leaves
    while len(level) > 1:
        for position, place in here.items():
            if place ^ 1 < len(level):
                paths[position].append(level[place ^ 1])
            here[position] = place // 2
        level = _parents(level)
    return paths


def climb(leaf, position, count, path):
    """Return the root that a leaf at `position` of `count` leads to by its path, or None if the path does not fit."""
    if not 0 <= position < count:
        return None
    left = list(path)
    while count > 1:
        if position ^ 1 < count:
            if not left:
                return None
            other = left.pop(0)
            leaf = node_of(other, leaf) if position % 2 else node_of(leaf, other)
        position, count = position // 2, (count + 1) // 2
    return None if left else leaf
