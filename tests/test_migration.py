"""An update of a shop that has been asking for a while: its words go on, and nobody is asked again because of it."""

import subprocess

import pytest

from devtools import database
from devtools.paths import ROOT
from devtools.postgres import get_server
from devtools.server import run_script
from devtools.ui import Stop

# What the schema of 19.0.1.0.0 did not have, and the data that comes with this version.
BACK = """
DELETE FROM consent_notice WHERE id IN (
    SELECT res_id FROM ir_model_data WHERE module = 'consent_notify' AND name ~ '^notice_.*_(en|ru)_(eu|ru|uk|us)$');
DELETE FROM ir_model_data WHERE module = 'consent_notify' AND name ~ '^notice_.*_(en|ru)_(eu|ru|uk|us)$';
ALTER TABLE consent_notice DROP COLUMN change, DROP COLUMN published_at, DROP COLUMN sha256, DROP COLUMN mac,
    DROP COLUMN jurisdiction_group_id, DROP COLUMN document, DROP COLUMN law_source, DROP COLUMN law_date;
ALTER TABLE consent_notice_text DROP COLUMN document;
ALTER TABLE res_partner DROP COLUMN is_minor;
ALTER TABLE res_company DROP COLUMN consent_sender;
UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'consent_notify';
"""
# The schema and the data of 19.0.1.2.0, with a text on its way and a description that the shop changed.
BACK_TO_1_2 = """
INSERT INTO sms_tracker (sms_uuid, company_id, claimed_at) VALUES ('on its way', 1, now()), ('of the core', 1, NULL);
ALTER TABLE sms_tracker DROP COLUMN account;
DROP TABLE sms_hold, consent_code_turn;
ALTER TABLE consent_notice DROP COLUMN mac;
ALTER TABLE order_update DROP COLUMN failed_at;
UPDATE sms_gateway SET codes = regexp_replace(codes, ', alone', '', 'g');
INSERT INTO sms_gateway (name, active, address, request_format, request, answer_format, id_at, codes, timeout,
                         per_second, in_flight, company_id)
SELECT 'Ours', TRUE, address, request_format, request, answer_format, id_at,
       replace(codes, '231=later 60', '231=later 90'), timeout, per_second, in_flight, 1
  FROM sms_gateway WHERE name = 'SMS.ru';
UPDATE ir_cron SET interval_type = 'days' WHERE id = (
    SELECT res_id FROM ir_model_data WHERE module = 'consent_notify' AND name = 'ir_cron_orders_late');
UPDATE ir_cron SET priority = 5 WHERE id = (
    SELECT res_id FROM ir_model_data WHERE module = 'sms' AND name = 'ir_cron_sms_scheduler_action');
UPDATE ir_module_module SET latest_version = '19.0.1.2.0' WHERE name = 'consent_notify';
"""
# Macs as 19.0.1.0.0 wrote them, over everything but the id; one event was changed afterwards.
OLD_MACS = """
vault = env['phone.vault']
names = ('subject_ref', 'company_id', 'commitment', 'purpose_id', 'notice_id', 'text_id', 'kind', 'source', 'actor',
         'order_name', 'website_ref', 'lang', 'time', 'evidence')
env.cr.execute('ALTER TABLE consent_event DISABLE TRIGGER USER')
env.cr.execute('SELECT id, %s FROM consent_event ORDER BY id' % ', '.join(n + '::text' for n in names))
for event_id, *texts in env.cr.fetchall():
    mac = vault._mac('event', *(text or '' for text in texts))
    env.cr.execute('UPDATE consent_event SET mac = %s, website_ref = COALESCE(website_ref, 0) WHERE id = %s',
                   [mac, event_id])
env.cr.execute("UPDATE consent_event SET kind = 'granted' WHERE id = ("
               "SELECT max(id) FROM consent_event WHERE kind = 'refused')")
env.cr.execute('ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_append_only_row')
env.cr.execute('DROP TABLE consent_anchor, consent_event_pending')
env.cr.commit()
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
        "SELECT DISTINCT change, published_at IS NULL, sha256 IS NULL, mac IS NULL FROM consent_notice"
        " WHERE state = 'published'",
        name,
    )
    assert rows == [["wording", "f", "f", "f"]]
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


def test_events_written_before_are_whole_again_but_for_the_one_that_was_changed(make_clone):
    name = make_clone("migration_events")
    run_script(name, OLD_MACS, "The old macs were not written")
    get_server().psql(BACK, name)
    update(name)
    told = run_script(
        name,
        "events = env['consent.event'].search([])\n"
        "print('BROKEN', [event.kind for event in events if not event.is_intact], len(events))\n"
        "env['consent.anchor']._run_sudo()\n"
        "print('ANCHORED', sum(env['consent.anchor'].search([]).mapped('count')))\n",
        "The events could not be read",
    )
    [[count]] = get_server().psql("SELECT count(*) FROM consent_event", name)
    assert int(count) > 1
    assert f"BROKEN ['granted'] {count}" in told
    assert f"ANCHORED {int(count) - 1}" in told
    with pytest.raises(Stop, match="consent_notify_append_only"):
        get_server().psql("UPDATE consent_event SET kind = 'granted'", name)


def test_texts_on_their_way_learn_their_account_and_gateways_hold_nobody_else(make_clone):
    name = make_clone("migration_sms")
    ask = get_server().psql
    first = (
        "SELECT priority FROM ir_cron WHERE id = (SELECT res_id FROM ir_model_data"
        " WHERE module = 'sms' AND name = 'ir_cron_sms_scheduler_action')"
    )
    assert ask(first, name) == [["0"]], "installed anew: the queue of texts goes before all other jobs"
    ask(BACK_TO_1_2, name)
    update(name)
    assert ask(first, name) == [["0"]]
    assert ask("SELECT sms_uuid, account FROM sms_tracker WHERE sms_uuid ~ ' ' ORDER BY 1 DESC", name) == [
        ["on its way", "sandbox"],
        ["of the core", ""],
    ]
    lines = (
        "SELECT name, line FROM sms_gateway, regexp_split_to_table(codes, '\n') line WHERE line ~ '%s' ORDER BY name"
    )
    assert ask(lines % "^(231|233)=", name) == [
        ["Ours", "231=later 90"],  # as the shop wrote it
        ["Ours", "233=later 300, alone"],
        ["SMS.ru", "231=later 60, alone"],
        ["SMS.ru", "233=later 300, alone"],
    ]
    assert ask(lines % "^9=", name) == [["SMSC.ru", "9=later 60, alone"]]
    assert ask(
        "SELECT DISTINCT interval_type FROM ir_cron WHERE id = (SELECT res_id FROM ir_model_data"
        " WHERE name = 'ir_cron_orders_late')",
        name,
    ) == [["hours"]]
    assert ask("SELECT count(*) FROM consent_notice WHERE state = 'published' AND mac IS NULL", name) == [["0"]]
