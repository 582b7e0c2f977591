"""Codes asked for at the same moment count each other: by number, by network, by whoever of the staff asks."""

from devtools.server import run_script

SCENE = """
import threading
from psycopg2.errors import SerializationFailure
from odoo import api
from odoo.addons.consent_notify.models import consent_code
consent_code.PER_NETWORK = 3
env.company.write({'consent_confirm': True, 'sms_provider': 'sandbox'})
order_sms = env.ref('consent_notify.purpose_order_sms')

def customers(numbers):
    partners = env['res.partner'].create([{'name': 'x', 'phone': number} for number in numbers])
    for partner in partners:
        env['consent.event']._record_sudo(partner, env.company, [(order_sms, 'granted', None)], source='import')
    env.cr.commit()
    return partners

def ask_at_once(partners, **asked):
    barrier = threading.Barrier(len(partners))

    def ask(partner_id):
        with env.registry.cursor() as cr:
            mine = api.Environment(cr, env.uid, {})
            mine['consent.code'].search_count([])
            barrier.wait(30)
            for _again in range(20):
                try:
                    mine['consent.code']._send_sudo(
                        mine['res.partner'].browse(partner_id), mine.company, **asked)
                    cr.commit()
                    return
                except SerializationFailure:
                    cr.rollback()
                    mine.invalidate_all()

    threads = [threading.Thread(target=ask, args=[partner_id]) for partner_id in partners.ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    env.cr.rollback()
    return env['consent.code'].search_count([('partner_id', 'in', partners.ids)])

print('NETWORK', ask_at_once(customers([f'+1202555016{n}' for n in range(8)]), address='198.51.100.7'))
print('STAFF', ask_at_once(customers([f'+1202555017{n}' for n in range(8)]), user=env.ref('base.user_admin')))
print('NUMBER', ask_at_once(customers(['+12025550181'] * 8)))
"""


def test_codes_at_the_same_moment_stay_within_the_limits(make_clone):
    told = run_script(make_clone("code_race"), SCENE, "The codes failed").splitlines()
    assert told == ["NETWORK 3", "STAFF 3", "NUMBER 1"]
