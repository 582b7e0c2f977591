"""A door's row counts whatever becomes of its request, and those of one moment count each other."""

from devtools.server import run_script

SCENE = """
import threading
from odoo import api
from odoo.exceptions import UserError
from odoo.service.server import thread_local
from odoo.addons.consent_notify.models import phone_door_look_up
env['res.partner'].create({'name': 'Zoe', 'phone': '+12025550187'})
env.cr.commit()
thread_local.rpc_model_method = 'res.partner.search'
user = env.ref('base.user_admin')
ask = env['res.partner'].with_user(user)

def rows():
    with env.registry.cursor() as cr:
        cr.execute("SELECT count(*) FROM phone_access WHERE door = 'look_up'")
        return cr.fetchone()[0]
"""
FAILING = """
print('FOUND', len(ask.search([('phone', '=', '+12025550187')])))
env.cr.rollback()
print('ROWS', rows())
"""
TOGETHER = """
phone_door_look_up.CALLS_AN_HOUR = 3
barrier, answered = threading.Barrier(8), []

def guess(number):
    thread_local.rpc_model_method = 'res.partner.search'
    with env.registry.cursor() as cr:
        mine = api.Environment(cr, user.id, {})['res.partner']
        mine.search_count([])
        barrier.wait(30)
        try:
            answered.append(len(mine.search([('phone', '=', f'+1202555018{number}')])))
        except UserError:
            pass
        barrier.wait(30)

threads = [threading.Thread(target=guess, args=[number]) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print('ANSWERED', len(answered) <= 3)
print('ROWS', rows() >= 3)
"""
RENAMING = """
env.cr.execute(f"ALTER DATABASE {env.cr.dbname} SET lock_timeout = '5s'")
env.cr.commit()
company = env.company.with_user(user)
company.name = 'Renamed'
company.flush_recordset()
company.partner_id.phone = '+12025550188'
env.cr.commit()
with env.registry.cursor() as cr:
    cr.execute("SELECT count(*) FROM phone_access WHERE door = 'typed'")
    print('ROWS', cr.fetchone()[0])
"""
PRINTING = """
from odoo.addons.consent_notify.models import phone_access, phone_door_limit
from odoo.addons.consent_notify.tools.marks import PrintDoor
phone_door_limit.LIMITS["printed"] = (("print",), 3)
phone_door_limit.request = object()
ids = env['res.partner'].create([{'name': 'x', 'phone': f'+1202555016{n}'} for n in range(8)]).ids
env.cr.commit()
barrier, printed = threading.Barrier(8), []

def show(partner_id):
    with env.registry.cursor() as cr:
        mine = api.Environment(cr, user.id, {})
        contact = mine['ir.qweb.field.contact'].with_context(consent_notify_print=PrintDoor('Slip'))
        partner = mine['res.partner'].browse(partner_id)
        partner.phone
        barrier.wait(30)
        try:
            printed.append(contact.value_to_html(partner, {'fields': ['phone']}))
        except UserError:
            pass

threads = [threading.Thread(target=show, args=[partner_id]) for partner_id in ids]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
env.cr.rollback()
print('PRINTED', len(printed), env['phone.access'].search_count([('door', '=', 'print')]))
"""


def play(make_clone, scene):
    return run_script(make_clone("look_up_race"), SCENE + scene, "The look-up failed").splitlines()


def test_a_look_up_whose_request_fails_is_counted(make_clone):
    assert play(make_clone, FAILING) == ["FOUND 1", "ROWS 1"]


def test_look_ups_at_the_same_moment_stay_within_the_limit(make_clone):
    assert play(make_clone, TOGETHER) == ["ANSWERED True", "ROWS True"]


def test_prints_at_the_same_moment_stay_within_the_limit(make_clone):
    assert play(make_clone, PRINTING) == ["PRINTED 3 3"]


def test_a_number_typed_while_a_company_is_renamed_waits_for_nobody(make_clone):
    assert play(make_clone, RENAMING) == ["ROWS 1"]
