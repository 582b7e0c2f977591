"""One side of `./dev bench`: an Odoo process on one database that does what it is told and says what it cost.

Run by the environment's Python with a configuration file, a database and `with` or `without`; reads one JSON object a
line, answers one: {"cpu", "seconds", "queries", "result"}. Every case is rolled back.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path

from backend_clock import backend_clock

ADDON = "odoo.addons.consent_notify"
LIST_FIELDS = ("name", "email", "phone", "city", "country_id", "user_id", "category_id")
LIST = 80
LOOK_UPS = 20
CREATED = 2_000


def number(i):
    """Return the i-th number; nobody prints it."""
    return f"+7 900 {i // 10_000:03} {i // 100 % 100:02} {i % 100:02}"


def populate(env, rows):
    """Make `rows` partners without a number and as many with one."""
    country = env.ref("base.ru").id
    for with_phone in (False, True):
        for start in range(0, rows, 2_000):
            env["res.partner"].create(
                [
                    {
                        "name": f"Bench {'with' if with_phone else 'without'} {i}",
                        "email": f"bench-{with_phone:d}-{i}@example.com",
                        "city": "Tver",
                        "country_id": country,
                        "phone": with_phone and number(i),
                    }
                    for i in range(start, min(start + 2_000, rows))
                ]
            )
            env.flush_all()
            env.invalidate_all()
    return {}


class Cases:
    """What is measured; each method does it once in a fresh transaction."""

    def __init__(self, env):
        self.env = env
        partners = env["res.partner"]
        self.without = partners.search([("name", "=like", "Bench without %")]).ids
        self.with_phone = partners.search([("name", "=like", "Bench with %")]).ids

    def read_without(self):
        """Read partners that have no phone."""
        self.env["res.partner"].browse(self.without).read(["name", "email", "city", "phone"])

    def read_other(self):
        """Read partners with a phone, but not the phone."""
        self.env["res.partner"].browse(self.with_phone).read(["name", "email", "city"])

    def read_with(self):
        """Read partners with their phone."""
        self.env["res.partner"].browse(self.with_phone).read(["name", "email", "city", "phone"])

    def list(self):
        """Open the list of partners as the web client does."""
        specification = {name: {} for name in LIST_FIELDS}
        specification["country_id"] = specification["user_id"] = {"fields": {"display_name": {}}}
        self.env["res.partner"].web_search_read([("name", "=like", "Bench with %")], specification, limit=LIST)

    def create(self):
        """Make partners with a phone."""
        self.env["res.partner"].create(
            [{"name": f"New {i}", "phone": number(500_000 + i), "country_id": 1} for i in range(CREATED)]
        )
        self.env.flush_all()

    def find(self):
        """Find one partner by number, as the search box does."""
        every = max(1, (len(self.with_phone) or 2_000) // LOOK_UPS)
        for i in range(0, LOOK_UPS * every, every):
            found = self.env["res.partner"].search([("phone_mobile_search", "=", number(i))])
            if len(found) != 1:
                raise SystemExit("A look-up found another count of partners than one.")
            self.env.invalidate_all()


COLUMNS = ("phone", "phone_sanitized")


def seal(cr):
    """Seal the two columns of the partners as the installation does; return how many rows were changed."""
    from odoo.addons.consent_notify.tools import migrate, takeover, vault
    from odoo.addons.consent_notify.tools.keyring_provider import load_keyring

    cr.execute(vault.TABLE)
    takeover.drop_spelling_indexes(cr, {"res_partner": COLUMNS})
    return migrate.seal_table(cr, load_keyring(cr), "res_partner", COLUMNS, "RU")


def update(cr):
    """Write the same columns with one bare UPDATE; return how many rows were changed.

    Sealing drops the core's two indexes over spellings first; so does this, or it would be slowed by what the sealed
    table no longer has.
    """
    from odoo.addons.consent_notify.tools import takeover

    takeover.drop_spelling_indexes(cr, {"res_partner": COLUMNS})
    return update_indexed(cr)


def update_indexed(cr):
    """Write the same columns with one bare UPDATE, the core's indexes in place; return how many rows were changed."""
    cr.execute(
        # As long as a token is.
        "UPDATE res_partner SET phone = 'pn_' || left(md5(phone), 26),"
        " phone_sanitized = 'pn_' || left(md5(phone_sanitized), 26) WHERE COALESCE(phone, phone_sanitized) IS NOT NULL"
    )
    return cr.rowcount


SEALING = {function.__name__: function for function in (seal, update, update_indexed)}


def measure(env, do, backend):
    """Return what `do()` cost, rolled back and with nothing in the cache before.

    :param backend: clock of PostgreSQL's process; without one the answer has no "cpu"
    """
    env.invalidate_all()
    gc.collect()
    queries = env.cr.sql_log_count
    computed = backend and backend()
    started, own = time.perf_counter(), time.process_time()
    result = do()
    own, seconds = time.process_time() - own, time.perf_counter() - started
    answer = {"seconds": seconds, "queries": env.cr.sql_log_count - queries, "result": result}
    if backend:
        answer["cpu"] = own + backend() - computed
    env.cr.rollback()
    env.clear()
    return answer


def main(config, database, side):
    """Answer commands until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)  # Odoo's own words do not belong among the answers
    os.dup2(2, 1)

    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config as settings

    settings.parse_config(["-c", config, "-d", database, "--log-level", "error"], setup_logging=True)
    registry = Registry(database)
    if (ADDON in sys.modules) != (side == "with"):
        raise SystemExit("The addon is loaded where it should not be, or is not where it should.")
    with registry.cursor() as cr:
        # As the administrator under all access rules, not as the superuser.
        cr.execute("SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin'")
        env = odoo.api.Environment(cr, cr.fetchone()[0], {"lang": "en_US"})
        cases = Cases(env)
        backend = backend_clock(cr)
        gc.freeze()
        print(json.dumps({"ready": True}), file=answers)
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "populate":
                populate(env, command["rows"])
                env.cr.commit()  # pylint: disable=invalid-commit
                env.cr.execute("ANALYZE")
                env.cr.commit()  # pylint: disable=invalid-commit
                cases = Cases(env)
                answer = {}
            elif step := SEALING.get(command["do"]):
                answer = measure(env, lambda step=step: step(env.cr), backend)
            else:
                answer = measure(env, getattr(cases, command["do"]), backend)
            print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])))
    main(*sys.argv[1:])
