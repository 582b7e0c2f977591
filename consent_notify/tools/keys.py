"""The keyring: the keys that open the vault, and how they are written.

Format 1 is a JSON object: `format`, `primary` (an id of `seal`), `seal` ({id: key}), and one key each for
`token`, `digest`, `suffix` and `mac`. Ids are 8 hexadecimal characters, keys 32 bytes in base64.
"""

import base64
import json
import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .errors import KeyringError, _lt

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

    @cached_property
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


def _encode(key):
    return base64.b64encode(key).decode()


def _decode(text):
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return key


def _stretch(passphrase, salt):
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
