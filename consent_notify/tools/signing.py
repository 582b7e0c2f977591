"""The key that signs anchors, derived from the keyring: no keyring and no recovery kit has to be made anew."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

USE = b"consent_notify anchor signature 1"


def _private_key(ring):
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=USE).derive(ring.mac)
    return Ed25519PrivateKey.from_private_bytes(seed)


def sign(ring, statement):
    """Return the Ed25519 signature (128 hexadecimal characters) of a statement (bytes)."""
    return _private_key(ring).sign(statement).hex()


def public_key(ring):
    """Return the public half (64 hexadecimal characters), which anybody may have."""
    return _private_key(ring).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def is_signed(key, statement, signature):
    """Tell whether a signature is the one of a public key; all three as they stand in an anchor."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True
