"""Where the keyring stands: a file, a variable of the environment, or a key service of an addon of your own.

A provider has four methods: `load()` returns the Keyring or None if there is none yet, `make()` makes it unless
somebody was first and returns it, `locked()` is the context in which one process at a time changes keys, and
`save(ring, before)` puts another in the place of `before`. All raise KeyringError, and `ask` and `locked` make one,
without its words, of whatever else a key service raises.

The option `consent_notify_key_service` of Odoo's configuration (or the variable CONSENT_NOTIFY_KEY_SERVICE) names a
class of such providers as `odoo.addons.my_addon.keys:Service`; it is called without arguments, once in each process.
"""

import logging
import os
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from pkgutil import resolve_name

from odoo.sql_db import db_connect
from odoo.tools import config

from . import keyring, vault_keys
from .errors import KeyringError, _lt

_logger = logging.getLogger(__name__)

FINGERPRINT = "consent_notify.keyring_fingerprint"
LOCK = 0x6B657972  # "keyr", of the advisory lock under which a keyring is made


@dataclass(frozen=True)
class FileProvider:
    """A keyring in a file that belongs to Odoo's user alone."""

    path: Path

    def load(self):
        """Return the keyring, or None if there is no file."""
        return keyring.load(self.path)

    def make(self):
        """Make the file and return its keyring."""
        return keyring.create(self.path)

    def locked(self):
        """Keep others from changing keys."""
        return keyring.locked(self.path)

    def save(self, ring, before=None):
        """Replace the file's keyring, which is `before` or there is none yet, and return it."""
        return keyring.save(self.path, ring, before)


@dataclass(frozen=True)
class EnvironmentProvider:
    """The keyring itself in a variable, as orchestrators hand out secrets. We can read it, not change it."""

    variable: str

    def load(self):
        """Return the keyring; an empty variable is a mistake and not the wish for a new one."""
        return _read(os.environ[self.variable])

    def make(self):
        """Refuse: the variable is there, or this provider was not chosen."""
        raise KeyringError(
            _lt("A keyring cannot be made in the environment: make it in a file and put its text there.")
        )

    def locked(self):
        """Do nothing: nobody changes keys here."""
        return nullcontext()

    def save(self, ring, before=None):
        """Refuse rather than lose the new key with this process."""
        raise KeyringError(
            _lt("The keyring stands in the environment, where keys cannot be changed: use a file for that.")
        )


@lru_cache(1)
def _read(text):
    return keyring.Keyring.loads(text.encode())


@lru_cache(1)
def _service(name):
    """Return the provider of the class that `name` stands for: its addon need not be installed, but in the path."""
    try:
        make = resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        make = None
    if not callable(make):
        raise KeyringError(
            _lt("The key service of the configuration is not there: write it as odoo.addons.my_addon.keys:Service.")
        )
    with _in_our_words():
        return make()


@contextmanager
def _in_our_words():
    """Say in one sentence what fails in a key service: its own errors may hold addresses, passwords, even keys."""
    try:
        yield
    except KeyringError:
        raise
    except Exception as error:
        _logger.error("The key service failed: %s.", type(error).__name__)
        raise KeyringError(
            _lt("The key service did not answer: see that it runs and lets this server in, then try again.")
        ) from None


def ask(provider, method, *arguments):
    """Have a provider `load`, `make` or `save`; return the Keyring, or None.

    :raises KeyringError: whatever goes wrong there
    """
    with _in_our_words():
        ring = getattr(provider, method)(*arguments)
    if ring is not None and not isinstance(ring, keyring.Keyring):
        raise KeyringError(_lt("The key service answers with something that is no keyring: tell whoever wrote it."))
    return ring


@contextmanager
def locked(provider):
    """Keep others from changing keys as long as the block lasts."""
    with ExitStack() as stack:
        with _in_our_words():
            stack.enter_context(provider.locked())
        yield


def get_provider():
    """Return the provider that environment and configuration choose, by default a file in the data directory.

    :raises KeyringError: if they name a key service that is not there
    """
    if service := os.environ.get("CONSENT_NOTIFY_KEY_SERVICE") or config.get("consent_notify_key_service"):
        return _service(service)
    if "CONSENT_NOTIFY_KEYRING_JSON" in os.environ:
        return EnvironmentProvider("CONSENT_NOTIFY_KEYRING_JSON")
    chosen = os.environ.get("CONSENT_NOTIFY_KEYRING") or config.get("consent_notify_keyring")
    return FileProvider(Path(chosen) if chosen else Path(config["data_dir"]) / "consent_notify" / "keyring.json")


def beside_keyring(name):
    """Return the path of a file `name` that is kept beside the keyring, outside the database and its backups."""
    provider = get_provider()
    if isinstance(provider, FileProvider):
        return provider.path.with_name(f"{provider.path.stem}.{name}")
    return Path(config["data_dir"]) / "consent_notify" / name


def load_keyring(cr, provider=None, ring=None):
    """Return the provider's keyring if it is the one of the database behind `cr`; make it if there is none yet.

    :param ring: what the provider has just answered, if it was asked
    :raises KeyringError: if the database already has sealed with another keyring, or with one that is gone
    """
    provider = provider or get_provider()
    known = get_fingerprint(cr)
    ring = ring or ask(provider, "load") or _create(cr, provider, known)
    if not is_keyring_of(cr, ring):
        raise KeyringError(
            _lt("The keyring belongs to another database: put back the one this database was sealed with.")
        )
    if known is None:
        cr.execute(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING",
            [FINGERPRINT, ring.fingerprint],
        )
    return ring


def is_keyring_of(cr, ring):
    """Tell whether the database behind `cr` is sealed with `ring`: by its fingerprint or, if that is gone, its rows."""
    known = get_fingerprint(cr)
    return known == ring.fingerprint if known is not None else vault_keys.opens_any(cr, ring)


def _create(cr, provider, known):
    """Make the first keyring of a database. Hosts that start together wait here: one makes it, the others are told."""
    if known is None:
        cr.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        with db_connect(cr.dbname).cursor() as present:  # `cr` still sees the database as it was when it began
            known = get_fingerprint(present)
    if ring := ask(provider, "load"):
        return ring  # another host was first
    # Vault rows stand for a keyring too: whoever took the fingerprint away must not get another one in its place.
    if known is not None or vault_keys.has_rows(cr):
        raise KeyringError(
            _lt("The keyring of this database is missing: copy it from another host or its recovery kit.")
        )
    ring = ask(provider, "make")
    _logger.info("Made a keyring; save its recovery kit.")
    return ring


def get_fingerprint(cr):
    """Return the fingerprint of the keyring that the database behind `cr` is sealed with, or None."""
    cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [FINGERPRINT])
    row = cr.fetchone()
    return row and row[0]
