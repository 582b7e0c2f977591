"""`./dev demo`: from a bare clone to a running shop, with one order told as a story."""

import argparse
import threading
from contextlib import ExitStack
from functools import partial

from . import database
from .narrate import narrate
from .paths import fingerprint, locked
from .postgres import get_server
from .reply import reply
from .server import refuse_busy_port, run_script, serving
from .shopping import CUSTOMERS
from .story import tell
from .ui import say, step

NAME = "demo"
LANGUAGES = {"en": "en_US", "ru": "ru_RU"}
# Known passwords: for the database `demo` alone, which listens on this machine only.
SALESPERSON = ("sales", "sales")
MANAGER = ("manager", "manager")
CUSTOMER_PASSWORD = "customer"

LOAD_LANGUAGE = """
lang = env['res.lang']._activate_lang({code!r})
websites = env['website'].search([])
env['base.language.install'].create(
    {{'lang_ids': [(6, 0, lang.ids)], 'website_ids': [(6, 0, websites.ids)], 'overwrite': True}}
).lang_install()
websites.write({{'default_lang_id': lang.id, 'language_ids': [(4, lang.id)]}})
env['res.users'].with_context(active_test=False).search([]).partner_id.write({{'lang': {code!r}}})
env['ir.default'].set('res.partner', 'lang', {code!r})
env.cr.commit()
"""
# The pickup point gets its place on the map here: else each look at a product asks a stranger's server for it.
SET_UP = """
company = env.ref('base.main_company')
env['stock.warehouse'].search([]).partner_id.write({{'partner_latitude': 55.75, 'partner_longitude': 37.62}})
if env['ir.actions.report'].get_wkhtmltopdf_state() != 'ok':
    # The confirmation goes out without its PDF rather than not at all.
    env['mail.template'].search([('model', '=', 'sale.order')]).report_template_ids = False
salesperson, _manager = env['res.users'].with_context(no_reset_password=True).create([
    {{'name': {names[0]!r}, 'login': {sales[0]!r}, 'password': {sales[1]!r}, 'email': 'sales@example.com',
      'lang': {code!r}, 'company_id': company.id, 'company_ids': [(6, 0, company.ids)],
      'group_ids': [(6, 0, [env.ref('sales_team.group_sale_salesman').id])]}},
    {{'name': {names[1]!r}, 'login': {manager[0]!r}, 'password': {manager[1]!r}, 'email': 'manager@example.com',
      'lang': {code!r}, 'company_id': company.id, 'company_ids': [(6, 0, company.ids)],
      'group_ids': [(6, 0, [env.ref('sales_team.group_sale_manager').id, env.ref('base.group_system').id,
                            env.ref('consent_notify.group_manager').id])]}},
])
# The website's customers are the salesperson's: a salesperson sees no others.
env['website'].search([]).salesperson_id = salesperson
# The story is told at any hour of the day; only the customer's own hours make a text of it wait.
days = ('week', 'saturday', 'sunday')
env.ref('consent_notify.consent_hours_rule_everywhere_order').write(
    {{**{{f'{{day}}_from': 0 for day in days}}, **{{f'{{day}}_to': 24 for day in days}}}})
company.write({{'consent_hour_from': 0, 'consent_hour_to': 24, 'consent_daily_cap': 0}})
env.cr.commit()
"""
STAFF_NAMES = {"en": ("Sam Sales", "Mary Manager"), "ru": ("Сергей, продавец", "Мария, управляющая")}
WORDS = {
    "en": (
        "The shop is open (Ctrl-C closes it):",
        ("Shop", "Back office", "Texts in the sandbox"),
        ("Customer", "Salesperson", "Manager", "password"),
    ),
    "ru": (
        "Магазин открыт (Ctrl-C закрывает его):",
        ("Магазин", "Для сотрудников", "СМС в песочнице"),
        ("Клиент", "Продавец", "Управляющая", "пароль"),
    ),
}


def demo(arguments):
    """Build the shop, tell the story of one order and keep the shop open."""
    parser = argparse.ArgumentParser(prog="./dev demo", description=demo.__doc__)
    parser.add_argument("--once", action="store_true", help="tell the story and stop")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of shop and story")
    parser.add_argument("--port", type=int, default=8069, help="where the shop listens (8069)")
    # Tests tell the story beside a shop that somebody may have open.
    parser.add_argument("--database", default=NAME, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    refuse_busy_port(chosen.port)  # before anything long
    template, name = demo_template(chosen.lang), chosen.database
    with (
        locked(name, "The demo runs in this checkout already: stop it with Ctrl-C, then run this again."),
        ExitStack() as shop,
    ):
        with step("Opening the shop"):
            database.clone(template, name)
            # Links in texts open this very shop, wherever it listens.
            address = (
                f"UPDATE ir_config_parameter SET value = 'http://localhost:{chosen.port}' WHERE key = 'web.base.url'"
            )
            get_server().psql(address, name)
            server = shop.enter_context(serving(name, chosen.port))
        with step("A customer orders, a salesperson marks the order ready"):
            story = tell(server, partial(get_server().psql, database=name), SALESPERSON, chosen.lang)
        with step("The customer replies STOP"):
            reply(server, story, partial(get_server().psql, database=name), MANAGER)
        narrate(story)
        if not chosen.once:
            _give_account(server, story)
            _show_doors(server, chosen.lang)
            _wait_for_the_end()
    return 0


def demo_template(lang="en"):
    """Return the name of a database with the demo's staff, in the language, making it the first time."""
    template = database.get_template()
    name = f"cn_demo_{lang}_{fingerprint(template, SET_UP, LOAD_LANGUAGE)}"
    with locked("build"):
        if not database.exists(name):
            _make_demo_template(template, name, lang)
    return name


def _make_demo_template(template, name, lang):
    for (old,) in get_server().psql(f"SELECT datname FROM pg_database WHERE datname ~ '^cn_demo_{lang}_'"):
        database.drop(old)
    part = f"part_demo_{lang}"
    database.clone(template, part)
    try:
        if lang != "en":
            with step("Loading the language (about a minute)"):
                run_script(part, LOAD_LANGUAGE.format(code=LANGUAGES[lang]), "Odoo could not load the language")
        with step("Setting up the shop"):
            set_up(part, lang)
        database.rename(part, name)
    except BaseException:
        database.drop(part)
        raise


def set_up(name, lang="en"):
    """Put the pickup point on the map and make the demo's salesperson and manager, in the database `name`."""
    script = SET_UP.format(code=LANGUAGES[lang], names=STAFF_NAMES[lang], sales=SALESPERSON, manager=MANAGER)
    run_script(name, script, "Odoo could not set the demo up")


def _wait_for_the_end():
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say()


def _give_account(server, story):
    """Give the story's customer a login, so that the portal shows their order."""
    from .pages import Browser

    Browser(server.url).sign_in(server.database, *MANAGER).call(
        "res.users",
        "create",
        {
            "partner_id": int(story.partner_id),
            "login": CUSTOMERS[story.lang]["email"],
            "password": CUSTOMER_PASSWORD,
            "group_ids": [[6, 0, [_portal_group(server.database)]]],
        },
        context={"no_reset_password": True},
    )


def _portal_group(name):
    [[group]] = get_server().psql(
        "SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'group_portal'", name
    )
    return int(group)


def _show_doors(server, lang):
    title, places, (customer, salesperson, manager, password) = WORDS[lang]
    addresses = ("/shop", "/odoo", "/odoo/action-consent_notify.sandbox_message_action")
    say(title)
    for place, address in zip(places, addresses, strict=True):
        say(f"    {place:<22} {server.url}{address}")
    for who, (login, secret) in (
        (customer, (CUSTOMERS[lang]["email"], CUSTOMER_PASSWORD)),
        (salesperson, SALESPERSON),
        (manager, MANAGER),
    ):
        say(f"    {who:<22} {login}, {password} {secret}")
