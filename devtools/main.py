"""The commands of `./dev`."""

import os
import signal
import sys

from . import database
from .paths import DEV
from .ui import Stop, disk_error, say

HELP = """\
./dev demo [--once] [--lang ru] [--port N]   from a bare clone to a running shop, with one order told as a story
./dev test [pytest arguments]                everything: unit, browser, system
./dev test core [--quick]                    the core's own tests, with and without the addon
./dev test screens                           the tours, in both languages, on a desk and on a handset each
./dev test fire                              senders killed two hundred times, a provider failing in every way
./dev lint [--fix]                           ruff, pylint-odoo, OCA's hooks, prettier, eslint
./dev i18n                                   bring the .pot and .po files of all addons up to date with the source
./dev bench [--million]                      measured against the same Odoo without the addon, in one run
./dev bench consent [--events N]             the log of consents: writing, asking, verifying, importing, the checkout
./dev bench updates [--texts [N]]            texts a second, beside the core's own sending
./dev odoo [arguments]                       Odoo with the addon, on the database `dev` unless -d names another
./dev shell                                  Odoo's Python shell on that database
./dev psql [arguments]                       PostgreSQL's, on that database
./dev stop                                   stop the PostgreSQL server that the others leave running

ODOO_HOME names an Odoo 19 to use instead of fetching one, PGHOST a PostgreSQL server.
Everything made here stands below .dev/; remove that folder to start afresh."""


def main(arguments):
    """Run one command and return the process's exit status."""
    command, *rest = arguments or ["help"]
    commands = {
        "demo": demo,
        "test": test,
        "lint": lint,
        "i18n": i18n,
        "bench": bench,
        "odoo": odoo,
        "shell": shell,
        "psql": psql,
        "stop": stop,
    }
    if command in ("help", "-h", "--help"):
        say(HELP)
        return 0
    if command not in commands:
        say(f"There is no command {command!r}: `./dev help` lists them.")
        return 2
    # A polite stop is like Ctrl-C, and a shell's background does not deafen us to that: nothing half-made stays.
    for polite in (signal.SIGTERM, signal.SIGINT):
        signal.signal(polite, signal.default_int_handler)
    try:
        return commands[command](rest) or 0
    except Stop as stop_reason:
        print(stop_reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `./dev … | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if told := disk_error(error):
            print(told, file=sys.stderr)
            return 1
        raise


def demo(arguments):
    """Build the shop and tell the story of one order."""
    from .demo import demo as run_demo

    return run_demo(arguments)


def test(arguments):
    """Run the tests."""
    from .testing import test as run_tests

    return run_tests(arguments)


def lint(arguments):
    """Run the linters."""
    from .lint import lint as run_lint

    return run_lint(arguments)


def i18n(arguments):
    """Bring the files of translations up to date."""
    from .i18n import i18n as run_i18n

    return run_i18n(arguments)


def bench(arguments):
    """Run the benchmarks."""
    from .bench import bench as run_bench

    return run_bench(arguments)


def odoo(arguments):
    """Hand the terminal to Odoo."""
    return _hand_over(database.odoo_command, arguments)


def shell(arguments):
    """Hand the terminal to Odoo's shell."""
    return _hand_over(database.odoo_command, ["shell", *arguments])


def psql(arguments):
    """Hand the terminal to PostgreSQL's shell."""
    from .postgres import get_server
    from .venv import postgres_programs

    _database(arguments)
    named = [] if arguments else ["-d", "dev"]
    env = {**os.environ, **get_server().environment, "PGDATABASE": "dev"}
    _become([postgres_programs() / "psql", *named, *arguments], env)


def stop(_arguments):
    """Stop our own PostgreSQL server."""
    from .postgres import stop_server

    if DEV.exists():
        stop_server()


def _hand_over(command, arguments):
    config = database.write_config("odoo", 8069)
    named = [] if _database(arguments) else ["-d", "dev"]
    _become(command(config, *arguments, *named), database.environment())


def _become(command, env):
    """Put another program in our place: Ctrl-C, the terminal and the exit status are its own."""
    sys.stdout.flush()
    os.execve(command[0], [str(part) for part in command], env)


def _database(arguments):
    """Tell whether the arguments name a database; if not, make sure there is one called `dev`."""
    if any(argument in ("-d", "--database") or argument.startswith("--database=") for argument in arguments):
        return True
    template = database.get_template()
    if not database.exists("dev"):
        database.clone(template, "dev")
    return False
