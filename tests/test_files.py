"""What no tracked file may hold: the host of a package registry, or a path of somebody's machine."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from docutils.core import publish_doctree
from docutils.nodes import image, reference

from devtools.paths import ADDON, ROOT

# Written in pieces: this file is looked at too.
HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
    ("deb.debian", "org"),
    ("ftp.debian", "org"),
    ("security.debian", "org"),
    ("archive.ubuntu", "com"),
)
HOST = re.compile("|".join(re.escape(".".join(host)) for host in HOSTS))
MACHINE = re.compile(rf"(?<![\w./])/(work|home|Users|root|workspace)/\w|{re.escape(str(ROOT))}\b")


def tracked():
    """Return {path: text} of the files git knows or would add; pictures are left out."""
    told = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = {}
    for name in filter(None, told.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".jpg", ".woff2", ".ico"):
            found[name] = path.read_text(errors="replace")
    return found


def hits(pattern, texts):
    return sorted(name for name, text in texts.items() if pattern.search(text))


def test_no_file_names_a_registry():
    assert hits(HOST, {"planted": "index-url = https://" + ".".join(HOSTS[0])}) == ["planted"]
    assert hits(HOST, tracked()) == []


def test_no_file_names_a_machine():
    assert hits(MACHINE, {"planted": f"see {ROOT}/dev", "home": "/ho" + "me/ada/x"}) == ["home", "planted"]
    assert hits(MACHINE, tracked()) == []


def test_the_lock_of_npm_says_what_but_not_where_from():
    lock = json.loads((ROOT / "requirements" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def test_every_python_package_is_pinned_and_hashed():
    locks = list((ROOT / "requirements").glob("*.txt"))
    assert ROOT / "requirements" / "dev.txt" in locks
    for lock in locks:
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        loose = [block.splitlines()[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block]
        assert loose == [], lock.name


def test_the_wheel_holds_the_addon(tmp_path):
    """Built without the network, by the whool of the tests' own environment, from the root and from the addon."""
    for number, source in enumerate((ROOT, ROOT / "consent_notify")):
        folder = tmp_path / str(number)
        options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
        done = subprocess.run(
            [str(part) for part in (sys.executable, "-m", "pip", "wheel", "-q", *options, source)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        [wheel] = folder.iterdir()
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
            needs = re.findall(r"^Requires-Dist: (.*)$", archive.read(metadata).decode(), re.MULTILINE)
        addon = Path("odoo/addons/consent_notify")
        for path in ("__manifest__.py", "data/neutralize.sql", "static/description/icon.png", "tools/seal.py"):
            assert str(addon / path) in names
        assert not [name for name in names if ".dist-info" not in name and not Path(name).is_relative_to(addon)]
        for package in ("cryptography", "holidays", "phonenumbers", "twilio"):
            assert re.search(rf"^{package}>=[\d.]+,<\d+$", "\n".join(needs), re.MULTILINE), needs


def test_the_readme_is_whole():
    """It parses without a complaint, and every picture and file it points to is there."""
    tree = publish_doctree((ROOT / "README.rst").read_text(), settings_overrides={"report_level": 1, "halt_level": 1})
    targets = [node["uri"] for node in tree.findall(image)]
    targets += [node["refuri"] for node in tree.findall(reference) if "refuri" in node]
    assert [uri for uri in targets if "://" not in uri and not (ROOT / uri).exists()] == []


def test_the_fragments_of_the_readme_follow_oca():
    names = {path.name for path in (ADDON / "readme").iterdir()}
    known = {"DESCRIPTION", "CONTEXT", "INSTALL", "CONFIGURE", "USAGE", "ROADMAP", "HISTORY", "CONTRIBUTORS", "CREDITS"}
    assert names <= {f"{name}.md" for name in known}
    assert {"DESCRIPTION.md", "USAGE.md", "CONTRIBUTORS.md"} <= names
    for name in names:
        text = (ADDON / "readme" / name).read_text()
        # The generator puts each under a heading of its own.
        assert not re.search(r"^# ", text, re.MULTILINE), name
        assert text.endswith("\n")
    description = ADDON / "static" / "description"
    assert (description / "icon.png").read_bytes().startswith(b"\x89PNG")
    page = (description / "index.html").read_text()
    assert [src for src in re.findall(r'src="([^":]+)"', page) if not (description / src).exists()] == []
