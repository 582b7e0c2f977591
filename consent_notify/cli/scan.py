"""`odoo consent scan`: does a plain number stand in a table, a file or a log, the earlier ones included?"""
# pylint: disable=print-used

import sys

from odoo.tools import config

from ..tools import phone, scan
from ..tools.errors import ConsentNotifyError
from .shared import Progress, open_cursor


def run_scan(chosen):
    """Print the places where a number was found and return the exit status."""
    numbers = _numbers(chosen)
    found = scan.matcher(numbers, chosen.region)
    with open_cursor(chosen.database) as cr:
        places = scan.scan_tables(cr, found, Progress())
    files = scan.scan_files(config.filestore(chosen.database), found)
    named = (*chosen.log, *filter(None, [config["logfile"]]))
    logs = {path: _lines(path, found) for name in named for path in scan.rotated(name)}
    for place, count in sorted(places.items()):
        print(f"{place}: {count} rows")
    if files:
        print(f"file store: {files} files")
    for path, count in logs.items():
        if count:
            print(f"{path}: {count} lines")
    hits = bool(places or files or any(logs.values()))
    print("Plain numbers were found in the places above." if hits else "No plain number was found.")
    closed = [path for path, count in logs.items() if count is None]
    for path in closed:
        print(f"{path} was not searched: it cannot be read or unpacked here.", file=sys.stderr)
    return int(hits or bool(closed))


def _lines(path, found):
    try:
        return scan.scan_log(path, found)
    except PermissionError:
        return None


def _numbers(chosen):
    if not chosen.numbers:
        return []
    if chosen.numbers == "-":
        lines = sys.stdin.read().splitlines()
    else:
        with open(chosen.numbers, encoding="utf-8") as file:
            lines = file.read().splitlines()
    numbers = [(line, phone.to_e164(line, chosen.region)) for line in map(str.strip, lines) if line]
    wrong = [position for position, (_line, e164) in enumerate(numbers, 1) if not e164]
    if wrong or not numbers:
        where = f" (line {wrong[0]})" if wrong else ""
        raise ConsentNotifyError(f"The list holds something that is no phone number{where}: write one in a line.")
    return [e164 for _line, e164 in numbers]
