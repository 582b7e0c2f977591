"""Twilio's own description of its API, out of the npm package in which Twilio publishes it, pinned by its hash."""

import hashlib
import json
import tarfile

from .lint import REQUIREMENTS, npm_command
from .paths import DEV, locked, made_whole
from .ui import Stop, run, step
from .venv import get_environment

PACKAGE = "@twilio/cli-core@9.0.0"
FILE = "package/src/services/twilio-api/twilio_api_v2010.json"
HASH = "170b3ccd0f891416840083d72f1795b1499b14a18d4873fd2b39f47ef84642d6"


def get_specification():
    """Return the OpenAPI document as a dict, fetching it the first time.

    :raises Stop: if npm or the package cannot be had, or the file is another one
    """
    path = DEV / f"contract-{HASH[:10]}" / "twilio_api_v2010.json"
    with locked("build"):
        if not path.exists():
            _fetch(path)
    return json.loads(path.read_text())


def _fetch(path):
    programs = get_environment("lint", REQUIREMENTS / "lint.txt", gigabytes=1).parent
    with made_whole(path.parent) as part, step("Getting Twilio's description of its API"):
        run(
            [*npm_command(programs), "pack", PACKAGE, "--silent", "--ignore-scripts", "--cache", part / "cache"],
            "npm did not bring Twilio's description of its API: check the network and run this again",
            cwd=part,
        )
        [package] = part.glob("*.tgz")
        with tarfile.open(package) as archive:
            content = archive.extractfile(FILE).read()
        if hashlib.sha256(content).hexdigest() != HASH:
            raise Stop(f"{PACKAGE} holds another description of Twilio's API than the one we know.")
        (part / path.name).write_bytes(content)
