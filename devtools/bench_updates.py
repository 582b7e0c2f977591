"""`./dev bench updates`: texts a second from the queue to the provider, beside the core's own Twilio on the same fake.

The whole road counts: queued, claimed, sent, recorded. Both sides text to one fake that takes 50 ms, in turns in one
run.
"""

import json
import shutil
import time
from contextlib import ExitStack, contextmanager

from . import database
from .paths import ADDON, DEV
from .postgres import get_server
from .server import free_port, serving
from .ui import Stop, say, step
from .updates import ACCOUNT, TOKEN, fake_asks, fake_twilio, texter

LATENCY = 0.05
PEER, ONE, TWO = 100, 1_000, 2_000  # texts of a round
SIZES = (100, 1_000, 10_000)
TEN, TWENTY, READY, FLAT = 10, 20, 2.0, 1.5


def bench_updates(most, rounds):
    """Measure and print a table; the exit status tells only whether the measuring worked.

    :param most: how many texts the longest queue has
    """
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
        _row("the core's own Twilio, texts a second", f"{base:,.1f}", "", True)
        _row("one process", f"{one:,.0f}, {one / base:,.1f} ×", f"≥ {TEN} ×", one >= TEN * base)
        _row("two processes", f"{two:,.0f}, {two / base:,.1f} ×", f"≥ {TWENTY} ×", two >= TWENTY * base)
        _flat(url, ours, start[ours], [*(size for size in SIZES if size < most), most])
        with step("Waiting for the word 'ready' at an idle shop"):
            seconds = max(_ready(url, ours) for _round in range(rounds))
        _row("from 'ready' to the provider, the worst", f"{seconds:.2f} s", f"≤ {READY:.0f} s", seconds <= READY)
    return 0


def _row(title, told, target, met):
    say(f"{title:<44} {told:>34} {target:>8} {'✓' if met else '✗'}")


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
    }


def _flat(url, ours, start, sizes):
    """Tell of queues that grow: neither a text's cost nor the memory should."""
    first = None
    for size in sizes:
        with step(f"Filling a queue of {size:,} texts and sending it"):
            ours.do("fill", start=start, count=size)
            start += size
            found = _send(url, [ours], size)
        if size >= SIZES[1] and not first:
            first = found
        told = f"{found['rate']:,.0f}/s, {found['cpu']:.1f} ms, {found['memory']:,.0f} MB"
        met = not first or found["cpu"] <= FLAT * first["cpu"]
        _row(f"{size:,} queued: rate, processor a text, memory", told, f"≤ {FLAT} ×" if first else "", met)


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
