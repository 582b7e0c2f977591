"""The small addons that come by themselves with other apps: leads, meetings, electronic invoices, payments."""

import subprocess

import pytest

from devtools import database
from devtools.paths import ROOT
from devtools.postgres import get_server
from devtools.server import run_script

DIGITS = ("2025550181", "2025550182")
SCENE = """
country = env.ref('base.us')
partner = env['res.partner'].create({
    'name': 'Bridged', 'phone': '+1 202-555-0181', 'country_id': country.id, 'email': 'bridged@example.com',
    'street': '1 Elm', 'city': 'Reston', 'zip': '20190'})
lead = env['crm.lead'].create({'name': 'New lead', 'phone': '+12025550182', 'country_id': country.id})
env.cr.commit()
for saved in (env['crm.lead'], env['crm.lead'].create({'name': 'Saved lead'})):
    for typed in (False, '+12025550183'):
        env.invalidate_all()
        env.cr.cache.pop('consent_notify_vault', None)
        values = {'name': 'From a contact', 'type': 'opportunity', 'partner_id': partner.id, 'phone': typed}
        shown = saved.onchange(values, ['partner_id'], {'phone': {}, 'partner_id': {}, 'name': {}})['value']
        env.invalidate_all()
        env.cr.cache.pop('consent_notify_vault', None)
        copy = saved or saved.create({**values, 'phone': shown['phone']})
        copy.write({'phone': shown['phone']})
        print('FORM', '\u2022' in shown['phone'], copy.phone_sanitized == partner.phone_sanitized)
env.cr.commit()
merged = env['crm.lead'].create([
    {'name': 'Twin', 'type': 'lead', 'phone': '+12025550182', 'country_id': country.id,
     'description': '<p>+12025550182 or +12025550184?</p>'} for _twin in range(2)])
env.cr.commit()
env.invalidate_all()
env.cr.cache.pop('consent_notify_vault', None)
kept = merged.merge_opportunity()
print('MERGED', [body for body in map(str, kept.message_ids.mapped('body')) if 'Twin' in body])
colleague = env['res.users'].create({
    'name': 'Mallory', 'login': 'mallory', 'group_ids': [(6, 0, env.ref('base.group_user').ids)]}).partner_id
for contact in (colleague, env['res.partner'].create({'name': 'No colleague'})):
    about = env['crm.lead'].create({'name': 'Theirs', 'partner_id': contact.id, 'phone': '+12025550181'})
    print('PASSED ON', about.partner_phone_update, contact.phone)
writer = env['crm.lead'].create({
    'name': 'By the website', 'email_from': 'writer@example.com', 'phone': '+12025550182', 'country_id': country.id})
[proposed] = writer._message_get_suggested_recipients(reply_discussion=True, no_create=True)
print('PROPOSED', proposed['email'], proposed['create_values']['phone'])
print('WRITTEN TO', writer._partner_find_from_emails_single(['writer@example.com'], no_create=False).phone)
env.cr.commit()
order = env['sale.order'].create({'partner_id': partner.id})
details = env['calendar.event']._prepare_partner_contact_details_html('Customer', partner)
print('DETAILS', ''.join(map(str, details)))
meeting = env['calendar.event'].create({
    'name': 'Fitting', 'start': '2030-01-01 10:00:00', 'stop': '2030-01-01 11:00:00', 'partner_ids': [(4, partner.id)],
    'description': ''.join(map(str, details))})
journal = env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', env.company.id)], limit=1)
product = env['product.product'].create({'name': 'Vase', 'list_price': 10})
invoice = env['account.move'].create({
    'move_type': 'out_invoice', 'partner_id': partner.id, 'journal_id': journal.id, 'invoice_date': '2030-01-01',
    'invoice_line_ids': [(0, 0, {'product_id': product.id, 'price_unit': 10})]})
invoice.action_post()
xml, _errors = env['account.edi.xml.ubl_bis3']._export_invoice(invoice)
xml = xml.decode()
customer = xml[xml.index('<cac:AccountingCustomerParty>'):xml.index('</cac:AccountingCustomerParty>')]
print('CUSTOMER', 'bridged@example.com' in customer, 'Telephone' in customer)
env.cr.commit()
"""
# The page of Stripe and the request to Xendit: without need or agreement, with both, and what the log tells.
PAYMENTS = """
import base64, json
from unittest.mock import patch
from lxml import html
partner = env['res.partner'].create({
    'name': 'Payer', 'phone': '+1 202-555-0181', 'country_id': env.ref('base.us').id, 'email': 'payer@example.com'})
signed = env['consent.processor'].create({
    'name': 'Any', 'kind': 'payment', 'document': base64.b64encode(b'signed'), 'agreement_date': '2020-01-01',
    'company_ids': False})
providers = {code: env['payment.provider'].search([('code', '=', code)], limit=1) for code in ('stripe', 'xendit')}
providers['stripe'].write({'state': 'test', 'stripe_secret_key': 's', 'stripe_publishable_key': 'p'})
providers['xendit'].write({
    'state': 'test', 'xendit_public_key': 'p', 'xendit_secret_key': 's', 'xendit_webhook_token': 't'})
method = env['payment.method'].search([('code', '=', 'card')], limit=1)

def page(provider):
    rendered = env['ir.qweb'].with_user(env.ref('base.public_user'))._render('payment_stripe.inline_form', {
        'provider_sudo': provider, 'amount': 10, 'currency': env.company.currency_id, 'partner_id': partner.id,
        'mode': 'payment', 'pm_sudo': method, 'sale_order_id': None})
    values = json.loads(html.fromstring(str(rendered)).get('data-stripe-inline-form-values'))
    return rendered, values['billing_details']

def request(provider):
    transaction = env['payment.transaction'].create({
        'provider_id': provider.id, 'payment_method_id': method.id, 'amount': 10, 'partner_id': partner.id,
        'currency_id': env.company.currency_id.id, 'reference': f'bridge-{env.cr.sql_log_count}'})
    # The token of the address that the customer comes back to is made from a visitor's request.
    with patch('odoo.addons.payment.utils.generate_access_token', return_value='token'):
        payload = transaction._xendit_prepare_invoice_request_payload()
    return json.dumps(payload), payload['customer']

for code, give in (('stripe', page), ('xendit', request)):
    provider = providers[code]
    for needs, contract in ((False, False), (False, signed), (True, False), (True, signed)):
        provider.write({'consent_needs_phone': needs, 'consent_processor_id': contract and contract.id})
        env.cr.cache.pop('consent_notify_payment_stripe_given', None)
        before = env['phone.access'].search([])
        whole, customer = give(provider)
        if code == 'stripe':
            give(provider)  # another way to pay, on the same page
        assert 'payer@example.com' in whole
        rows = env['phone.access'].search([]) - before
        print('GIVEN', code, needs, bool(contract), '5550181' in ''.join(filter(str.isdigit, whole)),
              rows.mapped(lambda row: (row.door, row.processor == provider.name, row.res_id == partner.id)))
"""


@pytest.fixture(scope="module")
def bridged(make_clone):
    """A shop with leads and meetings, and what its script told."""
    name = make_clone("bridges")
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    done = subprocess.run(
        database.odoo_command(
            config, "-d", name, "-i", "crm,calendar,payment_stripe,payment_xendit", "--stop-after-init"
        ),
        cwd=ROOT,
        env=database.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and " ERROR " not in done.stderr, done.stderr[-2000:]
    return name, run_script(name, SCENE, "The apps failed")


def test_each_small_addon_came_by_itself(bridged):
    name, _told = bridged
    found = get_server().psql(
        "SELECT name FROM ir_module_module WHERE name LIKE 'consent_notify_%' AND state = 'installed' ORDER BY 1", name
    )
    assert [addon for (addon,) in found] == [
        "consent_notify_account_edi",
        "consent_notify_calendar",
        "consent_notify_crm",
        "consent_notify_payment_stripe",
        "consent_notify_payment_xendit",
        "consent_notify_sale_pdf_quote_builder",
        "consent_notify_stock",
    ]


def test_a_lead_holds_a_token(bridged):
    name, _told = bridged
    [[phone, sanitized]] = get_server().psql(
        "SELECT phone, phone_sanitized FROM crm_lead WHERE name::text LIKE '%New lead%'", name
    )
    assert phone.startswith("pn_") and sanitized.startswith("pn_")
    assert get_server().psql("SELECT count(*) FROM crm_lead WHERE phone !~ '^pn_'", name) == [["0"]]


def test_a_leads_form_takes_the_number_of_its_contact(bridged):
    _name, told = bridged
    assert [line for line in told.splitlines() if line.startswith("FORM")] == ["FORM True True"] * 4


def test_leads_that_are_merged_leave_no_number_in_the_chatter(bridged):
    name, told = bridged
    [line] = [line for line in told.splitlines() if line.startswith("MERGED")]
    # Masked where the number stands for itself; what somebody wrote, right or wrong, is left as it is.
    assert "+1 ••• ••• 01 82" in line
    assert (line.count("+12025550182"), line.count("+12025550184")) == (1, 1)
    found = get_server().psql("SELECT count(*) FROM mail_message WHERE body ~ 'Phone:[^•]*5550182'", name)
    assert found == [["0"]]


def test_a_colleagues_contact_takes_no_number_from_a_lead(bridged):
    _name, told = bridged
    passed = [line for line in told.splitlines() if line.startswith("PASSED ON")]
    assert passed == ["PASSED ON False False", "PASSED ON False +12025550181"]


def test_the_chatter_of_a_lead_proposes_a_mask_and_makes_a_contact_with_the_number(bridged):
    _name, told = bridged
    assert "PROPOSED writer@example.com +1 ••• ••• 01 82" in told
    assert "WRITTEN TO +12025550182" in told


def test_a_meeting_says_who_and_not_the_number(bridged):
    name, told = bridged
    assert "Bridged" in told and "tel:" not in told
    [[description]] = get_server().psql(
        "SELECT replace(description, E'\\n', ' ') FROM calendar_event WHERE name = 'Fitting'", name
    )
    assert "bridged@example.com" in description
    assert not any(digits in "".join(filter(str.isdigit, description)) for digits in DIGITS)


def test_meetings_that_are_there_already_lose_their_numbers(bridged):
    """An addon that came before its cure: however a link was written, and whatever PostgreSQL keeps of old rows."""
    name, _told = bridged
    server = get_server()
    links = (
        "<a href=''tel:+1 202-555-0181''>+1 202-555-0181</a><br/>",
        '<p><a class="x" href="tel:+12025550181"><b>+1 202-555-</b>0181</a></p>',
        '<A HREF="TEL:+12025550181">call</A>',
        "<a href=tel:+12025550181>(202) 555-0181</a>",
    )
    for link in links:
        server.psql(
            "INSERT INTO calendar_event (name, start, stop, active, privacy, show_as, user_id, description)"
            f" SELECT 'Old', start, stop, true, 'public', 'busy', user_id, '{link}' FROM calendar_event"
            " WHERE name = 'Fitting'",
            name,
        )
    server.psql(
        "UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'consent_notify_calendar'", name
    )
    [[before]] = server.psql("SELECT pg_relation_filenode('calendar_event')", name)
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    done = subprocess.run(
        database.odoo_command(config, "-d", name, "-u", "consent_notify_calendar", "--stop-after-init"),
        cwd=ROOT,
        env=database.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and " ERROR " not in done.stderr, done.stderr[-2000:]
    left = server.psql(
        "SELECT regexp_replace(description, '[^0-9•]', '', 'g') FROM calendar_event WHERE name = 'Old'", name
    )
    assert len(left) == len(links)
    assert not [digits for [digits] in left if "5550181" in digits]
    [[after]] = server.psql("SELECT pg_relation_filenode('calendar_event')", name)
    assert before != after, "the rows as they were are still in the file"


def test_an_electronic_invoice_names_the_customer_without_a_telephone(bridged):
    _name, told = bridged
    assert "CUSTOMER True False" in told


def test_a_payment_provider_gets_the_number_only_if_it_may(bridged):
    name, _told = bridged
    told = run_script(name, PAYMENTS, "The payments failed").splitlines()
    row = "[('provider', True, True)]"
    assert [line for line in told if line.startswith("GIVEN")] == [
        f"GIVEN {code} {needs} {signed} {needs and signed} {row if needs and signed else '[]'}"
        for code in ("stripe", "xendit")
        for needs, signed in ((False, False), (False, True), (True, False), (True, True))
    ]
