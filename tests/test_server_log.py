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


# As a server comes: refused statements are logged, and DETAIL tells the value.
AS_IT_COMES = "env.cr.execute(\"SET log_error_verbosity = 'default'; SET log_min_error_statement = 'error'\")\n"
# Refusals that the ORM's own statements meet: a row that is not valid, one that is there, a number erased meanwhile.
OURS = (
    AS_IT_COMES
    + f"""
import psycopg2
from odoo.tools import mute_logger
env.cr.commit()
partners, refused = env['res.partner'], []
known = partners.create({{'name': 'Known', 'phone': {NUMBER!r}}})
_listed, other = env['phone.blacklist'].create([{{'number': number}} for number in ({NUMBER!r}, '+12025550183')])
env.cr.commit()

def attempt(action):
    try:
        with mute_logger('odoo.sql_db'):
            action()
            env.flush_all()
    except psycopg2.Error as error:
        refused.append(error.pgcode)
    env.cr.rollback()
    env.invalidate_all()
    env.cr.cache.clear()

attempt(lambda: partners.create({{'name': False, 'type': 'contact', 'phone': {NUMBER!r}}}))
attempt(lambda: known.write({{'name': False, 'phone': '(202) 555-0184'}}))
attempt(lambda: other.write({{'number': {NUMBER!r}}}))
vault = type(env['phone.vault'])
seal, vault._seal_announced_sudo = vault._seal_announced_sudo, lambda self: None  # erased before it is used
attempt(lambda: partners.create({{'name': 'Late', 'phone': '+12025550185'}}))
attempt(lambda: known.write({{'phone': '+12025550185'}}))
vault._seal_announced_sudo = seal
print('REFUSED', sorted(refused))
"""
)


def log_of(name, script, expected):
    """Run a script in Odoo and return what PostgreSQL wrote into its log meanwhile."""
    log = server_log()
    if log is None:
        pytest.skip("The log of a server that PGHOST names is not ours to read.")
    before = log.stat().st_size
    told = run_script(name, script, "The statements failed otherwise")
    assert expected in told, told
    with log.open("rb") as file:
        file.seek(before)
        return file.read()


@pytest.fixture(scope="module")
def shop(make_clone):
    return make_clone("log")


def holds(told, *numbers):
    return any(scan.pattern(phone.spellings(number)).search(told) for number in numbers)


def test_the_log_of_postgresql_tells_a_refusal_and_no_number(shop):
    told = log_of(shop, REFUSED, "REFUSED 6")
    assert told.count(b"_vault_fkey") >= 6, "the refusals are in the log, or this proves nothing"
    assert not holds(told, NUMBER)


def test_as_a_server_comes_its_log_gets_the_numbers_of_other_modules_sql(shop):
    """Which is why the settings page names `log_error_verbosity` and `log_min_error_statement`."""
    told = log_of(shop, AS_IT_COMES + "env.cr.commit()\n" + REFUSED, "REFUSED 6")
    assert told.count(b"DETAIL:") >= 6
    assert holds(told, NUMBER)


def test_as_a_server_comes_its_log_gets_no_number_of_ours(shop):
    told = log_of(shop, OURS, "REFUSED ['23503', '23503', '23505', '23514', '23514']")
    assert told.count(b"DETAIL:") >= 5 and told.count(b"STATEMENT:") >= 5, "or this proves nothing"
    assert b"pn_" in told
    assert not holds(told, NUMBER, "+12025550183", "+12025550185")
