"""A shop that mailed before it asked: what customers said to its mailings becomes part of the log."""

import os
import subprocess

import pytest

from devtools import database
from devtools.paths import ROOT
from devtools.postgres import get_server
from devtools.server import run_script

NUMBERS = {"Listed": "+12025550191", "Unsubscribed": "+12025550192", "Resubscribed": "+12025550193",
           "By number": "+12025550194", "Nobody": "+12025550195"}  # fmt: skip
BEFORE = f"""
numbers = {NUMBERS!r}
people = {{
    name: env['res.partner'].create({{'name': name, 'phone': phone, 'email': name.split()[0].lower() + '@example.com',
                                     'country_id': env.ref('base.us').id}})
    for name, phone in numbers.items()}}
env['mail.blacklist'].create({{'email': 'listed@example.com'}})
first, second = env['mailing.list'].create([{{'name': 'News'}}, {{'name': 'Sale'}}])
def subscribe(name, lists, **values):
    contact = env['mailing.contact'].create({{'name': name, **values}})
    for mailing_list, opt_out in lists:
        env['mailing.subscription'].create(
            {{'contact_id': contact.id, 'list_id': mailing_list.id, 'opt_out': opt_out}})
subscribe('Unsubscribed', [(first, True), (second, True)], email='unsubscribed@example.com')
subscribe('Resubscribed', [(first, True), (second, False)], email='resubscribed@example.com')
subscribe('By number', [(first, True)], mobile=numbers['By number'])
subscribe('Listener', [(first, False)], mobile='+12025550197')
earlier = env['mailing.mailing'].create({{
    'subject': 'Earlier', 'body_plaintext': 'Hello', 'mailing_type': 'sms', 'contact_list_ids': [(4, first.id)],
    'mailing_model_id': env['ir.model']._get_id('mailing.list')}})
env['mailing.trace'].create({{
    'mass_mailing_id': earlier.id, 'model': 'mailing.contact', 'trace_type': 'sms', 'sms_number': '+12025550197',
    'res_id': env['mailing.contact'].search([('name', '=', 'Listener')]).id, 'sms_code': 'Ab3'}})
env.cr.commit()
"""
# Who agreed to updates of the order alone, and a mailing to the buyers of orders.
MAILING = """
partner = env['res.partner'].create({
    'name': 'Buyer', 'phone': '+12025550196', 'country_id': env.ref('base.us').id, 'email': 'buyer@example.com'})
order = env['sale.order'].create({'partner_id': partner.id, 'state': 'sale'})
purpose = env.ref('consent_notify.purpose_order_sms')
env['consent.event']._record_sudo(partner, env.company, [(purpose, 'granted', None)], source='counter')
mailing = env['mailing.mailing'].create({
    'subject': 'Sale', 'body_plaintext': 'Sale!', 'mailing_type': 'sms',
    'mailing_model_id': env['ir.model']._get_id('sale.order'),
    'sms_template_id': env.ref('consent_notify.sms_template_ready').id})
mailing.action_send_sms(res_ids=order.ids)
texts = env['sms.sms'].search([('mailing_id', '=', mailing.id)])
texts.send()
traces = env['mailing.trace'].search([('mass_mailing_id', '=', mailing.id)])
print('MAILED', len(texts), texts.purpose_id.code, texts.failure_type, traces.trace_status, traces.failure_type)
"""
# What the page behind a mailing's own link looks up: the trace by its number, the subscription by its contact's.
LEAVING = """
trace = env['mailing.trace'].search([('sms_code', '=', 'Ab3')])
subscription = env['mailing.subscription'].search([
    ('list_id', 'in', trace.mass_mailing_id.contact_list_ids.ids), ('contact_id.phone_sanitized', '=', '+12025550197')])
print('LEFT', trace.sms_number == '+12025550197', subscription.contact_id.mobile == '+12025550197')
"""
# A domain from before numbers were kept out of them, whose recipients somebody has counted.
KEPT = f"""
from unittest.mock import patch
from odoo.addons.http_routing.tests.common import MockRequest
from odoo.exceptions import UserError
from odoo.tests import HttpCase
domain = [('phone_sanitized', 'in', [{", ".join(f"'+120255501{number}'" for number in range(10, 16))}])]
mailing = env['mailing.mailing'].create({{
    'subject': 'Sale', 'body_plaintext': 'Sale!', 'mailing_type': 'sms', 'mailing_domain': '[]',
    'mailing_model_id': env['ir.model']._get_id('res.partner')}})
env.flush_all()
env.cr.execute("UPDATE mailing_mailing SET mailing_domain = %s WHERE id = %s", [str(domain), mailing.id])
env.invalidate_all()
with patch.object(HttpCase, 'http_port', return_value=None), MockRequest(
    env(user=env.ref('base.user_admin'))
) as request:
    try:
        print('TOLD', request.env['mailing.mailing'].browse(mailing.id).read(['total']))
    except UserError as error:
        print('REFUSED', error)
"""


def install(name, modules):
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    command = database.odoo_command(config, "-d", name, "-i", modules, "--stop-after-init")
    done = subprocess.run(command, cwd=ROOT, env=database.environment(), capture_output=True, text=True)
    assert done.returncode == 0 and " ERROR " not in done.stderr, done.stderr[-2000:]


@pytest.fixture(scope="module")
def mailed():
    name = f"test_mailings_{os.getpid()}"
    database.clone(database.get_base_template(), name)
    install(name, "mass_mailing,mass_mailing_sms")
    run_script(name, BEFORE, "The mailings could not be made")
    install(name, "consent_notify")
    yield name
    database.drop(name)


def test_opt_outs_become_events_with_their_origin(mailed):
    rows = get_server().psql(
        "SELECT p.name, u.code, e.kind, e.source FROM consent_event e JOIN consent_subject s ON s.id = e.subject_ref"
        " JOIN res_partner p ON p.id = s.partner_id JOIN consent_purpose u ON u.id = e.purpose_id"
        f" WHERE p.name IN {tuple(NUMBERS)!r} AND s.company_id = 1 ORDER BY 1",
        mailed,
    )
    assert rows == [[name, "offer_sms", "withdrawn", "mailing"] for name in ("By number", "Listed", "Unsubscribed")], (
        "who is on another list still takes offers, and nobody said anything about their orders"
    )


@pytest.mark.parametrize(
    "table, column",
    [("res_partner", "phone"), ("mailing_contact", "mobile"), ("mailing_contact", "phone_sanitized"),
     ("mailing_trace", "sms_number")],
)  # fmt: skip
def test_numbers_of_earlier_mailings_are_sealed(mailed, table, column):
    [[sealed, plain]] = get_server().psql(
        f"SELECT count(*) FILTER (WHERE {column} ~ '^pn_'), count(*) FILTER (WHERE {column} !~ '^pn_') FROM {table}",
        mailed,
    )
    assert int(sealed) and plain == "0"


def test_whoever_leaves_by_the_mailing_s_own_page_is_found_by_number(mailed):
    told = run_script(mailed, LEAVING, "The page of the mailing failed").splitlines()
    assert "LEFT True True" in told


def test_a_mailing_to_buyers_is_an_offer_whatever_they_bought(mailed):
    told = run_script(mailed, MAILING, "The mailing could not be sent").splitlines()
    assert "MAILED 1 offer_sms consent_missing cancel consent_missing" in told


def test_a_mailing_by_numbers_kept_before_is_a_look_up(mailed):
    told = run_script(mailed, KEPT, "The recipients could not be counted")
    assert "REFUSED Up to 5 numbers" in told and "TOLD" not in told, told
