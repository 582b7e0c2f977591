"""`./dev bench consent`: how fast answers are recorded, asked for, anchored and verified, and what a checkout costs.

Rates are this machine's; what must not depend on it is the number of queries and the ratio between few and many events.
"""

import json
import subprocess
from contextlib import ExitStack
from pathlib import Path

from . import database
from .aims import Aims
from .bench_checkout import bench_checkout
from .paths import DEV
from .ui import Stop, step
from .venv import get_python

WORKER = Path(__file__).with_name("bench_consent_worker.py")
WRITERS = 4
WRITTEN = 2_000  # events of each writer
FEW = 1_000
WRITING, VERIFYING, FLAT, CHECKOUT = 1_000, 200_000, 1.5, 1.05
IMPORTED = 10_000  # rows of a file


def bench_consent(rounds, most):
    """Measure and print a table; return the exit status, 1 if an aim was clearly missed.

    :param most: how many events the log gets, to see that asking takes no longer
    """
    name = "bench_consent"
    with ExitStack() as stack:
        stack.callback(database.drop, name)
        database.clone(database.get_template(), name)
        asked = [(FEW, _ask(name, FEW, rounds))]
        with step(f"Writing {WRITERS * WRITTEN:,} events from {WRITERS} processes while they are anchored"):
            writing = _write(name)
        asked.append((most, _ask(name, most, rounds)))
        aims = Aims(56, 22)
        rate, (_few, base) = writing["rate"], asked[0]
        aims.at_least("events written a second, 4 writers", f"{rate:,.0f}", rate, WRITING, f"≥ {WRITING:,}")
        aims.at_least("… of them anchored meanwhile", f"{writing['anchored']:,}", writing["anchored"], 1, "> 0")
        for count, answer in asked:
            ratio = answer["gate"] / base["gate"]
            told = f"{answer['gate'] * 1000:,.1f} ms, {answer['queries']} query"
            aims.at_most(f"status of 500 texts, {count:,} events", told, ratio, FLAT, f"≤ {FLAT} ×")
            aims.at_most("… and queries", f"{answer['queries']}", answer["queries"], base["queries"])
            ratio, told = answer["form"] / base["form"], f"{answer['form'] * 1000:,.2f} ms"
            aims.at_most(f"answers on a form, {count:,} events", told, ratio, FLAT, f"≤ {FLAT} ×")
        with step("Anchoring and verifying all of them"):
            _worker(name, "anchor", 0)
            verified = _worker(name, "verify", 0)
        if verified["found"]:
            raise Stop("The log was found changed: that is no benchmark.")
        for what, rate in (
            ("of both processes together", verified["rate"]),
            ("of Python alone", verified["python_rate"]),
        ):
            title = f"verified a second of processor time {what}"
            aims.at_least(title, f"{rate:,.0f}", rate, VERIFYING, f"≥ {VERIFYING:,}")
        aims.just("verified a second by the clock", f"{verified['clock_rate']:,.0f}")
        with step(f"Importing a file of {IMPORTED:,} answers"):
            imported = _worker(name, "imported", IMPORTED)
        aims.just(f"rows of a file of {IMPORTED:,} imported a second", f"{imported['rate']:,.0f}")
        aims.just("… and the memory that took", f"{imported['memory']:,} MB")
    for what, (without, own) in bench_checkout(max(3, rounds // 3)).items():
        told = f"{without * 1000:,.1f} → {own * 1000:,.1f} ms, {own / without:.2f}"
        aims.at_most(f"checkout {what}, processor time of one", told, own / without, CHECKOUT)
    return aims.status()


def _ask(name, count, rounds):
    with step(f"Filling up to {count:,} events, and asking"):
        _worker(name, "fill", count)
        return _worker(name, "ask", rounds)


def _start(name, *words):
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    return subprocess.Popen(
        [str(part) for part in (get_python(), WORKER, config, name, *words)],
        env=database.environment(),
        stdout=subprocess.PIPE,
        stderr=(DEV / f"{name}.log").open("a"),
        text=True,
    )


def _finish(process):
    out, _err = process.communicate()
    if process.returncode:
        raise Stop(f"A measuring process died: read {DEV / 'bench_consent.log'}.")
    return json.loads(out.strip().splitlines()[-1])


def _worker(name, *words):
    return _finish(_start(name, *words))


def _write(name):
    """Let all writers write at once while one process anchors; return the rate and how many were anchored meanwhile."""
    writers = [_start(name, "write", WRITTEN, number) for number in range(WRITERS)]
    sealer = _start(name, "seal", FEW + WRITERS * WRITTEN)
    spans = [_finish(process) for process in writers]
    seconds = max(span["end"] for span in spans) - min(span["start"] for span in spans)
    return {"rate": WRITERS * WRITTEN / seconds, "anchored": _finish(sealer)["anchored"]}
