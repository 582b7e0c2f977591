"""Reading events out of PostgreSQL as their bytes, one after the other and never all at once."""

from . import event_row

HEADER = 19  # bytes before the first row of a binary COPY
_LEAF = [
    "t.sha256 AS words_sha256",
    "e.mac",
    f"'{event_row.KIND}'::text",
    "e.id::int8",
    *(f'e."{name}"::text' for name in event_row.COVERED),
]
QUERY = f"""
    COPY (SELECT {", ".join(_LEAF)}
            FROM consent_event e LEFT JOIN consent_notice_text t ON t.id = e.text_id
           %s
        ORDER BY e.id) TO STDOUT (FORMAT binary)
"""


class _Rows:
    """A file that PostgreSQL writes to: one call a row."""

    def __init__(self, take):
        self.take = take

    def write(self, raw):  # pylint: disable=method-required-super
        """Take a row. It begins with its number of fields in two bytes, the first of them 0; header and end do not."""
        if raw[0]:
            raw = raw[HEADER:] if raw.startswith(b"PGCOPY") else b""
            if not raw or raw[0]:
                return
        self.take(raw)


def stream(cr, take, ids=None):
    """Call `take` with each event as what its leaf is the SHA-256 of (`merkle.LEAF` and the content), ascending by id.

    :param ids: of these events only
    """
    # As texts of a time are hashed they must not depend on a setting.
    cr.execute("SET LOCAL datestyle = 'ISO, YMD'")
    where = "" if ids is None else cr.mogrify("WHERE e.id = ANY(%s)", [list(ids)]).decode()
    cr.copy_expert(QUERY % where, _Rows(take))
