"""Databases: one template with the apps we build on, one with our addon, and quick clones of them."""

import ast
import os
import shutil
from pathlib import Path

from .odoo_source import get_odoo
from .paths import ADDON, DEV, KEYRING, LOCK, ROOT, fingerprint, locked
from .postgres import get_server
from .ui import Stop, need_space, run, step
from .venv import get_python

DATA = DEV / "data"
# Beside what the manifest names: a payment provider and a pickup point for the story and the tests.
EXTRA_MODULES = ("payment_demo", "website_sale_collect")


def modules():
    """Return the modules of the base template, sorted."""
    return sorted({*ast.literal_eval((ADDON / "__manifest__.py").read_text())["depends"], *EXTRA_MODULES})


def environment():
    """Return the variables an Odoo process of ours runs with."""
    return {
        **os.environ,
        "PYTHONPATH": str(get_odoo().path),
        "CONSENT_NOTIFY_KEYRING": str(KEYRING),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def write_config(name, port, addons=None, **options):
    """Write `.dev/NAME.conf` for an Odoo process and return its path.

    :param Path addons: the folder that holds our addon, if not this checkout
    """
    server = get_server()
    folders = [*get_odoo().addons_paths, addons or ROOT]
    settings = {
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "db_password": server.password,
        "db_template": "template0",
        "addons_path": ",".join(map(str, folders)),
        "data_dir": DATA,
        "http_interface": "127.0.0.1",
        "http_port": port,
        "list_db": False,
        "max_cron_threads": 1,
        "without_demo": False,
        **options,
    }
    path = DEV / f"{name}.conf"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("[options]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    return path


def odoo_command(config, *arguments):
    """Return the command line of an Odoo process."""
    return [str(get_python()), str(get_odoo().script), *arguments, "-c", str(config)]


def exists(name):
    """Tell whether there is a database called `name`."""
    return bool(get_server().psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def drop(name):
    """Drop a database with its file store, whoever is connected."""
    get_server().psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def clone(source, name):
    """Make `name` a copy of `source`, replacing what was there; the files are linked, not copied."""
    drop(name)
    get_server().psql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
    if (DATA / "filestore" / source).exists():
        shutil.copytree(DATA / "filestore" / source, DATA / "filestore" / name, copy_function=os.link)


def get_template():
    """Return the name of a database with our addon and demo data, making it the first time."""
    base = get_base_template()
    # The small addons beside it come by themselves wherever their apps are in the base.
    small = (path.parent for path in sorted(ROOT.glob("consent_notify_*/__manifest__.py")))
    ours = f"cn_addon_{fingerprint(base, ADDON, *small)}"
    if not exists(ours):
        with locked("build"):
            if not exists(ours):
                for (old,) in get_server().psql("SELECT datname FROM pg_database WHERE datname ~ '^cn_(base|addon)_'"):
                    if old != base:
                        drop(old)
                _build(ours, base, ["consent_notify"], "Installing the addon")
    return ours


def get_base_template():
    """Return the name of the template without our addon, making it the first time."""
    base = f"cn_base_{fingerprint(get_odoo().version, LOCK, *modules())}"
    if not exists(base):
        with locked("build"):
            if not exists(base):
                need_space(DEV, 2)
                _build(base, None, modules(), "Installing Odoo's apps into a template database (about 2 minutes)")
    return base


def _build(name, source, install, title):
    """Build a template under another name first: a build that is stopped leaves nothing behind."""
    part = f"{name}_part"
    with step(title):
        drop(part)
        if source:
            clone(source, part)
        try:
            told = run(
                odoo_command(
                    write_config("build", 8069, http_enable=False),
                    *("-d", part, "-i", ",".join(install), "--with-demo", "--stop-after-init"),
                ),
                "Odoo could not install " + ", ".join(install),
                log=DEV / "build.log",
                env=environment(),
            )
            if " ERROR " in told or "CRITICAL" in told:
                raise Stop(f"Odoo installed with errors: read {DEV / 'build.log'}.")
            rename(part, name)
        except BaseException:
            drop(part)
            raise


def rename(part, name):
    """Give a finished database its name, replacing what had it."""
    drop(name)
    get_server().psql(f'ALTER DATABASE "{part}" RENAME TO "{name}"')
    store = DATA / "filestore" / part
    if store.exists():
        shutil.rmtree(Path(DATA / "filestore" / name), ignore_errors=True)
        store.rename(DATA / "filestore" / name)
