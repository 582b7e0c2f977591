"""The e-mail that asks led guests to a login: its link now opens a page that needs none, and it names the shop."""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

NAME = "consent_notify.mail_template_consent_ask"


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    template = env.ref(NAME, raise_if_not_found=False)
    # Words that a shop wrote itself stay.
    if template and "{{ object.get_base_url() }}/my/privacy" in (template.body_html or ""):
        convert_file(env, "consent_notify", "data/mail_template_data.xml", {}, mode="init")
