"""Activities keep the name of their document: on a blocked number or a text that was the number itself."""

from odoo import SUPERUSER_ID, api

from odoo.addons.consent_notify.tools import takeover


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    named = [name for name in env.registry if env[name]._rec_name in env[name]._sealed_names()]
    activities = env["mail.activity"].with_context(active_test=False).search([("res_model", "in", named)])
    if activities:
        env.add_to_compute(activities._fields["res_name"], activities)
        activities.flush_recordset(["res_name"])
        takeover.forget_old_rows(cr, {"mail_activity"})
