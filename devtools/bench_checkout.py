"""What a checkout costs with the addon: the same visitors at two servers, in turns, by the processor time of both.

Counted is what Odoo's process and its PostgreSQL processes compute while a block of requests is answered: what else
the machine does then hardly matters, and of all rounds the least counts.
"""

import os
import re
from contextlib import ExitStack
from pathlib import Path

from . import database
from .pages import Browser
from .postgres import get_server
from .server import free_port, serving
from .ui import step

VISITORS = 20  # in one block: a clock of the processor ticks a hundred times a second
ADDRESS = {
    **{"name": "Ada Miller", "email": "ada@example.com", "street": "12 Elm Street", "city": "Ghent", "zip": "9000"},
    "phone": "+32 470 12 34 56",
}
COUNTRY = "SELECT id FROM res_country WHERE code = 'BE'"


def bench_checkout(rounds):
    """Return {step: (seconds without, seconds with)} of one request, by processor time."""
    sides = {"bench_shop_without": database.get_base_template(), "bench_shop_with": database.get_template()}
    least = {}
    with ExitStack() as stack:
        servers = []
        for name, template in sides.items():
            stack.callback(database.drop, name)
            database.clone(template, name)
            options = {"max_cron_threads": 0, "log_level": "warn"}
            servers.append(stack.enter_context(serving(name, free_port(), **options)))
        with step(f"{VISITORS} visitors at the checkout with and without the addon, {rounds} times"):
            for number in range(-1, rounds):
                for server in servers if number % 2 else reversed(servers):
                    for what, seconds in _visit(server).items():
                        if number >= 0:  # the first round warms up
                            key = (what, server.database)
                            least[key] = min(seconds, least.get(key, seconds))
    without, own = sides
    return {what: (least[what, without], least[what, own]) for what in ("page", "submit")}


def _visit(server):
    """Let a block of visitors fill their carts, open the address form and send it; return seconds of one request."""
    browsers = [_shopper(server) for _visitor in range(VISITORS)]
    [[country]] = get_server().psql(COUNTRY, server.database)
    before = _processor(server)
    pages = [browser.get("/shop/address") for browser in browsers]
    opened = _processor(server)
    for browser, page in zip(browsers, pages, strict=True):
        form = page.one("form", css="address_autoformat")
        values = {**form.values(), **ADDRESS, "country_id": country, "state_id": "", "consent_order_sms": "1"}
        browser.post(form.get("data-submit-url"), values)
    return {"page": (opened - before) / VISITORS, "submit": (_processor(server) - opened) / VISITORS}


def _shopper(server):
    browser = Browser(server.url)
    links = [link.get("href").split("?")[0] for link in browser.get("/shop").all("a")]
    page = browser.get(next(link for link in links if re.fullmatch(r"/shop/[^/]+-\d+", link)))
    ids = {name: int(page.one("input", name=name).get("value")) for name in ("product_template_id", "product_id")}
    browser.rpc("/shop/cart/add", **ids, quantity=1)
    return browser


def _processor(server):
    """Return the seconds of processor time of a server's process and of the database's, where those can be seen."""
    rows = get_server().psql("SELECT pid FROM pg_stat_activity WHERE datname = current_database()", server.database)
    return sum(_seconds(pid) for pid in (server.pid, *(int(pid) for [pid] in rows)))


def _seconds(pid):
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:  # the process of our own query, which has ended
        return 0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
