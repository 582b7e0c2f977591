"""Updates and moves of the shop's code: what the registry does not know for a while is refused, repaired or kept."""

import shutil
import subprocess

import pytest

from odoo.addons.consent_notify.tools import phone

from devtools import database, scan
from devtools.paths import ADDON, DEV, ROOT
from devtools.postgres import get_server
from devtools.server import run_script

NUMBER = "+12025550143"
MANIFEST = "{'name': 'Earlier', 'license': 'LGPL-3', 'depends': ['phone_validation'], 'data': ['data.xml']}"
DATA = '<odoo><record id="contact" model="res.partner"><field name="name">Zoe</field>%s</record></odoo>'
FIND = "partner = env.ref('cn_earlier.contact')"
COLUMNS = "SELECT phone ~ '^pn_', phone_sanitized ~ '^pn_' FROM res_partner WHERE name = 'Zoe'"


def odoo(name, addons, *arguments):
    """Run Odoo on a database to its end; return its exit status and its log."""
    config = database.write_config(f"{name}_update", 8069, addons=addons, http_enable=False, max_cron_threads=0)
    command = database.odoo_command(config, "-d", name, *arguments, "--stop-after-init")
    done = subprocess.run(command, cwd=ROOT, env=database.environment(), capture_output=True, text=True)
    return done.returncode, done.stderr


def make_addons(folder):
    """Put the addon and a module that Odoo loads before it into a folder; return the folder."""
    shutil.copytree(ADDON, folder / ADDON.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "cn_earlier").mkdir()
    (folder / "cn_earlier" / "__init__.py").touch()
    (folder / "cn_earlier" / "__manifest__.py").write_text(MANIFEST)
    write(folder, "")
    return folder


@pytest.fixture(scope="module")
def installed(make_clone, tmp_path_factory):
    """A database with the earlier module installed, whose contact has a number."""
    name, folder = make_clone("updates_installed"), make_addons(tmp_path_factory.mktemp("addons"))
    status, log = odoo(name, folder, "-i", "cn_earlier")
    assert status == 0, log[-2000:]
    run_script(name, f"{FIND}\npartner.phone = {NUMBER!r}\nenv.cr.commit()", "No number was written", addons=folder)
    return name


@pytest.fixture
def addons(tmp_path):
    return make_addons(tmp_path)


@pytest.fixture
def shop(installed):
    """A copy of that database, for one test."""
    name = f"{installed}_copy"
    database.clone(installed, name)
    assert get_server().psql(COLUMNS, name) == [["t", "t"]]
    yield name
    database.drop(name)


def write(addons, field):
    (addons / "cn_earlier" / "data.xml").write_text(DATA % field)


def test_a_number_in_the_data_of_an_earlier_module_fails_its_update(shop, addons):
    other = "+12025550144"
    write(addons, f'<field name="phone">{other}</field>')
    # Loaded with the server, the addon keeps its log clean before the addon's own turn among the modules comes.
    status, log = odoo(shop, addons, "--load", "base,rpc,web,consent_notify", "-u", "cn_earlier")
    assert status, "plain text was written, or thrown away without a word"
    assert "res_partner_phone_vault_fkey" in log
    pattern = scan.pattern(phone.spellings(other))
    assert not pattern.search(log.encode())
    assert scan.scan_dump(shop, pattern) == {}
    assert get_server().psql(COLUMNS, shop) == [["t", "t"]], "the number it had is still there"


def test_what_an_update_emptied_is_repaired_at_the_start(shop, addons):
    before = get_server().psql("SELECT phone_sanitized FROM res_partner WHERE name = 'Zoe'", shop)
    write(addons, '<field name="country_id" ref="base.us"/>')
    status, log = odoo(shop, addons, "-u", "cn_earlier")
    assert status == 0, log[-2000:]
    assert get_server().psql("SELECT phone_sanitized FROM res_partner WHERE name = 'Zoe'", shop) == before


def test_the_update_would_have_emptied_it(shop, addons):
    """Else the test before proves nothing."""
    repair = addons / ADDON.name / "models" / "phone_vault_repair.py"
    code = repair.read_text()
    assert "            self._repair_sanitized_sudo()" in code
    repair.write_text(code.replace("            self._repair_sanitized_sudo()", "            pass"))
    write(addons, '<field name="country_id" ref="base.us"/>')
    odoo(shop, addons, "-u", "cn_earlier")
    assert get_server().psql(COLUMNS, shop) == [["t", ""]]
    # The next start with the whole addon finds it, without any update.
    run_script(shop, "env.cr.commit()", "The shop did not start")
    assert get_server().psql(COLUMNS, shop) == [["t", "t"]]


OLDER = """
DROP TABLE phone_access_alert;
ALTER TABLE sms_composer DROP COLUMN numbers;
ALTER TABLE sms_sms DROP COLUMN send_after;
"""


def test_newer_code_starts_on_older_tables_and_says_what_to_do(shop, addons):
    """A table, a sealed column and a plain one of a newer version are not there until somebody updates the addon."""
    get_server().psql(OLDER, shop)
    told = run_script(shop, f"{FIND}\nprint('OPENS', partner.phone == {NUMBER!r})", "The shop did not start")
    assert "OPENS True" in told
    log = (DEV / f"{shop}_shell.log").read_text()
    assert "newer than its tables" in log and "odoo -u consent_notify" in log
    assert "Traceback" not in log
    # The update of another addon looks for missing tables; ours makes them.
    status, log = odoo(shop, addons, "-u", "cn_earlier")
    assert status == 0, log[-2000:]
    status, log = odoo(shop, addons, "-u", ADDON.name)
    assert status == 0, log[-2000:]
    assert "newer than its tables" not in log
    assert get_server().psql("SELECT count(*) FROM phone_access_alert", shop) == [["0"]]
    [[bound]] = get_server().psql(
        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'sms_composer'::regclass"
        " AND conname LIKE '%numbers_vault_fkey'",
        shop,
    )
    assert bound == "1", "the column that came is bound to the vault"


def test_without_the_addon_on_the_path_nothing_is_plain_and_nothing_lost(shop, addons, tmp_path):
    wanted = scan.pattern(phone.spellings(NUMBER))
    without = tmp_path / "without"
    (without / "cn_earlier").mkdir(parents=True)
    for name in ("__init__.py", "__manifest__.py", "data.xml"):
        shutil.copy(addons / "cn_earlier" / name, without / "cn_earlier")
    tokens = get_server().psql("SELECT phone, phone_sanitized FROM res_partner WHERE name = 'Zoe'", shop)
    script = f"""
import psycopg2
{FIND}
print('SHOWN', partner.phone.startswith('pn_'), 'phone.vault' in env)
partner.write({{'comment': 'seen'}})
env.cr.commit()
try:
    partner.phone = '+12025550145'
    partner.flush_recordset()
except psycopg2.errors.ForeignKeyViolation:
    print('REFUSED')
"""
    told = run_script(shop, script, "The shop did not start without the addon", addons=without)
    assert "SHOWN True False" in told
    assert "REFUSED" in told, "a plain number was written"
    assert scan.scan_dump(shop, wanted) == {}
    assert scan.scan_log(DEV / f"{shop}_shell.log", wanted) == 0
    assert get_server().psql("SELECT phone, phone_sanitized FROM res_partner WHERE name = 'Zoe'", shop) == tokens
    told = run_script(
        shop, f"{FIND}\nprint('OPENS', partner.phone == {NUMBER!r})", "It did not come back", addons=addons
    )
    assert "OPENS True" in told
