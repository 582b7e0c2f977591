"""`./dev test`: the tests spread over processes, each with its own clone of the template."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import database
from .browser import ensure_browser
from .core import compare, core
from .paths import DEV, ROOT, locked
from .server import free_port
from .ui import Stop, say
from .venv import get_python

RESULTS = DEV / "results"
SECONDS = DEV / "seconds.json"
USUAL = ROOT / "tests" / "seconds.json"  # of the long ones, so that the first run is spread well, too
STALLED = 900  # seconds without a word from a part, after which it is stopped
FIRE = 200  # senders that are killed
PATIENCE = 30  # seconds that a part has for tidying up when it is stopped


@dataclass
class Part:
    """One process with its share of the tests and a database of its own."""

    number: int
    process: subprocess.Popen
    log: Path
    results: Path
    database: str


def test(arguments):
    """Run all tests, or those that pytest arguments choose; return 0 only if some ran and none failed.

    "core" instead of arguments runs the core's own tests alone, with and without the addon; "fire" kills senders for a
    long time; "screens" walks all tours in both languages on both sizes.
    """
    if arguments[:1] == ["core"]:
        return core(arguments[1:])
    if arguments[:1] == ["fire"]:
        os.environ.setdefault("CONSENT_NOTIFY_FIRE", str(FIRE))
        arguments = ["tests/test_fire.py", *arguments[1:]]
    if arguments[:1] == ["screens"]:
        os.environ["CONSENT_NOTIFY_SCREENS"] = "all"
        tours = [path for path in ROOT.glob("consent_notify*/tests/test_*.py") if "on_every_screen" in path.read_text()]
        arguments = [*sorted(_name(path) for path in tours), *arguments[1:]]
    with locked("test", "Other tests run in this checkout: wait for their end, then run this again."):
        ensure_browser()  # first: what a person has to type should not wait for what takes minutes
        template = database.get_template()
        RESULTS.mkdir(exist_ok=True)
        for old in RESULTS.iterdir():
            old.unlink()
        known = _known_seconds()
        parts = []
        try:
            for number, group in enumerate([arguments] if arguments else _spread(known)):
                parts.append(_start(number, group, template))
            died = [part for part in parts if not _follow(part)]
        finally:
            for part in parts:
                _stop(part)
                database.drop(part.database)
            for left in DEV.glob("test_*.conf"):
                left.unlink()  # of databases that are gone, with the server's password in them
        return _close(parts, died, known, (0, 0, 0) if arguments else compare())


def _known_seconds():
    """Return how long each file took last time, here or else where it was written: {path: seconds}."""
    known = json.loads(USUAL.read_text())
    try:
        return known | json.loads(SECONDS.read_text())
    except (OSError, ValueError):
        return known


def _spread(known):
    """Return the test files in two groups that should take about the same time."""
    files = [*sorted(ROOT.glob("consent_notify*/tests/test_*.py")), *sorted((ROOT / "tests").glob("test_*.py"))]
    if not files:
        raise Stop("There are no tests here: is this checkout whole?")
    groups = [[0, []] for _core in range(min(4, os.cpu_count() or 1))]
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
    config = database.write_config(name, free_port(), log_level="warn", max_cron_threads=0)
    results = RESULTS / f"{name}.xml"
    options = ["-p", "no:cacheprovider", f"--odoo-database={name}", "--odoo-http", "--durations=5"]
    command = [get_python(), "-m", "pytest", *options, f"--junitxml={results}", *group]
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
            start_new_session=True,  # with the browsers it starts, so that they can be stopped together
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
    return Part(number, process, log, results, name)


def _follow(part):
    """Wait for a part, telling from time to time how far it is, and show its output.

    :return: whether it came to its end by itself and left its results
    """
    told = heard = time.monotonic()
    size = 0
    while part.process.poll() is None:
        time.sleep(0.5)
        now = time.monotonic()
        if size != (size := part.log.stat().st_size):
            heard = now
        if now - heard > STALLED:
            _stop(part)
            say(f"Part {part.number + 1} said nothing for {STALLED // 60} minutes and was stopped.")
            break
        if now - told > 20:
            told = now
            lines = [line for line in part.log.read_text(errors="replace").splitlines() if "%]" in line]
            how_far = lines[-1].strip() if lines else "starting"
            print(f"· tests, part {part.number + 1}: {how_far}", file=sys.stderr, flush=True)
    say(part.log.read_text(errors="replace").rstrip())
    # 1: a test failed; 5: there was none to run. Both are told by the results.
    return part.process.returncode in (0, 1, 5) and part.results.exists()


def _stop(part):
    """End a part if it still runs, first politely: it has servers to stop and databases to drop."""
    if part.process.poll() is None:
        part.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            part.process.wait(PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(part.process.pid, signal.SIGKILL)  # whatever browser outlived it
    part.process.wait()


def _close(parts, died, known, compared):
    """Add up what the parts did and how the core's tests compared, print the one closing line, remember the times."""
    total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    seconds = {}
    for part in parts:
        if part in died:
            say(f"Part {part.number + 1} died before its end (status {part.process.returncode}): read {part.log}.")
        try:
            root = ET.parse(part.results).getroot()
        except (OSError, ET.ParseError):
            continue
        for suite in root.iter("testsuite"):
            for key in total:
                total[key] += int(suite.get(key, 0))
            for case in suite.iter("testcase"):
                file = _file_of(case.get("classname", ""))
                seconds[file] = seconds.get(file, 0) + float(case.get("time", 0))
    SECONDS.write_text(json.dumps({**known, **seconds}, indent=1, sort_keys=True))
    passed = total["tests"] - total["failures"] - total["errors"] - total["skipped"] + compared[0]
    # What a part that died had not run yet is a failure too, whatever the others say.
    failed = total["failures"] + total["errors"] + len(died) + compared[1]
    say()
    say(f"{passed} passed, {failed} failed, {total['skipped'] + compared[2]} skipped")
    return 0 if passed and not failed else 1


def _file_of(classname):
    """Return the file of a class name as JUnit writes it: `consent_notify.tests.test_seal.TestSeal`."""
    parts = classname.removeprefix("odoo.addons.").split(".")
    return "/".join([part for part in parts if not part.startswith("Test")]) + ".py"
