"""`odoo consent verify` as an administrator types it, while the owner of the database tampers with the log."""

import json

import pytest
from test_cli import Shell

from devtools.postgres import get_server
from devtools.server import run_script

EVENTS = """
partner = env['res.partner'].create({'name': 'Scripted', 'phone': '+12025550187'})
purpose = env.ref('consent_notify.purpose_order_sms')
for kind in ('shown', 'granted', 'refused', 'withdrawn'):
    env['consent.event']._record_sudo(partner, env.company, [(purpose, kind, None)], source='paper')
    env.cr.commit()
    env['consent.anchor']._run_sudo()
print(env['consent.event'].search([('partner_id', '=', partner.id)]).ids)
env.cr.commit()
"""
# A customer of long ago, whose number went long ago.
EXPIRED = """
from unittest.mock import patch
from odoo import fields
partner = env['res.partner'].create({'name': 'Long ago', 'phone': '+12025550188'})
purpose = env.ref('consent_notify.purpose_order_sms')
with patch.object(fields.Datetime, 'now', lambda: fields.Datetime.to_datetime('2010-01-01 10:00:00')):
    env['consent.event']._record_sudo(partner, env.company, [(purpose, 'refused', None)], source='paper')
    env.cr.commit()
    env['consent.anchor']._run_sudo()
partner.phone = False
env.flush_all()
env['phone.vault']._destroy_unused_sudo()
env['consent.anchor.expired']._run_sudo()
print(env['consent.anchor.expired'].search([]).number)
env.cr.commit()
"""
TAMPER = """
BEGIN;
ALTER TABLE consent_event DISABLE TRIGGER USER; ALTER TABLE consent_anchor DISABLE TRIGGER USER;
{statement};
ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_append_only_row;
ALTER TABLE consent_event ENABLE ALWAYS TRIGGER consent_event_append_only_table;
ALTER TABLE consent_anchor ENABLE ALWAYS TRIGGER consent_anchor_append_only_row;
ALTER TABLE consent_anchor ENABLE ALWAYS TRIGGER consent_anchor_append_only_table;
COMMIT
"""


@pytest.fixture
def shell(make_clone, tmp_path):
    return Shell(make_clone("verify"), tmp_path)


def test_verify(shell):
    # The ledger stands beside the keyring that the command is given.
    beside = f"import os; os.environ['CONSENT_NOTIFY_KEYRING'] = {str(shell.keyring)!r}\n"
    told = run_script(shell.name, beside + EVENTS, "The events could not be written")
    ids = sorted(json.loads(told.strip().splitlines()[-1]))
    code, out, err = shell.run("verify")
    assert (code, "The log is as it was written" in out) == (0, True), out + err
    assert shell.keyring.with_name("keyring.anchors.json").exists()
    told = run_script(shell.name, beside + EXPIRED, "No batch was dropped")
    number = int(told.strip().splitlines()[-1])
    code, out, err = shell.run("verify")
    assert code == 0, out + err
    assert out.startswith(f"Batch {number} expired, dropped on 20"), out

    def tamper(statement):
        get_server().psql(TAMPER.format(statement=statement), shell.name)
        return shell.run("verify")[:2]

    code, out = tamper(f"UPDATE consent_event SET kind = 'granted' WHERE id = {ids[2]}")
    assert code == 1
    assert out.splitlines()[0] == f"consent_event, row {ids[2]}: edited after it was written."
    code, out = tamper(f"DELETE FROM consent_event WHERE id >= {ids[2]}")
    assert (code, out.splitlines()[0]) == (1, f"consent_event, rows {ids[2]}-{ids[3]}: cut off at the end.")
    code, out = tamper("DELETE FROM consent_anchor WHERE number > (SELECT max(number) - 2 FROM consent_anchor)")
    assert code == 1
    assert "gone here: cut off, or the database was restored" in out.splitlines()[0]
    # Without the keys nothing can be said, and nothing is made.
    shell.keyring.unlink()
    code, out, err = shell.run("verify")
    assert (code, out) == (2, "")
    assert "keyring of this database is missing" in err
    assert not shell.keyring.exists()
