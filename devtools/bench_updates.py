"""`./dev bench updates`: texts a second from the queue to the provider, beside the core's own Twilio on the same fake.

The whole road counts: queued, claimed, sent, recorded. Both sides text to one fake that takes 50 ms, in turns in one
run.
"""

import json
import shutil
import time
from contextlib import ExitStack, contextmanager

from . import database
from .aims import Aims
from .paths import ADDON, DEV
from .postgres import get_server
from .server import free_port, serving
from .ui import Stop, step
from .updates import ACCOUNT, TOKEN, fake_asks, fake_twilio, texter

LATENCY = 0.05
PEER, ONE, TWO = 100, 1_000, 2_000  # texts of a round
SIZES = (100, 1_000, 10_000)
TEN, TWENTY, READY, FLAT = 10, 20, 2.0, 1.5
WARM = 20  # texts that a fresh process sends before it is measured: what it loads once is no text's cost
GROWN = 16  # MB that a process may grow by more over the longest queue than over a thousand texts


def bench_updates(most, rounds):
    """Measure and print a table; return the exit status, 1 if an aim was clearly missed.

    :param most: how many texts the longest queue has
    """
    aims = Aims()
    with ExitStack() as stack:
        url = stack.enter_context(fake_twilio(LATENCY))
        fake_asks(url, "set", keeps_requests=False)
        with step("Starting the shops"):
            peer = stack.enter_context(_shop("bench_updates_core", "without", url))
            ours = stack.enter_context(_shop("bench_updates", "with", url))
            second = stack.enter_context(texter("bench_updates", "with", url, "second"))
        rates = {"peer": [], "one": [], "two": []}
        start = {peer: 1, ours: 1}
        with step(f"Texting, {rounds} rounds on each side"):
            for _round in range(rounds):
                for side, count, name, senders in (
                    (peer, PEER, "peer", [peer]),
                    (ours, ONE, "one", [ours]),
                    (ours, TWO, "two", [ours, second]),
                ):
                    side.do("fill", start=start[side], count=count)
                    start[side] += count
                    rates[name].append(_send(url, senders, count)["rate"])
        base, one, two = (max(rates[name]) for name in ("peer", "one", "two"))
        aims.just("the core's own Twilio, texts a second", f"{base:,.1f}")
        for title, rate, aim in (("one process", one, TEN), ("two processes", two, TWENTY)):
            aims.at_least(title, f"{rate:,.0f}, {rate / base:,.1f} ×", rate / base, aim, f"≥ {aim} ×")
        _flat(aims, url, ours, start[ours], [*(size for size in SIZES if size < most), most])
        with step("Waiting for the word 'ready' at an idle shop"):
            seconds = max(_ready(url, ours) for _round in range(rounds))
        aims.at_most("from 'ready' to the provider, the worst", f"{seconds:.2f} s", seconds, READY, f"≤ {READY:.0f} s")
    return aims.status()


@contextmanager
def _shop(name, side, url):
    """Run a texting process on a fresh clone with or without the addon."""
    database.clone(database.get_template() if side == "with" else database.get_base_template(), name)
    try:
        with texter(name, side, url) as one:
            one.do("set_up", account=ACCOUNT, token=TOKEN)
            yield one
    finally:
        database.drop(name)


def _send(url, senders, count):
    """Let the senders empty the queue; return what it took."""
    fake_asks(url, "clear")
    for sender in senders:
        sender.tell("send")
    told = [sender.answer() for sender in senders]
    accepted = fake_asks(url, "count")["messages"]
    if accepted != count:
        raise Stop(f"{accepted:,} of {count:,} texts were accepted: that is no benchmark.")
    seconds = max(one["end"] for one in told) - min(one["start"] for one in told)
    return {
        "rate": count / seconds,
        "cpu": sum(one["cpu"] for one in told) / count * 1000,
        "queries": sum(one["queries"] for one in told) / count,
        "memory": max(one["memory"] for one in told),
        "grown": max(one["grown"] for one in told),
    }


def _flat(aims, url, ours, start, sizes):
    """Tell of queues that grow: neither a text's cost nor the memory should.

    Each queue is sent by a fresh process: a process's peak of memory never goes down again.
    """
    least = thousand = None
    for size in sizes:
        with (
            step(f"Filling a queue of {size:,} texts and sending it"),
            texter("bench_updates", "with", url, f"queue_{size}") as fresh,
        ):
            ours.do("fill", start=start, count=WARM)
            _send(url, [fresh], WARM)
            ours.do("fill", start=start + WARM, count=size)
            start += WARM + size
            found = _send(url, [fresh], size)
        told = f"{found['rate']:,.0f}/s, {found['cpu']:.1f} ms, {found['queries']:.2f} queries"
        title = f"{size:,} queued: rate, processor a text"
        if least:
            aims.at_most(title, told, found["cpu"] / least, FLAT, f"≤ {FLAT} ×")
        else:
            aims.just(title, told)
        least = min(found["cpu"], least or found["cpu"])
        told = f"{found['memory']:,.0f} MB, grown by {found['grown']:,.0f} MB"
        if size > SIZES[1]:
            aims.at_most("… and memory", told, found["grown"] - thousand, GROWN, f"≤ +{GROWN} MB")
        else:
            aims.just("… and memory", told)
            thousand = found["grown"]


def _ready(url, ours):
    """Return the seconds from an order's confirmation in one process to Twilio, by a server that was idle."""
    fake_asks(url, "clear")
    # What a server has to catch up with after its start would not let it be idle.
    get_server().psql("UPDATE ir_cron SET nextcall = now() + interval '1 day', lastcall = now()", "bench_updates")
    with _redirected(url) as options, serving("bench_updates", free_port(), max_cron_threads=1, **options):
        time.sleep(5)  # from here on the server is idle
        moment = ours.do("ready")["moment"]
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if accepted := fake_asks(url, "messages"):
                return accepted[0]["at"] - moment
            time.sleep(0.02)
    raise Stop("The text never came.")


@contextmanager
def _redirected(url):
    """Yield settings that make an Odoo server text to the fake: a module of its own that it loads first."""
    folder = DEV / "redirect" / "cn_redirect"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / "__manifest__.py").write_text('{"name": "To the fake", "license": "LGPL-3"}\n')
        fake = json.dumps(str(ADDON / "tests"))
        (folder / "__init__.py").write_text(
            f"import sys\nsys.path.append({fake})\nfrom fake_twilio.redirect import redirect\nredirect({url!r})\n"
        )
        addons = [*database.get_odoo().addons_paths, ADDON.parent, folder.parent]
        yield {"addons_path": ",".join(map(str, addons)), "server_wide_modules": "base,web,cn_redirect"}
    finally:
        shutil.rmtree(folder.parent)
