"""A day in a running shop leaves no number in the dump, the file store or a log, however it was spelled."""

import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from busy_browser import SECRET
from busy_shop import E164, FACTORS, TYPED, Day

from odoo.addons.consent_notify.models.phone_access import DOORS
from odoo.addons.consent_notify.tools import keyring, phone, vault

from devtools import database, scan
from devtools.demo import SALESPERSON, set_up
from devtools.paths import KEYRING, ROOT
from devtools.postgres import get_server, server_log
from devtools.server import free_port, run_script, serving
from devtools.shopping import CUSTOMERS
from devtools.shopping import E164 as BOUGHT
from devtools.story import tell

ALL = {**E164, "checkout": BOUGHT["en"]}
# Where the number of each errand has to stand as a token, or the errand was not done; PostgreSQL refused the others.
HELD = {
    "composer": ["sms_composer.recipient_single_number_itf", "sms_sms.number", "mail_notification.sms_number"],
    "mass": ["res_partner.phone", "res_partner.phone_sanitized", "sms_sms.number"],
    "mass too": ["res_partner.phone", "sms_sms.number"],
    "numbers": ["sms_composer.numbers", "sms_sms.number"],
    "import": ["res_partner.phone"],
    "import too": ["res_partner.phone"],
    "attendee": ["res_partner.phone"],
    "blacklist": ["phone_blacklist.number"],
    "blacklist twice": ["phone_blacklist.number"],
    "doors": ["res_partner.phone"],
    "portal": ["res_partner.phone"],
    "company": ["res_partner.phone"],
    "paper": ["res_partner.phone"],
    "answers": ["res_partner.phone"],
    "delivery": ["res_partner.phone"],
    "express": ["res_partner.phone"],
    "merged": ["res_partner.phone"],
    "copied": ["res_partner.phone"],
    "lead": ["crm_lead.phone"],
    "invoice": ["res_partner.phone"],
    "checkout": ["res_partner.phone", "sandbox_message.number", "payment_transaction.partner_phone"],
}
# The same reading with the mask taken off, as it would be on Odoo alone.
UNMASKED = """
from unittest.mock import patch
sales = env['res.users'].search([('login', '=', 'sales')])
attendee = env['calendar.attendee'].search([('partner_id.name', '=', 'Attendee')], limit=1).with_user(sales)
vault = type(env['phone.vault'])
with patch.object(vault, '_mask_rows', lambda self, model, fnames, rows: rows):
    print('SHOWN', attendee.read(['phone'])[0]['phone'])
env.invalidate_all()
event = env['calendar.event'].with_user(sales)
values = {'name': 'Pasted', 'description': '<a href="tel:+12025550110">the guest</a>'}
with patch.object(vault, '_unlink_numbers', lambda self, html: html):
    print('LINK', event.create(values).description)
print('MASKED', attendee.read(['phone'])[0]['phone'], event.create(values).description)
"""
PLANT = """
UPDATE calendar_event SET description = '<p>(202) 555-0101</p>' WHERE name = 'Fitting';
UPDATE ir_attachment SET index_content = E'TEL:+1-202-555-0106\\nEND' WHERE id = (SELECT min(id) FROM ir_attachment);
UPDATE bus_bus SET message = '{"body": "tel:+12025550109"}' WHERE id = (SELECT min(id) FROM bus_bus);
"""


@dataclass(frozen=True)
class Evening:
    """What is left of the day."""

    database: str
    day: Day
    log: Path
    log_of_postgresql: bytes | None

    def psql(self, query):
        return get_server().psql(query, self.database)


def wanted(numbers, *typed):
    return scan.pattern({*(text for e164 in numbers for text in phone.spellings(e164)), *typed})


EVERYTHING = wanted(ALL.values(), *TYPED.values(), CUSTOMERS["en"]["phone"])


@pytest.fixture(scope="module")
def evening(make_clone):
    name = make_clone("busy")
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    done = subprocess.run(
        database.odoo_command(config, "-d", name, "-i", "calendar,crm,payment_stripe", "--stop-after-init"),
        cwd=ROOT,
        env=database.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    set_up(name)
    run_script(name, FACTORS.format(secret=SECRET), "The manager could not be given a second factor")
    log = server_log()
    before = log.stat().st_size if log else 0
    psql = partial(get_server().psql, database=name)
    with serving(name, free_port()) as server:
        tell(server, psql, SALESPERSON)
        day = Day(server, psql)
        day.run()
    told = None
    if log:
        with log.open("rb") as file:
            file.seek(before)
            told = file.read()
    return Evening(name, day, server.log, told)


def test_each_errand_was_done(evening):
    ring = keyring.load(KEYRING)
    missing = []
    for errand, columns in HELD.items():
        for place in columns:
            table, column = place.split(".")
            digest = vault.digest(ring, ALL[errand])
            [[found]] = evening.psql(
                f"SELECT count(*) FROM {table} t JOIN phone_vault v ON v.token = t.{column}"
                f" WHERE v.number_digest = '{digest}'"
            )
            if found == "0":
                missing.append((errand, place))
    assert missing == []
    [[later, meetings, files]] = evening.psql(
        "SELECT (SELECT count(*) FROM mail_message_schedule s JOIN phone_vault v ON v.token = s.sms_parameters),"
        " (SELECT count(*) FROM calendar_event WHERE description LIKE '%202%' OR description LIKE '%guest%'),"
        " (SELECT count(*) FROM base_import_import WHERE length(sealed_file) > 60)"
    )
    assert (later, meetings, files) == ("1", "1", "1")


def test_each_word_answer_and_wish_arrived(evening):
    """What leaves no token behind: words in chatters, answers in the log, a number that was erased."""
    noted = "SELECT count(*) FROM mail_message WHERE model = 'sale.order' AND body LIKE '%{words}%'"
    kept = "SELECT count(*) FROM consent_event WHERE source = '{source}' AND kind = 'granted'"
    for query in (
        noted.format(words="Ring my mother, %, she is at home"),
        noted.format(words="Ring % before"),
        kept.format(source="paper"),
        kept.format(source="import"),
        "SELECT count(*) FROM ir_attachment WHERE res_model = 'consent.event' AND name = 'signed.pdf'",
        "SELECT count(*) FROM ir_attachment WHERE res_model = 'account.move' AND name = 'invoice.xml'",
        "SELECT count(*) FROM consent_request WHERE state = 'done' AND answer LIKE '%erased%'",
        "SELECT count(*) FROM res_partner WHERE name = 'Erased' AND phone IS NULL",
    ):
        assert evening.psql(query) != [["0"]], query
    digest = vault.digest(keyring.load(KEYRING), E164["erased"])
    assert evening.psql(f"SELECT count(*) FROM phone_vault WHERE number_digest = '{digest}'") == [["0"]]


def test_doors_gave_the_number_and_nothing_else_did(evening):
    assert set(evening.day.opened) == {"show", "call", "export", "print", "provider"}
    for door, answer in evening.day.opened.items():
        assert wanted([E164["doors"]], TYPED["doors"]).search(answer.encode()), door
    doors = evening.psql("SELECT DISTINCT door FROM phone_access ORDER BY 1")
    assert {door for [door] in doors} == set(dict(DOORS)), "each door was opened, or refused a wrong password"
    leaks = [answer[:80] for answer in evening.day.staff.answers if EVERYTHING.search(answer.encode())]
    assert leaks == [], "an answer to the manager held a number"


def test_nothing_left_in_the_dump_the_files_and_the_logs(evening):
    assert scan.scan_dump(evening.database, EVERYTHING) == {}
    assert scan.scan_files(evening.database, EVERYTHING) == 0
    assert b" ERROR " in evening.log.read_bytes(), "the refused writes are in the log, or this proves nothing"
    assert scan.scan_log(evening.log, EVERYTHING) == 0


def test_nothing_left_in_the_log_of_postgresql(evening):
    if evening.log_of_postgresql is None:
        pytest.skip("PGHOST names a server whose log is not ours to read")
    assert b"_vault_fkey" in evening.log_of_postgresql and b"duplicate key" in evening.log_of_postgresql
    assert not EVERYTHING.search(evening.log_of_postgresql)


def test_the_search_would_have_found_each_of_them(evening, make_clone):
    name = make_clone("busy_planted")
    database.clone(evening.database, name)
    get_server().psql(PLANT, name)
    assert scan.scan_dump(name, EVERYTHING) == {
        "calendar_event.description": 1,
        "ir_attachment.index_content": 1,
        "bus_bus.message": 1,
    }
    for errand, typed in TYPED.items():
        assert wanted([E164[errand]]).search(b"x" + phone.to_e164(typed, "US").encode()), errand
        assert EVERYTHING.search(typed.encode()), errand


def test_a_salesperson_reads_no_guest_s_number_in_a_meeting(evening):
    seen = evening.day.curious
    assert len([answer for answer in seen if "01 09" in answer]) >= 4, "the guest was read again and again, masked"
    assert not [answer[:80] for answer in seen if EVERYTHING.search(answer.encode())]


def test_without_the_mask_the_meeting_would_tell_it(evening, make_clone):
    name = make_clone("busy_unmasked")
    database.clone(evening.database, name)
    told = run_script(name, UNMASKED, "The meeting could not be read")
    shown, masked = told.split("MASKED")
    assert EVERYTHING.search(shown.split("LINK")[0].encode()), "what the mask has to hide"
    assert E164["pasted"] in shown.split("LINK")[1], "what the link has to lose"
    assert "•" in masked
    assert not EVERYTHING.search(masked.encode())
