"""How far the anchors have come, in a file beside the keyring: who cuts them off in the database cannot cut here."""

import json
import logging
import os
from pathlib import Path

from . import anchor, keyring
from .keyring_provider import FileProvider, get_provider

_logger = logging.getLogger(__name__)

NAMES = ("number", "time", "count", "span", "root", "previous", "hints", "public_key", "signature")


def path_of(provider=None):
    """Return the ledger's file, or None where keys have no file of their own."""
    provider = provider or get_provider()
    if not isinstance(provider, FileProvider):
        return None
    path = Path(provider.path)
    return path.with_name(f"{path.stem}.anchors.json")


def read_anchors(cr, number=None, numbers=None):
    """Return the anchors ({name: value} by `NAMES`) from the first to the last, or those with such numbers."""
    numbers = numbers if number is None else [number]
    cr.execute(
        "SELECT number, to_char(time, 'YYYY-MM-DD HH24:MI:SS'), count, span, root, previous, hints, public_key,"
        " signature FROM consent_anchor WHERE %(numbers)s::int[] IS NULL OR number = ANY(%(numbers)s) ORDER BY number",
        {"numbers": numbers},
    )
    return [dict(zip(NAMES, row, strict=True)) for row in cr.fetchall()]


def _name_of(cr):
    """Return by what the ledger knows a database: copies may share a keyring."""
    cr.execute("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'")
    return " ".join((cr.dbname, *(cr.fetchone() or ("",))))


def _read(path):
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return {}


def known(cr):
    """Return (number, hash) of the latest anchor that was noted for the database, or None.

    :raises OSError, ValueError: if the file cannot be read
    """
    path = path_of()
    entry = path and _read(path).get(_name_of(cr))
    return entry and tuple(entry)


def enter(cr):
    """Note the latest anchor of a database, if it continues what was noted before.

    If not, the old note stays, and `odoo consent verify` tells: the database was restored or its anchors cut off.
    """
    path = path_of()
    if not path:
        return
    with keyring.locked(path):  # another database may share the keyring, and with it this file
        whole, name = _read(path), _name_of(cr)
        before = whole.get(name)
        if before and not _stands(cr, *before):
            _logger.error("The anchors noted beside the keyring are gone: run `odoo consent verify`.")
            return
        cr.execute("SELECT max(number) FROM consent_anchor")
        last = cr.fetchone()[0]
        if not last or (before and before[0] >= last):
            return
        [told] = read_anchors(cr, last)
        whole[name] = [told["number"], anchor.digest_of(told)]
        part = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        part.touch(mode=0o600)
        part.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
        part.replace(path)


def _stands(cr, number, digest):
    """Tell whether the database still has the anchor that was noted."""
    return any(anchor.digest_of(told) == digest for told in read_anchors(cr, number))
