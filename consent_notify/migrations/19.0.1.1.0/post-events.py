"""Events written before a mac covered the row's id: those that are as they were written get the mac of today.

What was changed since keeps its old mac, and `odoo consent verify` goes on naming it.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.consent_notify.tools import seal
from odoo.addons.consent_notify.tools.event_row import COVERED, mac_of

BATCH = 5_000


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    key = env["consent.event"]._mac_key()
    # The one change that is allowed here: it writes again what it has just found to be whole.
    cr.execute("ALTER TABLE consent_event DISABLE TRIGGER consent_event_append_only_row")
    cr.execute("SET LOCAL datestyle = 'ISO, YMD'")
    last = 0
    while True:
        columns = ", ".join(f"{name}::text" for name in COVERED)
        cr.execute(
            f"SELECT id, mac, {columns} FROM consent_event WHERE id > %s ORDER BY id LIMIT %s",  # pylint: disable=sql-injection
            [last, BATCH],
        )
        rows = cr.fetchall()
        if not rows:
            break
        last = rows[-1][0]
        new = {}
        for event_id, mac, *values in rows:
            row = dict(zip(COVERED, values, strict=True))
            # No website was written as 0 and covered as nothing.
            if (
                mac
                == seal.mac(key, "event", *("" if row[name] in (None, "0") else row[name] for name in COVERED)).hex()
            ):
                new[event_id] = mac_of(key, {"id": event_id, **row})
        ids = list(new)
        cr.execute(
            "UPDATE consent_event e SET mac = n.mac FROM unnest(%s::int[], %s::text[]) n (id, mac) WHERE e.id = n.id",
            [ids, list(new.values())],
        )
        if ids:
            env["consent.event.pending"]._announce_sudo(ids)
    cr.execute("ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_append_only_row")
