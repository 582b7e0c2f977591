"""`./dev test`: the tests spread over processes, each with its own clone of the template."""

import json
import os
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

from . import database
from .browser import ensure_browser
from .paths import ADDON, DEV, ROOT
from .ui import Stop, say
from .venv import get_python

RESULTS = DEV / "results"
SECONDS = DEV / "seconds.json"


def test(arguments):
    """Run all tests, or those that pytest arguments choose; return 0 only if some ran and none failed."""
    template = database.get_template()
    ensure_browser()
    RESULTS.mkdir(exist_ok=True)
    for old in RESULTS.iterdir():
        old.unlink()
    known = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
    groups = [arguments] if arguments else _spread(known)
    started = [_start(number, group, template) for number, group in enumerate(groups)]
    codes = [_follow(number, process, log) for number, (process, log) in enumerate(started)]
    return _close(codes, known)


def _spread(known):
    """Return the test files in two groups that should take about the same time."""
    files = [*sorted((ADDON / "tests").glob("test_*.py")), *sorted((ROOT / "tests").glob("test_*.py"))]
    if not files:
        raise Stop("There are no tests here: is this checkout whole?")
    groups = [[0, []] for _core in range(min(2, os.cpu_count() or 1))]
    for path in sorted(files, key=lambda path: -known.get(_name(path), _guess(path))):
        lightest = min(groups, key=lambda group: group[0])
        lightest[0] += known.get(_name(path), _guess(path))
        lightest[1].append(str(path.relative_to(ROOT)))
    return [group for _weight, group in groups if group]


def _guess(path):
    """Return about how many seconds a test file takes that has not been run here yet."""
    if path.parent == ROOT / "tests":
        return 60
    return 20 if "HttpCase" in path.read_text() else 2


def _name(path):
    return str(path.relative_to(ROOT))


def _start(number, group, template):
    name = f"test_{number}"
    database.clone(template, name)
    config = database.write_config(name, _free_port(), log_level="warn", max_cron_threads=0)
    options = ["-p", "no:cacheprovider", f"--odoo-database={name}", "--odoo-http", "--durations=5"]
    command = [get_python(), "-m", "pytest", *options, f"--junitxml={RESULTS / name}.xml", *group]
    log = RESULTS / f"{name}.log"
    environment = {**database.environment(), "ODOO_RC": str(config), "CONSENT_NOTIFY_TEMPLATE": template}
    with log.open("w") as file:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
    return process, log


def _follow(number, process, log):
    """Wait for one process, telling from time to time how far it is; show its output when it ends."""
    told = time.monotonic()
    while process.poll() is None:
        time.sleep(0.5)
        if time.monotonic() - told > 20:
            told = time.monotonic()
            lines = [line for line in log.read_text(errors="replace").splitlines() if "%]" in line]
            print(
                f"· tests, part {number + 1}: {lines[-1].strip() if lines else 'starting'}", file=sys.stderr, flush=True
            )
    say(log.read_text(errors="replace").rstrip())
    return process.returncode


def _close(codes, known):
    """Add up what the processes did, print the one closing line, and remember how long each file took."""
    total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    seconds = {}
    for path in RESULTS.glob("*.xml"):
        for suite in ET.parse(path).getroot().iter("testsuite"):
            for key in total:
                total[key] += int(suite.get(key, 0))
            for case in suite.iter("testcase"):
                file = _file_of(case.get("classname", ""))
                seconds[file] = seconds.get(file, 0) + float(case.get("time", 0))
    SECONDS.write_text(json.dumps({**known, **seconds}, indent=1, sort_keys=True))
    failed = total["failures"] + total["errors"]
    # A process that died has no result file: that is a failure too, whatever the others say.
    failed += sum(1 for code in codes if code not in (0, 1, 5)) + max(0, len(codes) - len(list(RESULTS.glob("*.xml"))))
    passed = total["tests"] - total["failures"] - total["errors"] - total["skipped"]
    say()
    say(f"{passed} passed, {failed} failed, {total['skipped']} skipped")
    return 0 if passed and not failed else 1


def _file_of(classname):
    """Return the file of a class name as JUnit writes it: `consent_notify.tests.test_seal.TestSeal`."""
    parts = classname.removeprefix("odoo.addons.").split(".")
    return "/".join([part for part in parts if not part.startswith("Test")]) + ".py"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
