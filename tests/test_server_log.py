"""What PostgreSQL itself writes down of a refusal: its log is a file that travels with backups."""

import pytest

from odoo.addons.consent_notify.tools import phone

from devtools import scan
from devtools.postgres import server_log
from devtools.server import run_script

NUMBER = "+12025550184"
REFUSED = f"""
import psycopg2
from odoo.tools import mute_logger
partner = env['res.partner'].create({{'name': 'Logged', 'phone': {NUMBER!r}}})
env.cr.commit()
refused = 0
for number in ({NUMBER!r}, '(202) 555-0184', '2025550184'):
    for query in ('UPDATE res_partner SET phone = %s WHERE id = ' + str(partner.id),
                  'INSERT INTO phone_blacklist (number) VALUES (%s)'):
        try:
            with mute_logger('odoo.sql_db'):
                env.cr.execute(query, [number])
        except psycopg2.Error:
            refused += 1
        env.cr.rollback()
print('REFUSED', refused)
"""


def test_the_log_of_postgresql_tells_a_refusal_and_no_number(make_clone):
    log = server_log()
    if log is None:
        pytest.skip("The log of a server that PGHOST names is not ours to read.")
    before = log.stat().st_size
    assert "REFUSED 6" in run_script(make_clone("log"), REFUSED, "The statements failed otherwise")
    with log.open("rb") as file:
        file.seek(before)
        told = file.read()
    assert told.count(b"_vault_fkey") >= 6, "the refusals are in the log, or this proves nothing"
    assert not scan.pattern(phone.spellings(NUMBER)).search(told)
