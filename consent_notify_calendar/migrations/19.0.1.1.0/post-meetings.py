"""Meetings whose links were masked at the installation: some links were missed, and old rows still held the numbers."""

from odoo import SUPERUSER_ID, api

from odoo.addons.consent_notify.tools import takeover
from odoo.addons.consent_notify_calendar.hooks import mask_links


def migrate(cr, version):
    if not version:
        return
    mask_links(api.Environment(cr, SUPERUSER_ID, {}))
    takeover.forget_old_rows(cr, {"calendar_event"})
