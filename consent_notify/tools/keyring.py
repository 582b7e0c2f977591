"""The keyring: the keys that open the vault, in a file outside the database.

Format 1 is a JSON object: `format`, `primary` (an id of `seal`), `seal` ({id: key}), and one key each for
`token`, `digest`, `suffix` and `mac`. Ids are 8 hexadecimal characters, keys 32 bytes in base64.
"""

import base64
import contextlib
import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .errors import KeyringError, _lt

if os.name == "posix":
    import fcntl

HASH_KEYS = ("token", "digest", "suffix", "mac")
KIT_MAGIC = b"consent_notify kit 1\n"


@dataclass(frozen=True)
class Keyring:
    """Keys by use. `seal` maps key ids (4 bytes) to AES-256 keys; `primary` is the id that seals."""

    primary: bytes
    seal: dict = field(repr=False)
    token: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    suffix: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    @property
    def fingerprint(self):
        """16 hexadecimal characters that name the hash keys: they stay when a seal key is added or retired."""
        return sha256(b"".join(getattr(self, name) for name in HASH_KEYS)).hexdigest()[:16]

    @property
    def kit_fingerprint(self):
        """16 hexadecimal characters that name all keys: a recovery kit with another value is out of date."""
        return sha256(self.dumps()).hexdigest()[:16]

    @classmethod
    def generate(cls):
        """Return a keyring with fresh random keys."""
        key_id = os.urandom(4)
        return cls(key_id, {key_id: os.urandom(32)}, *(os.urandom(32) for _name in HASH_KEYS))

    def with_new_key(self):
        """Return this keyring with a fresh sealing key, which is the primary one."""
        ring, key_id = self.with_spare_key()
        return ring.with_primary(key_id)

    def with_spare_key(self):
        """Return this keyring with a fresh key that seals nothing yet, and that key's id."""
        key_id = os.urandom(4)
        return replace(self, seal={**self.seal, key_id: os.urandom(32)}), key_id

    def with_primary(self, key_id):
        """Return this keyring with one of its keys as the one that seals.

        :raises KeyringError: if it is not here
        """
        if key_id not in self.seal:
            raise KeyringError(_lt("Only a key that is in the keyring can seal."))
        return replace(self, primary=key_id)

    def without_key(self, key_id):
        """Return this keyring without one sealing key.

        :raises KeyringError: if it is the primary one or not here
        """
        if key_id == self.primary or key_id not in self.seal:
            raise KeyringError(_lt("Only a key that is here and is not the primary one can be retired."))
        return replace(self, seal={known: key for known, key in self.seal.items() if known != key_id})

    def dumps(self):
        """Return the keyring as bytes, the same each time."""
        keys = {name: _encode(getattr(self, name)) for name in HASH_KEYS}
        seal = {key_id.hex(): _encode(key) for key_id, key in self.seal.items()}
        whole = {"format": 1, "primary": self.primary.hex(), "seal": seal, **keys}
        return (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def loads(cls, raw):
        """Return the keyring written in `raw` (bytes).

        :raises KeyringError: if anything is missing or of the wrong length
        """
        try:
            whole = json.loads(raw)
            if whole["format"] != 1:
                raise KeyringError(_lt("The keyring was written by a newer version: update the addon."))
            seal = {bytes.fromhex(key_id): _decode(key) for key_id, key in whole["seal"].items()}
            ring = cls(bytes.fromhex(whole["primary"]), seal, *(_decode(whole[name]) for name in HASH_KEYS))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyringError(_lt("The keyring is damaged: restore it from its recovery kit.")) from error
        if ring.primary not in seal or any(len(key_id) != 4 for key_id in seal):
            raise KeyringError(_lt("The keyring is damaged: restore it from its recovery kit."))
        return ring

    def export_kit(self, passphrase):
        """Return the recovery kit: the keyring under a key that scrypt makes of `passphrase`."""
        salt, nonce = os.urandom(16), os.urandom(12)
        return KIT_MAGIC + salt + nonce + AESGCM(_stretch(passphrase, salt)).encrypt(nonce, self.dumps(), KIT_MAGIC)

    @classmethod
    def import_kit(cls, kit, passphrase):
        """Return the keyring inside a recovery kit.

        :raises KeyringError: if it is no kit, or the passphrase is not the one it was made with
        """
        start = len(KIT_MAGIC)
        if not kit.startswith(KIT_MAGIC):
            raise KeyringError(_lt("This file is not a recovery kit."))
        salt, nonce, body = kit[start : start + 16], kit[start + 16 : start + 28], kit[start + 28 :]
        try:
            raw = AESGCM(_stretch(passphrase, salt)).decrypt(nonce, body, KIT_MAGIC)
        except (InvalidTag, ValueError) as error:
            raise KeyringError(
                _lt("The passphrase does not open this recovery kit, or the file is damaged.")
            ) from error
        return cls.loads(raw)


def load(path):
    """Return the keyring in the file at `path`, or None if there is no such file.

    :raises KeyringError: if others may read the file, or it cannot be read
    """
    try:
        with Path(path).open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyringError(_lt("The keyring can be read by others: set the mode of its file to 0600."))
            return Keyring.loads(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be read: check the owner and mode of its file.")) from error


def create(path):
    """Make a keyring at `path` and return it; if another process was first, return that one."""
    _write(path, Keyring.generate(), os.link)
    return load(path)


@contextmanager
def locked(path):
    """Hold the lock of the keyring at `path`: of two who change keys, the second reads what the first has saved.

    A file of its own that stays, since the keyring's is replaced; the lock goes with the process, however it ends.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be written: check the folder it should stand in.")) from error
    with os.fdopen(handle, "wb") as file:
        _give_to_owner(file, path)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def save(path, ring, before=None):
    """Put `ring` in place of the keyring at `path` and return it. The old one stays if anything fails.

    :param before: the keyring that `ring` was made from
    :raises KeyringError: if another than `before` stands there by now: a key of its own would be lost
    """
    if before is not None and load(path) != before:
        raise KeyringError(_lt("The keyring was changed by somebody else at the same moment: try again."))
    _write(path, ring, os.replace)
    return ring


def _write(path, ring, place):
    """Write beside the keyring's place, then move there: it appears whole or not at all."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            _give_to_owner(file, path)
            file.write(ring.dumps())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its keyring is ours
            place(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise KeyringError(_lt("The keyring cannot be written: check the folder it should stand in.")) from error
    finally:
        with contextlib.suppress(OSError):  # moved into its place, or never made
            part.unlink()


def _sync_folder(folder):
    """Write a folder to disk: the name of a new file would else be lost with the power, and its keys with it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _give_to_owner(file, path):
    """Give an open file to the owner of the keyring: root rotates keys that Odoo's own user has to read afterwards."""
    if path.exists():
        owner, own = path.stat(), os.fstat(file.fileno())
        if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)


def _encode(key):
    return base64.b64encode(key).decode()


def _decode(text):
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return key


def _stretch(passphrase, salt):
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
