"""`odoo consent` as an administrator types it: a planted number is found, a killed rotation goes on."""

import gzip
import os
import signal
import subprocess
import time

import pytest

from odoo.addons.consent_notify.tools import keyring

from devtools import database
from devtools.postgres import get_server
from devtools.server import run_script
from devtools.terminal import Shell

NUMBER = "+12025550166"
FILL = """
env['res.partner'].create([{'name': 'Many', 'phone': '+1202%07d' % (5550000 + i)} for i in range(6000)])
env.cr.commit()
"""
PLANT = "env['res.partner'].create({{'name': 'Planted', 'comment': 'call {number}'}}); env.cr.commit()"

PLANT_SEALED = f"env['res.partner'].create({{'name': 'Sealed', 'phone': {NUMBER!r}}}); env.cr.commit()"


@pytest.fixture
def shell(make_clone, tmp_path):
    return Shell(make_clone("cli"), tmp_path)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    name = f"test_bare_{os.getpid()}"
    database.clone(database.get_base_template(), name)
    yield Shell(name, tmp_path_factory.mktemp("bare"))
    database.drop(name)


def test_scan_finds_what_was_planted_and_prints_no_number(shell):
    code, out, err = shell.run("scan", "--numbers", "-", text=f"{NUMBER}\n")
    assert (code, out) == (0, "No plain number was found.\n"), err
    run_script(shell.name, PLANT.format(number=NUMBER), "The number could not be planted")
    log = shell.keyring.with_name("server.log")
    log.write_text(f"INFO {NUMBER}\n")
    away = log.with_name("server.log.2.gz")
    away.write_bytes(gzip.compress(f"INFO {NUMBER}\n".encode()))
    log.with_name("server.log.3.zst").write_bytes(b"x")
    code, out, err = shell.run("scan", "--numbers", "-", "--log", str(log), text="(202) 555-0166\n")
    assert code == 2, "a number without a prefix needs --region"
    code, out, err = shell.run("scan", "--numbers", "-", "--region", "US", "--log", str(log), text="(202) 555-0166\n")
    assert code == 1, err
    assert "res_partner.comment: 1 rows" in out
    assert f"{log}: 1 lines" in out
    assert f"{away}: 1 lines" in out
    assert "server.log.3.zst was not searched" in err
    assert "5550166" not in out + err


@pytest.mark.parametrize("words", [("rotate",), ("rotate", "--add-only"), ("keys",), ("retire", "0" * 8)])
def test_a_database_without_the_addon_is_refused_and_the_keyring_stays(bare, words):
    before = bare.keyring.read_bytes()
    code, _out, err = bare.run(*words)
    assert (code, err) == (2, f"The addon is not installed in the database {bare.name}.\n")
    assert bare.keyring.read_bytes() == before


def test_a_rotation_that_is_killed_goes_on(shell):
    run_script(shell.name, FILL, "The numbers could not be made")
    old = keyring.load(shell.keyring)
    process = shell.start("rotate")
    counts = {}
    deadline = time.monotonic() + 60
    while len(counts) < 2 and time.monotonic() < deadline:
        counts = dict(
            get_server().psql("SELECT substring(sealed FROM 2 FOR 4), count(*) FROM phone_vault GROUP BY 1", shell.name)
        )
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(counts) == 2, "the rotation was over, or had not begun, when it was killed"
    code, out, err = shell.run("rotate", "--resume")
    assert code == 0, err
    ring = keyring.load(shell.keyring)
    assert ring.seal.keys() == old.seal.keys() | {ring.primary}
    code, out, err = shell.run("keys")
    rows = [line.split() for line in out.splitlines()]
    assert {key: int(count) for key, count, *_rest in rows if int(count)} == {
        ring.primary.hex(): int(get_server().psql("SELECT count(*) FROM phone_vault", shell.name)[0][0])
    }
    # The template and its other clones are sealed with the same keyring.
    code, out, err = shell.run("retire", old.primary.hex())
    assert code == 2
    assert "still need this key" in err
    assert keyring.load(shell.keyring) == ring


def test_who_changes_keys_waits_and_loses_no_key(shell):
    first = keyring.load(shell.keyring)
    with keyring.locked(shell.keyring):
        second = shell.start("rotate")
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(10)
        mine = keyring.save(shell.keyring, first.with_new_key(), first)
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    ring = keyring.load(shell.keyring)
    assert ring.seal.keys() == mine.seal.keys() | {ring.primary}
    assert len(ring.seal) == 3


def test_several_hosts_get_the_new_key_before_it_seals(shell):
    old = keyring.load(shell.keyring)
    code, out, err = shell.run("rotate", "--add-only")
    assert code == 0, err
    ring = keyring.load(shell.keyring)
    [added] = ring.seal.keys() - old.seal.keys()
    assert ring.primary == old.primary
    assert f"--primary {added.hex()}" in out
    assert shell.run("rotate", "--primary", "0000")[0] == 2
    code, out, err = shell.run("rotate", "--primary", added.hex())
    assert code == 0, err
    now = keyring.load(shell.keyring)
    assert (now.primary, now.seal) == (added, ring.seal)
    counts = "SELECT DISTINCT encode(substring(sealed FROM 2 FOR 4), 'hex') FROM phone_vault"
    assert get_server().psql(counts, shell.name) == [[added.hex()]]


PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def kit(shell):
    path = shell.keyring.with_name("shop.kit")
    path.write_bytes(keyring.load(shell.keyring).export_kit(PASSPHRASE))
    return path


def test_a_lost_keyring_comes_back_from_its_kit(shell, kit):
    ring = keyring.load(shell.keyring)
    shell.keyring.unlink()
    code, out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert (code, out) == (0, "The keyring is restored. Restart Odoo.\n"), err
    assert keyring.load(shell.keyring) == ring
    assert shell.keyring.stat().st_mode & 0o777 == 0o600
    code, out, err = shell.run("keys")
    assert code == 0, err
    assert PASSPHRASE not in out + err
    # A kit that is out of date takes no newer key away.
    grown = keyring.save(shell.keyring, ring.with_new_key(), ring)
    code, out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert code == 0, err
    assert keyring.load(shell.keyring) == grown


def test_a_kit_overwrites_nothing_and_fits_its_database_alone(shell, kit):
    ring = keyring.load(shell.keyring)
    code, out, err = shell.run("restore-kit", str(kit), text="something else\n")
    assert code == 2
    assert "passphrase" in err
    other = keyring.save(shell.keyring, keyring.Keyring.generate())
    code, out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert code == 2
    assert "another database stands there" in err
    assert keyring.load(shell.keyring) == other
    kit.write_bytes(other.export_kit(PASSPHRASE))
    keyring.save(shell.keyring, ring)
    code, out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert code == 2
    assert "belongs to another database" in err
    shell.keyring.write_bytes(b"{")
    code, out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert code == 2
    assert shell.keyring.read_bytes() == b"{"
    assert "Traceback" not in err


FORGET = "DELETE FROM ir_config_parameter WHERE key = 'consent_notify.keyring_fingerprint'"


def test_a_lost_fingerprint_lets_no_other_keyring_in(shell, kit):
    """An administrator deleted the parameter, and the file is gone as well: the rows still tell whose they are."""
    run_script(shell.name, PLANT_SEALED, "The number could not be sealed")
    ring = keyring.load(shell.keyring)
    get_server().psql(FORGET, shell.name)
    shell.keyring.unlink()
    for words in (("keys",), ("rotate",)):
        code, _out, err = shell.run(*words)
        assert code == 2
        assert "is missing" in err
        assert not shell.keyring.exists()
    other = keyring.Keyring.generate()
    wrong = kit.with_name("wrong.kit")
    wrong.write_bytes(other.export_kit(PASSPHRASE))
    code, _out, err = shell.run("restore-kit", str(wrong), text=f"{PASSPHRASE}\n")
    assert code == 2
    assert "belongs to another database" in err
    keyring.save(shell.keyring, other)
    code, _out, err = shell.run("keys")
    assert code == 2
    assert "belongs to another database" in err
    shell.keyring.unlink()
    code, _out, err = shell.run("restore-kit", str(kit), text=f"{PASSPHRASE}\n")
    assert code == 0, err
    assert keyring.load(shell.keyring) == ring
    code, _out, err = shell.run("keys")
    assert code == 0, err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("retire", "0000"), "no such key"),
        (("scan", "--numbers", "no-such-file"), "no-such-file"),
    ],
)
def test_mistakes_are_told_in_a_sentence(shell, words, told):
    code, out, err = shell.run(*words)
    assert code == 2
    assert told in err
    assert "Traceback" not in err
