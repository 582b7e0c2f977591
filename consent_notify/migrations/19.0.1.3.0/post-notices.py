"""Words published before a keyed hash stood beside them: those that are as they were published get one.

What was changed since gets none, and `odoo consent verify` names it.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    notices = api.Environment(cr, SUPERUSER_ID, {})["consent.notice"].with_context(active_test=False)
    for notice in notices.search([("state", "=", "published"), ("mac", "=", False)]):
        if notice.sha256 and notice.is_intact:
            cr.execute("UPDATE consent_notice SET mac = %s WHERE id = %s", [notice._mac_of(notice.sha256), notice.id])
