"""Shops that were there before the addon: sealed whole or not at all, and given back as they were."""

import os
import signal
import subprocess
import time

import pytest

from odoo.addons.consent_notify.tools import phone

from devtools import database, people, scan
from devtools.paths import DEV, ROOT
from devtools.postgres import get_server
from devtools.server import run_script
from devtools.terminal import Shell

COUNT = 20_000
NUMBERS = "SELECT id, phone, phone_sanitized FROM res_partner ORDER BY id"
# Spelled as people do, each to come back byte for byte.
ODD = (
    '+7 (900) 100-00-01 "home"',
    "8\u00a0900\u00a0100 00 02",
    "C:\\phones\\3",
    "NULL",
    "{+79001000004,x}",
    "call 'Anna'",
    "+7 900 100 00 05 доб. 12",
)
# What the core itself puts beside a number when it is typed: rows written by PostgreSQL alone lack it.
SANITIZE = """
odd = env['res.partner'].with_context(active_test=False).search([('name', '=', 'Odd')])
env.add_to_compute(odd._fields['phone_sanitized'], odd)
env.cr.commit()
print('SANITIZED', len(odd), odd.mapped('phone_sanitized'))
"""


@pytest.fixture(scope="module")
def shop_before():
    """A database without the addon in which 20,000 contacts have numbers."""
    name = f"test_before_{os.getpid()}"
    database.clone(database.get_base_template(), name)
    people.fill(name, COUNT)
    texts = ", ".join(f"""('Odd', 'Odd', $q${text}$q$, 'ask')""" for text in ODD)
    get_server().psql(f"INSERT INTO res_partner (name, complete_name, phone, autopost_bills) VALUES {texts}", name)
    told = run_script(name, SANITIZE, "The core could not sanitise the odd numbers")
    assert f"SANITIZED {len(ODD)} " in told and "'+79001000005'" in told, "the core drops the extension"
    yield name
    database.drop(name)


@pytest.fixture
def shop(shop_before):
    name = f"test_install_{os.getpid()}"
    database.clone(shop_before, name)
    yield name
    database.drop(name)


def start(name):
    """Begin to install the addon in a process of its own; return it and its log."""
    log = DEV / f"{name}.log"
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    with log.open("w") as file:
        process = subprocess.Popen(
            database.odoo_command(config, "-d", name, "-i", "consent_notify", "--stop-after-init"),
            cwd=ROOT,
            env=database.environment(),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return process, log


def install(name):
    process, log = start(name)
    assert process.wait(300) == 0, log.read_text()[-2000:]
    return log.read_text()


def wait_for_words(process, log, words):
    deadline = time.monotonic() + 120
    while words not in log.read_text():
        assert process.poll() is None and time.monotonic() < deadline, f"never said: {words}"
        time.sleep(0.005)


def numbers(name):
    return get_server().psql(NUMBERS, name)


def wanted():
    return scan.pattern(
        {spelling for i in (0, 1, 2, 3, 4, COUNT - 6) for spelling in phone.spellings(people.number(i))}
    )


@pytest.mark.parametrize(
    "words",
    [
        "rows of res_partner of ",  # the first batch was written
        "loading consent_notify/data/ir_cron_data.xml",  # all was sealed; the keys are not there yet
    ],
)
def test_killed_at_any_moment_nothing_has_happened(shop, words, tmp_path):
    before = numbers(shop)
    assert len(before) > COUNT
    process, log = start(shop)
    wait_for_words(process, log, words)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if "of res_partner of" in words:
        assert "rows of phone_blacklist" not in log.read_text() and "res_partner in" not in log.read_text()
    wait_until_alone(shop)
    assert numbers(shop) == before
    assert get_server().psql("SELECT to_regclass('phone_vault') IS NULL", shop) == [["t"]]
    # And it can be done again, to its end, and undone.
    told = install(shop)
    assert " ERROR " not in told and "CRITICAL" not in told
    held = sum(bool(phone_text or sanitized) for _id, phone_text, sanitized in before)
    assert f"Sealed {held:,} rows of res_partner in" in told
    assert scan.scan_dump(shop, wanted()) == {}
    assert scan.scan_log(DEV / f"{shop}.log", wanted()) == 0
    plain = "SELECT count(*) FROM res_partner WHERE phone !~ '^pn_' OR phone_sanitized !~ '^pn_'"
    assert get_server().psql(plain, shop) == [["0"]]
    sealed = numbers(shop)
    kill_uninstall(Shell(shop, tmp_path))
    assert numbers(shop) == sealed
    code, _out, err = Shell(shop, tmp_path).run("uninstall", "--yes")
    assert code == 0, err[-2000:]
    assert numbers(shop)[: len(before)] == before
    assert set(scan.scan_dump(shop, wanted())) >= {"res_partner.phone", "res_partner.phone_sanitized"}, (
        "the search would not find a number"
    )


def kill_uninstall(shell):
    """Begin to give the numbers back and kill it while it does."""
    process = shell.start("uninstall", "--yes")
    said = []
    for line in process.stderr:
        said.append(line)
        if "rows of res_partner of" in line:
            break
    assert process.poll() is None and "Gave back" in said[-1], "".join(said[-20:])
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until_alone(shell.name)
    state = "SELECT state FROM ir_module_module WHERE name = 'consent_notify'"
    assert get_server().psql(state, shell.name) == [["to remove"]], "it was killed too early to prove anything"


def wait_until_alone(name):
    """PostgreSQL notices a dead client when it next speaks to it."""
    deadline = time.monotonic() + 60
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    while get_server().psql(query) != [["0"]]:
        assert time.monotonic() < deadline, "a dead client's transaction lives on"
        time.sleep(0.1)
