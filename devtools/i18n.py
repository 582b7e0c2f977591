"""`./dev i18n`: the terms of every addon of this repository, exported by Odoo and merged into its translations."""

from . import database
from .paths import ADDON, ROOT, locked
from .server import run_script
from .ui import Stop, run, say, step
from .venv import get_python

NAME = "i18n"
EXPORT = """
import sys
sys.path.insert(0, {root!r})
from devtools.i18n_worker import export
export(env, {addons!r}, {folder!r})
"""


def i18n(arguments):
    """Bring each addon's .pot and .po files up to date and tell what has no translation yet."""
    if arguments:
        raise Stop("./dev i18n takes no arguments: it looks at every addon of this repository.")
    with locked(NAME, "Another ./dev i18n runs in this checkout: wait for its end, then run this again."):
        try:
            database.clone(database.get_template(), NAME)
            with step("Exporting the terms"):
                export(NAME, [ADDON.name])
            # Apart, and after the first: what else is installed adds fields to the addon that others build on.
            others = [name for name in addons() if name != ADDON.name]
            with step("Installing the other addons"):
                run(
                    database.odoo_command(
                        database.write_config(NAME, 8069, http_enable=False, log_level="warn"),
                        *("-d", NAME, "-i", ",".join(others), "--stop-after-init"),
                    ),
                    "Odoo could not install " + ", ".join(others),
                    env=database.environment(),
                )
            with step("Exporting theirs"):
                export(NAME, others)
        finally:
            database.drop(NAME)
    worker = [get_python(), ROOT / "devtools" / "i18n_worker.py", *(ROOT / name for name in addons())]
    say(run([str(part) for part in worker], "The translations could not be merged").rstrip())


def addons():
    """Return the names of this repository's addons, sorted."""
    return sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


def export(name, addons, folder=None):
    """Write the .pot file of each addon that is installed in the database `name` and has terms.

    :param folder: write `folder`/ADDON.pot instead of each addon's own file
    """
    script = EXPORT.format(root=str(ROOT), addons=list(addons), folder=str(folder or ""))
    run_script(name, script, "Odoo could not export the terms")
