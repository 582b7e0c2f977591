"""`odoo consent scan`: does a plain number stand in a table, a file or a log, the earlier ones included?"""
# pylint: disable=print-used

import sys

import psycopg2

from odoo.tools import config

from ..tools import phone, scan
from ..tools.errors import ConsentNotifyError
from .shared import Progress, open_cursor

# A number that nobody has, out of those that the United Kingdom keeps for plays: the search has to find it first.
PLANTED, PLACE = "+442079460983", "consent_notify_planted.number"
# What a caller may go by; where something was found, it counts more than what could not be searched.
CLEAN, FOUND, NOT_SEARCHED = 0, 1, 2


def add_verb(verbs):
    """Add the verb and return its parser."""
    verb = verbs.add_parser(
        "scan",
        help="search tables, files and logs for plain numbers; report places only",
        description="Exit status 0: no plain number was found. 1: some were, and where. 2: none was found, but not"
        " everything could be searched, or nothing at all.",
    )
    verb.add_argument("--numbers", metavar="FILE", help="look for these numbers only, one in a line; - reads them")
    verb.add_argument("--region", metavar="XX", help="country of numbers written without a prefix")
    verb.add_argument(
        "--log", metavar="FILE", action="append", default=[], help="a log to search as well, with its rotated files"
    )
    return verb


def run_scan(chosen):
    """Print the places where a number was found and return the exit status."""
    found = scan.matcher([*_numbers(chosen), *([PLANTED] if chosen.numbers else [])], chosen.region)
    places, closed = [], []
    for search in (_tables, _files, _logs):
        search(chosen, found, places, closed)
    for place in places:
        print(place)
    print("Plain numbers were found in the places above." if places else _clean(chosen))
    for sentence in closed:
        print(sentence, file=sys.stderr)
    return FOUND if places else NOT_SEARCHED if closed else CLEAN


def _tables(chosen, found, places, closed):
    try:
        with open_cursor(chosen.database) as cr:
            # Never committed. Not in one piece: a server that logs statements would be found to hold a number.
            cr.execute("CREATE TABLE IF NOT EXISTS consent_notify_planted (number varchar)")
            halves = [PLANTED[1:6], PLANTED[6:]]
            cr.execute("INSERT INTO consent_notify_planted VALUES (concat('+', %s::text, %s::text))", halves)
            rows = scan.scan_tables(cr, found, Progress())
    except psycopg2.Error:  # its own text may hold a row
        closed.append("The tables were not searched to the end: see that the database runs and lets you read them all.")
    else:
        if not rows.pop(PLACE, 0):
            closed.append(
                "The search missed a number that it had planted itself: what it says of tables counts for nothing."
            )
        places += [f"{place}: {count} rows" for place, count in sorted(rows.items())]


def _files(chosen, found, places, closed):
    unread = []
    if files := scan.scan_files(config.filestore(chosen.database), found, unread):
        places.append(f"file store: {files} files")
    closed += map(_not_searched, unread)


def _logs(chosen, found, places, closed):
    named = (*chosen.log, *filter(None, [config["logfile"]]))
    if not named:
        print("No log was searched: name each with --log.", file=sys.stderr)
    for path in dict.fromkeys(path for name in named for path in scan.rotated(name)):
        try:
            count = scan.scan_log(path, found)
        except OSError:
            count = None
        if count is None:
            closed.append(_not_searched(path))
        elif count:
            places.append(f"{path}: {count} lines")


def _clean(chosen):
    if chosen.numbers or chosen.region:
        return "No plain number was found."
    return (
        "No plain number with its country prefix was found. Say --region XX to find those written without one in a"
        " country, or --numbers FILE to find yours in every spelling."
    )


def _not_searched(path):
    return f"{path} was not searched: it cannot be read or unpacked here."


def _numbers(chosen):
    if not chosen.numbers:
        return []
    try:
        if chosen.numbers == "-":
            lines = sys.stdin.read().splitlines()
        else:
            with open(chosen.numbers, encoding="utf-8") as file:
                lines = file.read().splitlines()
    except UnicodeDecodeError:
        raise ConsentNotifyError("The list is no plain text: save it as UTF-8, one number in a line.") from None
    numbers = [(line, phone.to_e164(line, chosen.region)) for line in map(str.strip, lines) if line]
    wrong = [position for position, (_line, e164) in enumerate(numbers, 1) if not e164]
    if wrong or not numbers:
        where = f" (line {wrong[0]})" if wrong else ""
        raise ConsentNotifyError(f"The list holds something that is no phone number{where}: write one in a line.")
    return [e164 for _line, e164 in numbers]
