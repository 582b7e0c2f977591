"""A neutralised copy of a shop that really sends texts never texts anyone, and destroys nothing."""

import re
import shutil
import subprocess

import pytest

from devtools import database
from devtools.paths import ADDON, ROOT
from devtools.postgres import get_server
from devtools.server import run_script

NUMBER = "+12025550187"
# A shop that sends by Twilio: two texts wait, one was claimed by a worker, one customer is past every term.
LIVE = f"""
company = env.company
company.sms_provider = 'twilio'
company.write({{'sms_twilio_account_sid': 'AC' + '1' * 32, 'sms_twilio_auth_token': 'secret'}})
# The test runs at any hour of the day.
company.write({{'consent_hour_from': 0, 'consent_hour_to': 24}})
env['consent.hours.rule'].search([]).active = False
other = env['res.company'].create({{'name': 'Second shop', 'sms_provider': 'iap'}})
country = env.ref('base.us')
partner = env['res.partner'].create({{'name': 'Scripted', 'country_id': country.id, 'phone': {NUMBER!r}}})
env['consent.event']._record_sudo(partner, company, [(env.ref('consent_notify.purpose_order_sms'), 'granted', None)],
                                  source='checkout')
order = env['sale.order'].create({{'partner_id': partner.id}})
for body in ('One', 'Two', 'Three'):
    order._message_sms(body, partner_ids=partner.ids, put_in_queue=True)
claimed = env['sms.sms'].search([('state', '=', 'outgoing')], limit=1)
claimed.write({{'state': 'process'}})
env.cr.commit()
"""
# What the copy does when its staff press on: the term is over, the queue runs, a new text is written.
COPY = """
from dateutil.relativedelta import relativedelta
from unittest.mock import patch
import requests
from odoo import fields
partner = env['res.partner'].search([('name', '=', 'Scripted')])
order = env['sale.order'].search([('partner_id', '=', partner.id)])
called = []  # an exception would be taken for a provider that does not answer
def refuse(*args, **kwargs):
    called.append(args)
    raise requests.ConnectionError
with patch.object(requests.Session, 'request', refuse):
    env['sms.sms']._process_queue()
    print('RESENT', env['sandbox.message'].search_count([]))
    order._message_sms('Four', partner_ids=partner.ids, put_in_queue=True)
    env['sms.sms']._process_queue()
print('SANDBOX', env['sandbox.message'].search([]).mapped('body'))
print('CALLED', len(called))
crons = 'consent_retention consent_anchor consent_anchor_mail consent_anchor_expired sms_reconcile sms_forget'.split()
print('CRONS', any(env.ref('consent_notify.ir_cron_' + name).active for name in crons))
env.cr.commit()
"""


@pytest.fixture(scope="module")
def live(make_clone):
    """A database of a shop in business."""
    name = make_clone("live")
    run_script(name, LIVE, "The live shop could not be set up")
    state = facts(name)
    assert state["providers"] >= {"twilio", "iap"} and state["accounts"] == 1, "the copy has to change something"
    assert state["waiting"] == 3 and state["notifications"] == 3 and state["retention"] == "t"
    return name


def neutralize(name, addons=None):
    """Run the command of Odoo that makes a copy harmless."""
    config = database.write_config(f"{name}_neutralize", 8069, addons=addons, http_enable=False)
    done = subprocess.run(
        database.odoo_command(config, "neutralize", "-d", name),
        cwd=ROOT,
        env=database.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def facts(name):
    """Return what decides whether a database texts anyone."""

    def ask(query):
        return get_server().psql(query, name)

    def count(query):
        return int(ask(f"SELECT count(*) FROM {query}")[0][0])

    retention = ask(
        "SELECT active FROM ir_cron WHERE id IN (SELECT res_id FROM ir_model_data"
        " WHERE module = 'consent_notify' AND name = 'ir_cron_consent_retention')"
    )
    return {
        "providers": {provider for (provider,) in ask("SELECT sms_provider FROM res_company WHERE sms_provider > ''")},
        # The core may put its dummy token after ours: nobody promises an order of the modules.
        "accounts": count(
            "res_company WHERE sms_twilio_account_sid > '' OR sms_twilio_auth_token NOT IN ('', 'dummytoken')"
        ),
        "waiting": count("sms_sms WHERE state IN ('outgoing', 'process')"),
        "notifications": count(
            "mail_notification WHERE notification_type = 'sms' AND notification_status IN ('ready', 'process')"
        ),
        "retention": retention[0][0],
    }


HARMLESS = {"providers": {"sandbox"}, "accounts": 0, "waiting": 0, "notifications": 0, "retention": "f"}


def test_a_neutralised_copy_sends_nothing_and_destroys_nothing(live, make_clone):
    name = make_clone("copy")
    database.clone(live, name)
    neutralize(name)
    assert facts(name) == HARMLESS
    told = run_script(name, COPY, "The copy failed")
    assert "CALLED 0" in told, "a copy spoke to a provider"
    assert "RESENT 0" in told, "the queue of the shop was sent"
    assert "SANDBOX ['Four']" in told
    assert "CRONS False" in told
    held = get_server().psql("SELECT count(*) FROM res_partner WHERE name = 'Scripted' AND phone IS NOT NULL", name)
    assert held == [["1"]]


def test_neutralising_twice_is_neutralising_once(live, make_clone):
    name = make_clone("twice")
    database.clone(live, name)
    neutralize(name)
    neutralize(name)
    assert facts(name) == HARMLESS


def test_the_test_would_tell_a_missing_statement(live, make_clone, tmp_path):
    """The core itself stops scheduled actions; each of the others is ours alone."""
    shutil.copytree(ADDON, tmp_path / ADDON.name, ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / ADDON.name / "data" / "neutralize.sql"
    statements = source.read_text().split(";")
    for place, broken in (("res_company", {"providers", "accounts"}), ("mail_notification", {"notifications"}),
                          ("sms_sms", {"waiting"})):  # fmt: skip
        kept = [statement for statement in statements if not re.search(rf"^UPDATE {place}\b", statement, re.MULTILINE)]
        assert len(kept) == len(statements) - 1
        source.write_text(";".join(kept))
        name = make_clone("broken")
        database.clone(live, name)
        neutralize(name, addons=tmp_path)
        found = facts(name)
        assert {key for key in HARMLESS if found[key] != HARMLESS[key]} == broken
