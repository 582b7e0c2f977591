"""`./dev test core`: the core's own tests with and without the addon. Only results that are listed may differ."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import database
from .odoo_source import get_odoo
from .paths import DEV, ROOT, fingerprint
from .server import free_port, run_script
from .ui import Stop, run, say, step
from .venv import get_python

# Those that `./dev test` runs as well.
SUITES = ("sms", "sms_twilio", "phone_validation", "test_mail_sms")
# Half an hour more, for a release rather than for each change.
MORE = ("crm", "portal", "sale", "website_sale")
LIST = ROOT / "tests" / "core_suites.md"
# The core's tests listen at Odoo's own service and text one number often; a shop starts in the sandbox, with a limit.
AS_THE_CORE = """
env['res.company'].search([]).sms_provider = 'iap'
env['ir.default'].set('res.company', 'sms_provider', 'iap')
env['res.company'].search([]).consent_daily_cap = 0
env['ir.default'].set('res.company', 'consent_daily_cap', 0)
env.cr.commit()
"""
ROW = re.compile(r"^\| (off|on) \| `([^`]+)` \| (\w+) → (\w+) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Way:
    """One way to run the suites: on which database, and with which of our switches."""

    name: str
    title: str
    with_addon: bool
    gate: str = ""

    def suites(self, suites):
        """Return those that tell something this way: the gate concerns texts, and only `SUITES` send any."""
        return tuple(suite for suite in suites if self.gate != "on" or suite in SUITES)


WAYS = (
    Way("plain", "without the addon", False),
    Way("off", "with the addon, gate off", True, "off"),
    Way("on", "with the addon, gate on", True, "on"),
)


def core(arguments):
    """Run the suites three ways, compare them test by test, and return 0 if nothing differs but what is listed."""
    if unknown := [argument for argument in arguments if argument != "--quick"]:
        raise Stop(f"`./dev test core` knows --quick only, not {unknown[0]}.")
    passed, failed, skipped = compare(SUITES if arguments else (*SUITES, *MORE))
    say()
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


def compare(suites=SUITES):
    """Run suites three ways and return how many results with the addon (passed, failed, were skipped).

    A result that is listed counts as passed, one that differs otherwise as failed. What fails without the addon too
    is told apart and counted nowhere: it proves nothing.
    """
    with step("Making the databases for the core's tests"):
        sources = {False: _template(False, suites), True: _template(True, suites)}
    with step(f"Running the core's tests of {', '.join(suites)} three ways"), ThreadPoolExecutor(2) as pool:
        results = dict(
            zip(
                WAYS,
                pool.map(lambda way: _results(way, sources[way.with_addon], way.suites(suites)), WAYS),
                strict=True,
            )
        )
    return _compare(results)


def _template(with_addon, suites):
    source = database.get_template() if with_addon else database.get_base_template()
    name = f"cn_core_{fingerprint(source, AS_THE_CORE, *suites)}"
    if not database.exists(name):
        part = f"{name}_part"
        database.clone(source, part)
        try:
            run(
                database.odoo_command(
                    database.write_config(part, free_port(), http_enable=False),
                    *("-d", part, "-i", ",".join(suites), "--with-demo", "--stop-after-init"),
                ),
                "Odoo could not install the apps whose tests are to run",
                log=DEV / f"{part}.log",
                env=database.environment(),
            )
            if with_addon:
                run_script(part, AS_THE_CORE, "The companies could not be given the core's own provider")
            database.rename(part, name)
        except BaseException:
            database.drop(part)
            raise
    return name


def _results(way, source, suites):
    """Return {test: "passed", "failed" or "skipped"}, remembered where neither Odoo nor the addon has changed."""
    remembered = DEV / "core" / f"{way.name}-{fingerprint(source, *suites)}.json"
    if not way.with_addon and remembered.exists():
        return json.loads(remembered.read_text())
    name = f"core_{way.name}"
    database.clone(source, name)
    config = database.write_config(name, free_port(), log_level="warn", max_cron_threads=0)
    folder = DEV / "core"
    folder.mkdir(exist_ok=True)
    report = folder / f"{way.name}.xml"
    report.unlink(missing_ok=True)
    addons = get_odoo().path / "odoo" / "addons"
    command = [
        *(get_python(), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "devtools.gate"),
        *("--odoo-http", f"--odoo-database={name}", f"--rootdir={addons}", "-c", ROOT / "pyproject.toml"),
        f"--junitxml={report}",
        *(addons / suite / "tests" for suite in suites if (addons / suite / "tests").is_dir()),
    ]
    env = {**database.environment(), "ODOO_RC": str(config), "CONSENT_NOTIFY_TEST_GATE": way.gate}
    env["PYTHONPATH"] += os.pathsep + str(ROOT)
    with (folder / f"{way.name}.log").open("w") as log:
        subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    database.drop(name)
    if not report.exists():
        raise Stop(f"The core's tests stopped before their end: read {folder / f'{way.name}.log'}.")
    results = _read(report)
    remembered.write_text(json.dumps(results))
    return results


def _read(report):
    results = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        test = f"{case.get('classname')}.{case.get('name')}"
        test = re.sub(r"^.*?addons\.", "", test)
        if case.find("failure") is not None or case.find("error") is not None:
            results[test] = "failed"
        elif case.find("skipped") is not None:
            results.setdefault(test, "skipped")
        else:
            results.setdefault(test, "passed")
    return results


def _compare(results):
    plain, *ours = results.values()
    listed = {(gate, test): (before, after) for gate, test, before, after, _cause in ROW.findall(LIST.read_text())}
    found = {}
    for way, result in list(results.items())[1:]:
        tests = plain.keys() | result.keys()
        for test in sorted(test for test in tests if way.suites([test.split(".")[0]])):
            outcomes = (plain.get(test, "missing"), result.get(test, "missing"))
            if outcomes[0] != outcomes[1]:
                found[way.gate, test] = outcomes
    for (gate, test), (before, after) in found.items():
        known = "listed" if listed.get((gate, test)) == (before, after) else "NOT LISTED"
        say(f"gate {gate:<3}  {before} → {after}  {test}  ({known})")
    # A run of part of the suites says nothing about the rest of the list.
    gone = [key for key in listed if key not in found and key[1] in plain]
    for gate, test in gone:
        say(f"gate {gate:<3}  {test} no longer differs: take it off {LIST.name}")
    wrong = len(gone) + sum(listed.get(key) != outcomes for key, outcomes in found.items())
    same = [
        (outcome, test)
        for result in ours
        for test, outcome in result.items()
        if outcome != "passed" and plain.get(test) == outcome
    ]
    for outcome, test in sorted(set(same)):
        say(f"same as without the addon: {outcome}  {test}")
    skipped = sum(outcome == "skipped" for outcome, _test in same)
    return sum(map(len, ours)) - len(same) - wrong, wrong, skipped
