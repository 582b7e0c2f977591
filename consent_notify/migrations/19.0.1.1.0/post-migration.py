"""Words published before somebody had to say what a change does: nobody is asked again because of an update."""

import re

from odoo import SUPERUSER_ID, api

READY = re.compile(r".*_(en|ru)_(eu|ru|uk|us)")


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    cr.execute(
        "UPDATE consent_notice SET change = 'wording', published_at = write_date"
        " WHERE state = 'published' AND published_at IS NULL RETURNING id"
    )
    notices = env["consent.notice"].browse(notice_id for (notice_id,) in cr.fetchall())
    notices.invalidate_recordset()
    for notice in notices:
        cr.execute("UPDATE consent_notice SET sha256 = %s WHERE id = %s", [notice._sha256(), notice.id])
    notices.invalidate_recordset()
    # A shop that wrote words of its own goes on with them: the ready ones wait in the archive until they are wanted.
    ready = env["ir.model.data"].search([("module", "=", "consent_notify"), ("model", "=", "consent.notice")])
    if notices.filtered(lambda notice: notice.id not in ready.mapped("res_id")):
        new = ready.filtered(lambda data: READY.fullmatch(data.name)).mapped("res_id")
        env["consent.notice"].browse(new).active = False
