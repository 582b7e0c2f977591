"""`./dev bench`: the same Odoo with and without the addon, in turns in one run, so that only the ratio counts.

What counts is the time that Odoo and its PostgreSQL process compute, the least of all rounds: what else the machine
does then hardly matters. Sealing uses both cores at once, so there the clock on the wall counts, the least again.
"""

import argparse
from contextlib import ExitStack, contextmanager
from functools import partial
from operator import itemgetter
from pathlib import Path

from . import database
from .aims import FINDING, SEALING, Aims
from .bench_consent import bench_consent
from .bench_million import bench_million
from .bench_updates import bench_updates
from .paths import locked
from .ui import say, step
from .worker import working

WORKER = Path(__file__).with_name("bench_worker.py")
ROWS = 10_000
MILLION = 1_000_000
ROUNDS = 15
# (what it is, case of the worker, how much slower it may be)
VAULT = (
    ("read {rows} partners without phone", "read_without", 1.02),
    ("read {rows} partners, but not their phone", "read_other", 1.02),
    ("read {rows} partners with phone", "read_with", 1.8),
    ("list 80 partners with phone", "list", 1.15),
    ("create 2,000 partners with phone", "create", 1.1),
    ("find one by number, 20 times", "find", FINDING),
)
UPDATES = (
    ("seal two columns: rows/s of a bare UPDATE", "update_indexed"),
    ("… of one that drops the core's indexes too", "update"),
)


def bench(arguments):
    """Measure, print a table; the exit status is 1 if an aim was missed by more than a tenth."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=bench.__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("vault", "consent", "updates"),
        default="vault",
        help="vault: reading, finding, sealing; consent: the log; updates: texts to customers",
    )
    parser.add_argument("--rows", type=int, default=ROWS, help=f"how many partners of each kind ({ROWS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each case is measured ({ROUNDS})")
    parser.add_argument(
        "--million",
        nargs="?",
        type=int,
        const=MILLION,
        metavar="ROWS",
        help="install, find and uninstall in a shop with a million contacts, or as many as you say (20 minutes)",
    )
    parser.add_argument("--events", type=int, default=MILLION, help=f"consent: how many events at most ({MILLION})")
    parser.add_argument(
        "--ten-million", action="store_const", const=10 * MILLION, dest="events", help="consent: as many (an hour)"
    )
    parser.add_argument(
        "--texts",
        nargs="?",
        type=int,
        const=100_000,
        default=10_000,
        metavar="TEXTS",
        help="updates: the longest queue (10,000; without a number 100,000, which takes half an hour)",
    )
    chosen = parser.parse_args(arguments)
    with locked("bench", "Another ./dev bench runs in this checkout: wait for its end."):
        if chosen.million:
            return bench_million(chosen.million, chosen.rounds, _in_turns, partial(working, WORKER))
        if chosen.what == "consent":
            return bench_consent(chosen.rounds, chosen.events)
        if chosen.what == "updates":
            return bench_updates(chosen.texts, min(chosen.rounds, 3))
        return _vault(chosen.rows, chosen.rounds)


def _vault(rows, rounds):
    with ExitStack() as stack:
        plain, ours = (stack.enter_context(_worker(side)) for side in ("without", "with"))
        with step(f"Making {rows:,} partners without and {rows:,} with a phone, on both sides"):
            for worker in (plain, ours):
                worker.do(do="populate", rows=rows)
        with step(f"Measuring {len(VAULT)} cases, {rounds} times on each side"):
            measured = _in_turns(plain, ours, [(case, case) for _title, case, _limit in VAULT], rounds)
        with step("Measuring the installation"):
            # The worker with the addon cannot seal a plain column twice; this one has the addon's code on plain rows.
            sealer = stack.enter_context(_worker("without", "sealer"))
            sealer.do(do="populate", rows=rows)
            sealing = _in_turns(sealer, sealer, [(case, "seal") for _title, case in UPDATES], max(3, rounds // 2))
    aims = Aims(44, 29)
    say(f"{'':<44} {'without':>10} {'with':>10} {'ratio':>7} {'target':>10}   queries")
    for (title, _case, limit), (base, own) in zip(VAULT, measured, strict=True):
        ratio = cost(own) / cost(base)
        title, told = title.format(rows=f"{rows:,}"), _told(base, own, cost, ratio)
        aims.at_most(title, told, ratio, limit, more=_queries(base, own))
    for (title, _case), (bare, sealed) in zip(UPDATES, sealing, strict=True):
        ratio = bare["seconds"] / sealed["seconds"] * sealed["result"] / bare["result"]
        told = _told(bare, sealed, itemgetter("seconds"), ratio)
        aims.at_least(title, told, ratio, SEALING, more=_queries(bare, sealed))
        say(f"{'':<44} {_rate(bare):>10} {_rate(sealed):>10}")
    if "cpu" not in measured[0][0]:
        say("PostgreSQL's own clock is out of reach here: these are times on the wall, which other programs lengthen.")
    return aims.status()


def cost(answer):
    """Return the seconds that Odoo and PostgreSQL computed or, where nobody can tell, those that passed."""
    return answer.get("cpu", answer["seconds"])


def _in_turns(plain, ours, cases, rounds):
    """Return the least that each of `cases` (plain, ours) took on both sides.

    All cases take turns, and so do the sides: a busy minute of the machine then meets all of them.
    """
    results = [([], []) for _case in cases]
    for number in range(-1, rounds):
        for (plain_case, our_case), result in zip(cases, results, strict=True):
            sides = [(0, plain, plain_case), (1, ours, our_case)]
            for side, worker, case in sides if number % 2 else reversed(sides):
                answer = worker.do(do=case)
                if number >= 0:  # the first round warms up
                    result[side].append(answer)
    return [tuple(map(_least, result)) for result in results]


def _least(answers):
    return {**answers[-1], **{name: min(a[name] for a in answers) for name in ("cpu", "seconds") if name in answers[0]}}


def _told(base, own, took, ratio):
    times = (f"{took(side) * 1000:,.1f} ms" for side in (base, own))
    return f"{next(times):>10} {next(times):>10} {ratio:>7.2f}"


def _queries(base, own):
    return f"{base['queries']} → {own['queries']}"


def _rate(answer):
    return f"{answer['result'] / answer['seconds']:,.0f}/s"


@contextmanager
def _worker(side, name=None):
    """Run a measuring process on a fresh clone with or without the addon, as long as the block lasts."""
    clone = f"bench_{name or side}"
    database.clone(database.get_template() if side == "with" else database.get_base_template(), clone)
    try:
        with working(WORKER, clone, side) as worker:
            yield worker
    finally:
        database.drop(clone)
