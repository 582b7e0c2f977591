"""No spelling of a customer's number stands in a dump, the file store or a log; and the search would find one."""

import base64
import re
import shutil

import pytest

from odoo.addons.consent_notify.tools import keyring, phone, vault

from devtools import database, scan
from devtools.paths import ADDON, DEV, KEYRING
from devtools.postgres import get_server
from devtools.server import run_script

PLANTED = "+12025550178"
SCRIPTED = "+12025550191"
# (file of the model, table, column) of each field that is sealed.
COLUMNS = [
    ("res_partner", "res_partner", "phone"),
    ("mail_thread_phone", "res_partner", "phone_sanitized"),
    ("phone_blacklist", "phone_blacklist", "number"),
    ("sms_sms", "sms_sms", "number"),
    ("mail_notification", "mail_notification", "sms_number"),
    ("payment_transaction", "payment_transaction", "partner_phone"),
]
# Rows of wizards, which stay for a while: no errand of `test_dump_shop.py` leaves one.
LEFT = [("phone_blacklist_remove", "phone"), ("sms_twilio_account_manage", "test_number")]
FLOW = """
country = env.ref('base.us')
partner = env['res.partner'].create({{'name': 'Scripted', 'country_id': country.id, 'phone': {number!r}}})
order = env['sale.order'].create({{'partner_id': partner.id}})
order._message_sms('Ready', partner_ids=partner.ids)
payer = env.ref('payment.payment_provider_demo')
payer.consent_needs_phone = True  # else it would get no number, and without an agreement it gets none either
payer.consent_processor_id = env['consent.processor'].create(
    {{'name': 'Payer', 'kind': 'payment', 'document': b'c2lnbmVk', 'agreement_date': '2020-01-01'}})
env['payment.transaction'].create({{
    'provider_id': env.ref('payment.payment_provider_demo').id,
    'payment_method_id': env.ref('payment_demo.payment_method_demo').id,
    'amount': 1, 'currency_id': env.company.currency_id.id, 'partner_id': partner.id, 'reference': 'scripted',
}})
env['phone.blacklist'].create({{'number': {number!r}}})
env['phone.blacklist.remove'].create({{'phone': {number!r}}})
env['sms.twilio.account.manage'].create({{'test_number': {number!r}}})
env.cr.commit()
"""


def wanted(e164, *typed):
    return scan.pattern({*phone.spellings(e164), *typed})


def test_a_flow_through_all_six_columns_leaves_no_number(make_clone):
    name = make_clone("six")
    run_script(name, FLOW.format(number=SCRIPTED), "The flow failed")
    digest = vault.digest(keyring.load(KEYRING), SCRIPTED)
    for table, column in [*(place[1:] for place in COLUMNS), *LEFT]:
        held = get_server().psql(
            f"SELECT count(*) FROM {table} t JOIN phone_vault v ON v.token = t.{column}"
            f" WHERE v.number_digest = '{digest}'",
            name,
        )
        assert int(held[0][0]) >= 1, f"{table}.{column} was not touched: the next tests would prove nothing"
    assert scan.scan_dump(name, wanted(SCRIPTED)) == {}
    assert scan.scan_log(DEV / f"{name}_shell.log", wanted(SCRIPTED)) == 0


@pytest.mark.parametrize("code", [bytes, base64.b64encode, base64.encodebytes])
def test_a_number_within_bytes_is_found(code):
    kept = [code(f"name,phone\nZoe,{number}\n".encode()).hex() for number in (PLANTED, SCRIPTED)]
    lines = ["COPY public.kept (id, content, name) FROM stdin;"]
    lines += [f"{row}\t\\\\x{content}\tx" for row, content in enumerate(kept)]
    lines += ["2\t\\\\x are no bytes\tx", "\\.", ""]
    assert scan.find_places([f"{line}\n".encode() for line in lines], wanted(PLANTED)) == {"kept.content": 1}


@pytest.mark.parametrize(("model", "table", "column"), COLUMNS)
def test_the_dump_tells_when_one_column_is_not_sealed(make_clone, tmp_path, model, table, column):
    """Run the same flow with an addon that forgot one `sealed=True`."""
    shutil.copytree(ADDON, tmp_path / ADDON.name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    (tmp_path / ADDON.name / "tests").mkdir()
    (tmp_path / ADDON.name / "tests" / "__init__.py").touch()
    source = tmp_path / ADDON.name / "models" / f"{model}.py"
    field = rf"^    {column} = fields\.Char\(sealed=True"
    code, changed = re.subn(field, f"    {column} = fields.Char(", source.read_text(), flags=re.MULTILINE)
    assert changed == 1
    source.write_text(code)
    name = make_clone(f"without_{model}")
    # The template was made with the field sealed; had it never been, it would have no key.
    get_server().psql(f"ALTER TABLE {table} DROP CONSTRAINT {vault.key_name(table, column)}", name)
    run_script(name, FLOW.format(number=SCRIPTED), "The flow failed", addons=tmp_path)
    assert list(scan.scan_dump(name, wanted(SCRIPTED))) == [f"{table}.{column}"]
    database.drop(name)
