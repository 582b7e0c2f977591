"""Getting Odoo 19: what `ODOO_HOME` names, else Debian's package, else a clone of `ODOO_GIT`."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from .paths import DEV, fingerprint, locked, made_whole
from .ui import Stop, need_space, run, step

# Odoo's own package and one font are in sid only; its JavaScript libraries and other fonts are links into
# packages that must come from the machine's own release (the icons break with sid's fonts-font-awesome 7).
FROM_SID = ("odoo-19", "fonts-montserrat")
FROM_OWN = (
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
DEBIAN_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Odoo:
    """An Odoo to run: its start script, the folder that holds the package `odoo`, and a name for its version."""

    script: Path
    path: Path
    version: str

    @property
    def addons_paths(self):
        """Folders with addons besides `odoo/addons`."""
        return [folder for folder in (self.path / "addons",) if (folder / "web").is_dir()]


def get_odoo():
    """Return an Odoo 19, fetching it first if this is the first time."""
    if home := os.environ.get("ODOO_HOME"):
        return _look_at(Path(home), "The folder that ODOO_HOME names")
    target = DEV / "odoo"
    if not (target / ".whole").exists():
        with locked("build"):
            _fetch(target)
    return _look_at(target, "The folder .dev/odoo")


def _fetch(target):
    if not (target / ".whole").exists():
        need_space(DEV, 3)
        if shutil.which("apt-get") and shutil.which("dpkg") and DEBIAN_KEYS.exists():
            _unpack_debian(target)
        elif os.environ.get("ODOO_GIT"):
            _clone(target, os.environ["ODOO_GIT"])
        else:
            raise Stop(
                "Odoo 19 is not here and this is no Debian machine: name a checkout in ODOO_HOME, or a repository "
                "in ODOO_GIT, and run this again."
            )


def _look_at(home, name):
    for script, path in ((home / "odoo-bin", home), (home / "usr/bin/odoo", home / "usr/lib/python3/dist-packages")):
        release = path / "odoo" / "release.py"
        if script.exists() and release.exists():
            if "(19, 0," not in release.read_text():
                raise Stop(f"{name} holds another version of Odoo: this addon needs 19.0.")
            return Odoo(script, path, fingerprint(release, str(release.stat().st_size)))
    raise Stop(f"{name} holds no Odoo: it should have odoo-bin, or usr/bin/odoo, in it.")


def _unpack_debian(target):
    sources = _mirrors()
    if not sources:
        with step("Asking the machine's package mirror"):
            sources = _mirrors(refresh=True)
    if not sources:
        raise Stop("No Debian mirror is set up on this machine: check the files below /etc/apt and run this again.")
    codename = _codename()
    with made_whole(target) as part:
        debs = part / "debs"
        debs.mkdir()
        with step("Downloading Odoo 19 (130 MB)"):
            for suite, packages in (("sid", FROM_SID), (codename, FROM_OWN)):
                options = _private_apt(part / f"apt-{suite}", sources[0], suite)
                failed = f"Debian's packages of {suite} did not arrive: check the network and run this again"
                run(["apt-get", *options, "-qq", "update"], failed)
                run(["apt-get", *options, "-qq", "download", *packages], failed, cwd=debs)
        with step("Unpacking"):
            for deb in sorted(debs.iterdir()):
                run(["dpkg", "-x", deb, part], f"{deb.name} did not unpack: the disk may be full")
        for folder in part.glob("apt-*"):
            shutil.rmtree(folder)
        shutil.rmtree(debs)
        (part / ".whole").touch()


def _private_apt(folder, mirror, suite):
    """Return options that keep apt to a folder of its own: it asks for no rights and changes no machine."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={DEBIAN_KEYS}] {mirror} {suite} main\n")
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": pwd.getpwuid(os.getuid()).pw_name,
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [option for name, value in settings.items() for option in ("-o", f"{name}={value}")]


def _mirrors(refresh=False):
    """Return the machine's Debian mirrors, main one first; `refresh` reads the lists into a private folder."""
    options = []
    if refresh:
        lists = DEV / "apt-lists"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        options = ["-o", f"Dir::State::Lists={lists}", "-o", f"APT::Sandbox::User={pwd.getpwuid(os.getuid()).pw_name}"]
        run(["apt-get", *options, "-qq", "update"], "The package mirror did not answer: check the network")
    told = run(
        ["apt-get", *options, "indextargets", "--format", "$(REPO_URI) $(CODENAME)"],
        "apt-get could not list its mirrors",
    )
    found = dict.fromkeys(line.split()[0] for line in told.splitlines() if line.endswith(f" {_codename()}"))
    if refresh:
        shutil.rmtree(DEV / "apt-lists", ignore_errors=True)
    return list(found)


def _codename():
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return "stable"


def _clone(target, repository):
    with made_whole(target) as part, step("Cloning Odoo 19"):
        run(
            ["git", "clone", "-q", "--depth", "1", "--branch", "19.0", repository, part / "odoo"],
            "The repository that ODOO_GIT names could not be cloned: check the address and the network",
        )
        for path in (part / "odoo").iterdir():
            path.rename(part / path.name)
        (part / ".whole").touch()
