"""An update of a shop that has been asking for a while: its words go on, and nobody is asked again because of it."""

import subprocess

import pytest

from devtools import database
from devtools.paths import ROOT
from devtools.postgres import get_server
from devtools.server import run_script

# What the schema of 19.0.1.0.0 did not have, and the data that comes with this version.
BACK = """
DELETE FROM consent_notice WHERE id IN (
    SELECT res_id FROM ir_model_data WHERE module = 'consent_notify' AND name ~ '^notice_.*_(en|ru)_(eu|ru|uk|us)$');
DELETE FROM ir_model_data WHERE module = 'consent_notify' AND name ~ '^notice_.*_(en|ru)_(eu|ru|uk|us)$';
ALTER TABLE consent_notice DROP COLUMN change, DROP COLUMN published_at, DROP COLUMN sha256,
    DROP COLUMN jurisdiction_group_id, DROP COLUMN document, DROP COLUMN law_source, DROP COLUMN law_date;
ALTER TABLE consent_notice_text DROP COLUMN document;
ALTER TABLE res_partner DROP COLUMN is_minor;
ALTER TABLE res_company DROP COLUMN consent_sender;
UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'consent_notify';
"""
OWN = """
env['consent.notice'].search([('lang', '=', 'en_US'), ('purpose_id.code', '=', 'order_sms'),
    ('jurisdiction_id', '=', False), ('jurisdiction_group_id', '=', False)]).copy({'label': 'Ours'}).action_publish()
env.cr.commit()
"""


def update(name):
    config = database.write_config(f"{name}_update", 8069, http_enable=False, max_cron_threads=0)
    command = database.odoo_command(config, "-d", name, "-u", "consent_notify", "--stop-after-init")
    done = subprocess.run(command, cwd=ROOT, env=database.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("has_own_words", [False, True])
def test_words_published_before_stay_and_ask_nobody_again(make_clone, has_own_words):
    name = make_clone(f"migration_{int(has_own_words)}")
    if has_own_words:
        run_script(name, OWN, "The shop's own words were not written")
    get_server().psql(BACK, name)
    update(name)
    rows = get_server().psql(
        "SELECT DISTINCT change, published_at IS NULL, sha256 IS NULL FROM consent_notice WHERE state = 'published'",
        name,
    )
    assert rows == [["wording", "f", "f"]]
    told = run_script(
        name,
        "notices = env['consent.notice'].with_context(active_test=False).search([('state', '=', 'published')])\n"
        "print('INTACT', all(notices.mapped('is_intact')))\n"
        "ready = notices.filtered('law_source')\n"
        "print('READY', len(ready), ready.mapped('active'))\n"
        "print('FIRST', notices.filtered(lambda n: n.label == 'Ours').version)\n",
        "The words could not be read",
    )
    assert "INTACT True" in told
    # A shop with words of its own finds the ready ones in the archive.
    assert f"READY 24 {[not has_own_words] * 24}" in told
    assert f"FIRST {2 if has_own_words else 0}" in told
