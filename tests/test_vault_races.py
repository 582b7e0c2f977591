"""Two connections at the vault at once: one fails loudly and can be tried again, and no living number is lost."""

from devtools.server import run_script

SCENE = """
import threading, time
import psycopg2
from pathlib import Path
from odoo import api
from odoo.tools import mute_logger
Partner = env['res.partner']

def other():
    cr = env.registry.cursor()
    return cr, api.Environment(cr, env.uid, {})

def wait_for_lock(ended=lambda: False):
    # Until PostgreSQL says that somebody waits for a lock, or `ended()` says that nobody will.
    deadline = time.monotonic() + 30
    with env.registry.cursor() as watch:
        while not ended():
            watch.execute("SELECT count(*) FROM pg_stat_activity"
                          " WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if watch.fetchone()[0]:
                return
            assert time.monotonic() < deadline, 'nobody waited for a lock'
            watch.rollback()  # statistics stand still within a transaction
            time.sleep(0.01)

def outcome(action):
    try:
        with mute_logger('odoo.sql_db'):
            action()
        return 'DONE'
    except psycopg2.Error as error:
        return error.pgcode

class Beside(threading.Thread):
    def __init__(self, action):
        super().__init__()
        self.action = action
        self.start()
        wait_for_lock(lambda: not self.is_alive())
    def run(self):
        self.told = outcome(self.action)
    def ask(self):
        self.join(30)
        return self.told
"""
# Erasure has deleted the vault row and not yet committed; somebody who has the number open writes it elsewhere.
USE_AFTER_ERASURE = """
partner = Partner.create({'name': 'Gone', 'phone': '+12025550131'})
env.cr.commit()
cr, beside = other()
reader = beside['res.partner'].browse(partner.id)
assert reader.phone == '+12025550131'
partner.phone = False
env['phone.vault']._destroy_unused_sudo()
def use():
    beside['res.partner'].create({'name': 'Kept', 'phone': reader.phone}).flush_recordset()
    cr.commit()
thread = Beside(use)
env.cr.commit()
print('USE', thread.ask())
cr.rollback()
print('RETRY', outcome(lambda: (beside['res.partner'].create({'name': 'Kept', 'phone': '+12025550131'}), cr.commit())))
env.cr.commit()
env.invalidate_all()
print('KEPT', Partner.search([('name', '=', 'Kept')]).mapped('phone'))
"""
# Somebody has written the number and not yet committed; erasure looks, finds nobody with it, and deletes.
ERASURE_AFTER_USE = """
partner = Partner.create({'name': 'Gone', 'phone': '+12025550132'})
env.cr.commit()
partner.phone = False
env.cr.commit()
cr, beside = other()
beside['res.partner'].create({'name': 'Kept', 'phone': '+12025550132'}).flush_recordset()
thread = Beside(lambda: (env['phone.vault']._destroy_unused_sudo(), env.cr.commit()))
cr.commit()
print('ERASE', thread.ask())
env.cr.rollback()
env.invalidate_all()
print('KEPT', Partner.search([('name', '=', 'Kept')]).mapped('phone'))
"""
SAME_NEW_NUMBER = """
cr, beside = other()
cr.execute('SELECT 1')  # its view of the database begins here
beside['res.partner'].search_count([])
Partner.create({'name': 'First', 'phone': '+12025550133'}).flush_recordset()
def second():
    beside['res.partner'].create({'name': 'Second', 'phone': '+12025550133'}).flush_recordset()
    cr.commit()
thread = Beside(second)
env.cr.commit()
print('SECOND', thread.ask())
cr.rollback()
beside.invalidate_all()
print('RETRY', outcome(second))
env.cr.commit()
env.invalidate_all()
print('BOTH', Partner.search([('name', 'in', ('First', 'Second'))]).mapped('phone'))
digest = env['phone.vault']._digest('+12025550133')
env.cr.execute('SELECT count(*) FROM phone_vault WHERE number_digest = %s', [digest])
print('ROWS', env.cr.fetchone()[0])
"""
# Two hosts, each with a disk of its own and no keyring yet, start on the same database.
TWO_HOSTS = """
import tempfile
from odoo.addons.consent_notify.tools.errors import KeyringError
from odoo.addons.consent_notify.tools.keyring_provider import FINGERPRINT, FileProvider, load_keyring
folder = Path(tempfile.mkdtemp())
env.cr.execute('DELETE FROM ir_config_parameter WHERE key = %s', [FINGERPRINT])
# A shop at its very beginning: with rows in the vault no keyring is made.
env.cr.execute('''SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'phone_vault'::regclass''')
for table, column in env.cr.fetchall():
    env.cr.execute(f'UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL')
env.cr.execute('DELETE FROM phone_vault')
env.cr.commit()
cr, beside = other()
cr.execute('SELECT 1 FROM ir_config_parameter LIMIT 1')
load_keyring(env.cr, FileProvider(folder / 'one'))
def second():
    try:
        load_keyring(cr, FileProvider(folder / 'two'))
        print('MADE TWO')
    except KeyringError as error:
        print('TOLD', error)
thread = Beside(second)
env.cr.commit()
thread.ask()
print('FILES', sorted(path.name for path in folder.iterdir()))
"""

# A backup reads to its end; whoever retires a key meanwhile must not have all others queue behind.
RETIRE_DURING_BACKUP = """
from odoo.addons.consent_notify.tools import vault_keys
from odoo.addons.consent_notify.tools.errors import VaultInUseError
cr, beside = other()
cr.execute('SELECT count(*) FROM phone_vault')
def retire():
    try:
        vault_keys.forbid_key(env.cr, b'gone')
    except VaultInUseError:
        print('TOLD')
thread = Beside(retire)
with env.registry.cursor() as reader:
    reader.execute("SET lock_timeout = '25s'")
    reader.execute('SELECT count(*) FROM phone_vault')
    print('READS')
print('ENDED', thread.ask())
env.cr.rollback()
"""
# An erasure has deleted a row that is not resealed yet; the command waits for it, and goes on without it.
RESEAL_DURING_ERASURE = """
from odoo.addons.consent_notify.cli import keys
from odoo.addons.consent_notify.tools import vault_keys
partner = Partner.create({'name': 'Gone', 'phone': '+12025550134'})
env.cr.commit()
new = env['phone.vault']._keyring().with_new_key()
partner.phone = False
env['phone.vault']._destroy_unused_sudo()
cr, beside = other()
def rotate():
    while keys.reseal_batch(cr, new):
        pass
thread = Beside(rotate)
env.cr.commit()
print('ROTATE', thread.ask())
print('KEYS', len(vault_keys.count_by_key(cr)))
"""


def play(make_clone, scene):
    return run_script(make_clone("vault_race"), SCENE + scene, "The race failed").splitlines()


def test_a_use_during_an_erasure_fails_and_can_be_tried_again(make_clone):
    told = play(make_clone, USE_AFTER_ERASURE)
    assert {"USE 23503", "USE 40001"} & set(told), "the use of an erased number did not fail"
    assert "RETRY DONE" in told
    assert "KEPT ['+12025550131']" in told


def test_an_erasure_during_a_use_fails_and_the_number_lives(make_clone):
    told = play(make_clone, ERASURE_AFTER_USE)
    assert {"ERASE 23503", "ERASE 40001"} & set(told), "a number in use was erased"
    assert "KEPT ['+12025550132']" in told


def test_the_second_sealer_of_a_new_number_tries_again(make_clone):
    told = play(make_clone, SAME_NEW_NUMBER)
    assert "SECOND 40001" in told
    assert "RETRY DONE" in told
    assert "BOTH ['+12025550133', '+12025550133']" in told
    assert "ROWS 1" in told


def test_one_host_makes_the_keyring_and_the_other_is_told(make_clone):
    told = play(make_clone, TWO_HOSTS)
    assert any(line.startswith("TOLD The keyring of this database is missing") for line in told)
    assert "FILES ['one']" in told


def test_nobody_waits_for_whoever_retires_a_key_during_a_backup(make_clone):
    assert play(make_clone, RETIRE_DURING_BACKUP) == ["TOLD", "READS", "ENDED DONE"]


def test_a_rotation_outlives_an_erasure_beside_it(make_clone):
    told = play(make_clone, RESEAL_DURING_ERASURE)
    assert "ROTATE DONE" in told
    assert "KEYS 1" in told
