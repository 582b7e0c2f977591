"""Retention beside people who work: real connections, real commits, and no number lost from under anyone."""

from devtools.server import run_script

# Three customers are due. Somebody places an order for the first while the run is on; somebody else gives the second
# one's number to a new contact, and commits while the run waits for them.
RACE = """
import threading, time
from dateutil.relativedelta import relativedelta
from odoo import fields
company, country = env.company, env.ref('base.us')
purpose = env.ref('consent_notify.purpose_order_sms')
numbers = ['+12025550121', '+12025550122', '+12025550123']
buyer, shared, plain = env['res.partner'].create(
    [{'name': 'Race', 'phone': number, 'country_id': country.id} for number in numbers])
for partner in (buyer, shared, plain):
    env['consent.event']._record_sudo(partner, company, [(purpose, 'granted', None)], source='checkout')
env.cr.commit()
later = fields.Datetime.now() + relativedelta(months=13)

buying = env.registry.cursor()
env(cr=buying)['sale.order'].create({'partner_id': buyer.id}).flush_recordset()
sharing = env.registry.cursor()
newcomer = env(cr=sharing)['res.partner'].create({'name': 'New', 'phone': numbers[1], 'country_id': country.id})
newcomer.flush_recordset()
held = newcomer.id

met = []
def commit_when_waited_for():
    deadline = time.monotonic() + 30
    with env.registry.cursor() as watch:
        while not met and time.monotonic() < deadline:
            watch.execute("SELECT count(*) FROM pg_stat_activity"
                          " WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if watch.fetchone()[0]:
                met.append(True)
            watch.rollback()  # statistics stand still within a transaction
            time.sleep(0.01)
    sharing.commit()
    sharing.close()

thread = threading.Thread(target=commit_when_waited_for)
thread.start()
run = env['consent.retention']._run_sudo(later)
thread.join()
print('MET', bool(met))
env.cr.commit()
env.invalidate_all()
print('FIRST', bool(buyer.phone), bool(shared.phone), bool(plain.phone), run.skipped, run.contacts)
print('NEWCOMER', env['res.partner'].browse(held).phone == numbers[1])
buying.rollback()
buying.close()
run = env['consent.retention']._run_sudo(later)
env.cr.commit()
env.invalidate_all()
print('SECOND', bool(buyer.phone), run.skipped, run.contacts)
env.cr.execute('SELECT count(*) FROM phone_vault WHERE number_digest = ANY(%s)',
               [[env['phone.vault']._digest(number) for number in numbers]])
print('VAULT', env.cr.fetchone()[0])
env.cr.execute("SELECT count(*) FROM consent_event WHERE kind = 'expired'")
print('EXPIRED', env.cr.fetchone()[0])
"""


def test_nobodys_number_goes_from_under_them(make_clone):
    told = run_script(make_clone("race"), RACE, "The race failed").splitlines()
    assert "MET True" in told, "the run did not wait for the newcomer"
    assert "FIRST True False False 1 2" in told
    assert "NEWCOMER True" in told
    assert "SECOND False 0 1" in told
    assert "VAULT 1" in told, "the newcomer's alone"
    assert "EXPIRED 3" in told, "each once, though a batch was tried again"
