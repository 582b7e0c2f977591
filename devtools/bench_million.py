"""`./dev bench --million`: a shop with a million contacts gets the addon, finds one of them, and loses it again."""

import os
import re
import subprocess
import time
from contextlib import ExitStack

from . import database, people
from .aims import FINDING, SEALING, Aims
from .paths import DEV, ROOT
from .postgres import get_server
from .ui import Stop, step

BARE = (
    # As long as a token is; the work is undone, its rows stay as dead ones until the database goes.
    "BEGIN; UPDATE res_partner SET phone = 'pn_' || left(md5(phone), 26),"
    " phone_sanitized = 'pn_' || left(md5(phone_sanitized), 26) WHERE COALESCE(phone, phone_sanitized) IS NOT NULL;"
    " ROLLBACK"
)
UNINSTALL = """
from odoo.addons.consent_notify.tools import uninstall
with uninstall.permitted():
    env['ir.module.module'].search([('name', '=', 'consent_notify')]).button_immediate_uninstall()
"""
FINGERPRINT = (
    "SELECT md5(string_agg(md5(concat_ws('|', id, phone, phone_sanitized)), '' ORDER BY id)) FROM res_partner"
    " WHERE name LIKE 'Bench %'"
)


def bench_million(count, rounds, in_turns, worker):
    """Measure installation, look-up and uninstallation on `count` contacts, and print a table.

    Returns the exit status, 1 if an aim was clearly missed.

    :param in_turns: measures cases on two workers
    :param worker: runs a worker on a database
    """
    names = plain, sealed, empty, bare = ["bench_million_" + part for part in ("plain", "sealed", "empty", "bare")]
    with ExitStack() as stack:
        for name in names:
            stack.callback(database.drop, name)
        with step(f"Making {count:,} contacts"):
            database.clone(database.get_base_template(), plain)
            people.fill(plain, count)
        before = get_server().psql(FINGERPRINT, plain)
        database.clone(plain, bare)
        with step("Writing the two columns with a bare UPDATE"):
            started = time.monotonic()
            get_server().psql(BARE, bare)
            bare_seconds = time.monotonic() - started
        database.drop(bare)
        database.clone(database.get_base_template(), empty)
        with step("Installing the addon where there is nobody yet"):
            _told, _seconds, small = _odoo(empty, "-i", "consent_notify", "--stop-after-init")
        database.clone(plain, sealed)
        with step("Installing the addon"):
            told, install_seconds, large = _odoo(sealed, "-i", "consent_notify", "--stop-after-init")
        rows, seconds = _sealed_rows(told)
        with (
            step(f"Finding one by number, {rounds} times on each side"),
            worker(plain, "without") as base,
            worker(sealed, "with") as own,
        ):
            [found] = in_turns(base, own, [("find", "find")], rounds)
        with step("Uninstalling the addon"):
            _told, uninstall_seconds, gone = _odoo(sealed, "shell", "--no-http", script=UNINSTALL)
        if get_server().psql(FINGERPRINT, sealed) != before:
            raise Stop("The numbers did not come back as they were.")
    without, sought = (side.get("cpu", side["seconds"]) * 1000 for side in found)
    aims = Aims(40, 44)
    aims.just("bare UPDATE of two columns", f"{bare_seconds:,.1f} s, {rows / bare_seconds:,.0f} rows/s")
    ratio, told = bare_seconds / seconds, f"{seconds:,.1f} s, {rows / seconds:,.0f} rows/s"
    aims.at_least("sealing them: rows/s of the UPDATE's", f"{told}, {ratio:.2f}", ratio, SEALING)
    aims.just("whole installation", f"{install_seconds:,.1f} s, at most {large} MB")
    aims.just("… and with nobody to seal", f"at most {small} MB")
    aims.just("whole uninstallation", f"{uninstall_seconds:,.1f} s, at most {gone} MB", "every number as it was")
    ratio = sought / without
    aims.at_most("find one by number, 20 times", f"{without:.1f} → {sought:.1f} ms, {ratio:.2f}", ratio, FINDING)
    return aims.status()


def _odoo(name, *arguments, script=""):
    """Run Odoo to its end; return what it logged, the seconds, and the most memory it had (MB)."""
    config = database.write_config(name, 8069, http_enable=False, max_cron_threads=0)
    log = DEV / f"{name}.log"
    command = database.odoo_command(config, *arguments, "-d", name)
    started = time.monotonic()
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=database.environment(), stdin=subprocess.PIPE, stdout=file, stderr=file
        )
        process.stdin.write(script.encode())
        process.stdin.close()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Stop(f"Odoo failed: read {log}.")
    return log.read_text(), time.monotonic() - started, usage.ru_maxrss // 1024


def _sealed_rows(told):
    """Return how many contacts the log says were sealed, and in how many seconds."""
    match = re.search(r"Sealed ([\d,]+) rows of res_partner in ([\d.]+) s", told)
    if not match:
        raise Stop("The installation said nothing about the contacts.")
    return int(match[1].replace(",", "")), float(match[2])
