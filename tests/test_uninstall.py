"""An uninstall is an export: by the command alone, recorded, whole or not at all, and it leaves nothing to be sent."""

import gzip
import json
import subprocess
import sys

import pytest

from devtools import database
from devtools.paths import ROOT
from devtools.postgres import get_server
from devtools.server import run_script
from devtools.terminal import Shell

NUMBERS = {"Anna": "+1 202-555-0191", "Lead": "+12025550192"}
SCENE = """
from odoo.addons.consent_notify.tools.marks import SmsPurpose
anna = env['res.partner'].create({'name': 'Anna', 'phone': '+1 202-555-0191'})
env['consent.event']._record_sudo(anna, env.company, [
    (env.ref('consent_notify.purpose_order_sms'), kind, None) for kind in ('granted', 'refused')], source='counter')
env['crm.lead'].create({'name': 'Lead', 'phone': '+12025550192'})
texts = env['sms.sms'].with_context(sms_purpose_code=SmsPurpose('order_sms'))
waiting = texts.create([
    {'body': 'waits', 'number': '+12025550191', 'partner_id': anna.id},
    {'body': 'claimed', 'number': '+12025550191', 'partner_id': anna.id, 'state': 'process'}])
posted = [anna.message_post(body='later', message_type='comment') for _each in range(2)]
env['mail.message.schedule'].create([
    {'mail_message_id': posted[0].id, 'scheduled_datetime': '2100-01-01 00:00:00',
     'notification_parameters': '{"sms_numbers": ["+12025550191"]}'},
    {'mail_message_id': posted[1].id, 'scheduled_datetime': '2100-01-01 00:00:00'}])
env.company.write({'sms_provider': 'sandbox', 'sms_twilio_account_sid': 'AC' + 32 * '0'})
env.cr.commit()
"""
APPS_SCREEN = """
from odoo.exceptions import UserError
modules = env['ir.module.module']
for names in (['consent_notify'], ['sms'], ['consent_notify_crm']):
    chosen = modules.search([('name', 'in', names)])
    for button in ('button_uninstall_wizard', 'button_immediate_uninstall', 'button_uninstall', 'module_uninstall'):
        try:
            getattr(chosen, button)()
            print('DONE', names, button)
        except UserError as error:
            print('REFUSED', names, button, error)
"""
BEHIND = "UPDATE ir_module_module SET state = 'to remove' WHERE name ~ '^consent_notify'"
STATES = "SELECT name, state FROM ir_module_module WHERE name ~ '^consent_notify' ORDER BY name"
PHONES = "SELECT name, phone FROM {} WHERE name::text ~ 'Anna|Lead' AND phone IS NOT NULL"


SPOIL = "UPDATE phone_vault SET sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20)) WHERE token IN"


def odoo(name, *arguments):
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    command = database.odoo_command(config, "-d", name, *arguments, "--stop-after-init")
    return subprocess.run(command, cwd=ROOT, env=database.environment(), capture_output=True, text=True)


@pytest.fixture(scope="module")
def shop(make_clone):
    """A shop with leads, texts that wait, and a company whose texts stay in the sandbox."""
    name = make_clone("uninstall")
    done = odoo(name, "-i", "crm")
    assert done.returncode == 0, done.stderr[-2000:]
    run_script(name, SCENE, "The scene could not be set")
    return name


@pytest.fixture
def shell(shop, tmp_path):
    return Shell(shop, tmp_path)


@pytest.fixture
def record(shell):
    """Return a function that reads the lines which the command keeps beside the keyring."""
    path = shell.keyring.with_name("keyring.uninstall.log")
    return lambda: path.read_text().splitlines() if path.exists() else []


def psql(name, query):
    return get_server().psql(query, name)


def kept_logs(shell):
    return sorted(shell.keyring.parent.glob(f"keyring.log-{shell.name}-*"))


def left_log(shell, mark):
    folder = shell.keyring.with_name(f"keyring.log-{shell.name}-20260101T000000000000-{mark}")
    folder.mkdir()
    return folder


def is_sealed(name):
    return all(
        phone.startswith("pn_")
        for table in ("res_partner", "crm_lead")
        for _n, phone in psql(name, PHONES.format(table))
    )


def test_the_apps_screen_refuses_and_names_the_command(shop):
    told = run_script(shop, APPS_SCREEN, "The buttons could not be pressed").splitlines()
    told = [line for line in told if line.startswith(("DONE", "REFUSED"))]
    assert len(told) == 12
    assert all(line.startswith("REFUSED") for line in told), told
    assert all(f"odoo consent uninstall -d {shop}" in line for line in told[:8]), told
    assert all("uninstall that app along with it" in line for line in told[8:]), told


def test_the_database_cannot_ask_for_it_either(shop):
    psql(shop, BEHIND)
    done = odoo(shop, "-u", "consent_notify_crm")
    assert done.returncode != 0
    assert f"odoo consent uninstall -d {shop}" in done.stderr
    assert {state for _name, state in psql(shop, STATES)} == {"installed"}
    assert is_sealed(shop)


def test_it_asks_first(shell, record):
    code, _out, err = shell.run("uninstall", text="yes\n")
    assert (code, record()) == (2, [])
    assert "not the name of the database" in err
    assert is_sealed(shell.name)


def test_it_refuses_if_a_single_number_cannot_be_opened(make_clone, shop, tmp_path, record):
    broken = make_clone("uninstall_broken")
    database.clone(shop, broken)
    psql(broken, f"{SPOIL} (SELECT phone FROM crm_lead WHERE name::text ~ 'Lead' AND phone IS NOT NULL)")
    code, _out, err = Shell(broken, tmp_path).run("uninstall", "--yes")
    assert code == 2
    assert "The phone numbers were left as they are." in err
    assert is_sealed(broken)
    assert not kept_logs(Shell(broken, tmp_path)), "the log still stands in the database"
    assert dict(psql(broken, STATES))["consent_notify"] == "installed"
    assert [line.partition(": ")[2] for line in record()][1:] == ["it failed, nothing was changed"]


def test_numbers_come_back_and_nothing_is_left_to_be_sent(shell, record):
    name = shell.name
    [[count]] = psql(name, "SELECT count(*) FROM phone_vault")
    kinds = [kind for (kind,) in psql(name, "SELECT kind FROM consent_event ORDER BY id")]
    assert kinds[-2:] == ["granted", "refused"]
    [[mark]] = psql(
        name,
        "SELECT oid || '-' || 'consent_event'::regclass::oid FROM pg_database WHERE datname = current_database()",
    )
    # Of uninstalls that were killed, while they wrote the log and after; and of one before the addon was installed.
    killed = [left_log(shell, f"{mark}.part"), left_log(shell, mark)]
    before = left_log(shell, "1-1")
    code, out, err = shell.run("uninstall", text=f"{name}\n")
    assert code == 0, err[-2000:]
    assert not any(folder.exists() for folder in killed) and before.exists()
    before.rmdir()
    assert {state for _name, state in psql(name, STATES)} == {"uninstalled"}
    assert psql(name, PHONES.format("res_partner")) == [["Anna", NUMBERS["Anna"]]]
    assert [row[1] for row in psql(name, PHONES.format("crm_lead"))] == [NUMBERS["Lead"]]
    assert psql(name, "SELECT body, state FROM sms_sms WHERE body IN ('waits', 'claimed') ORDER BY 1") == [
        ["claimed", "canceled"],
        ["waits", "canceled"],
    ]
    assert psql(name, "SELECT count(*) FROM mail_message_schedule WHERE scheduled_datetime > '2099-01-01'") == [["1"]]
    # Neither Odoo's own service, which an empty provider means, nor an account that nobody chose to use.
    companies = "SELECT DISTINCT sms_provider, COALESCE(sms_twilio_account_sid, '') FROM res_company"
    assert psql(name, companies) == [["twilio", ""]]
    begun, ended = record()
    assert f"{name}: " in begun and f"begins to write {count} numbers back" in begun
    assert f"wrote {count} numbers back" in ended and "cancelled 3 texts" in ended
    assert shell.keyring.with_name("keyring.uninstall.log").stat().st_mode & 0o777 == 0o600
    assert "The addon was uninstalled" in err
    assert "5550191" not in "".join((out, err, *record())).replace("-", "")
    [folder] = kept_logs(shell)
    assert str(folder) in out and str(folder) in ended
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    log = gzip.decompress((folder / "log.jsonl.gz").read_bytes()).decode()
    events = [json.loads(line)["event"] for line in log.splitlines() if line.startswith('{"event"')]
    assert [event["kind"] for event in events] == kinds
    assert "5550191" not in log
    check = subprocess.run([sys.executable, "-I", folder / "check_log.py"], capture_output=True, text=True)
    assert (check.returncode, f"{len(kinds)} events" in check.stdout) == (0, True), check.stdout
    code, _out, err = shell.run("uninstall", "--yes")
    assert code == 2
