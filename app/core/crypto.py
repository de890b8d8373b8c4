"""Encryption at rest: AES-256-GCM under a key per organization, derived by HKDF from rotating master keys.

And codes that only whoever has the keys can make.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import SetupError

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext (nonce first) and the id of the master key that made it."""

    key_id: str
    blob: bytes


class DecryptionError(Exception):
    """The blob was changed, belongs to another row, or its key is not configured."""


class Keyring:
    """Master keys by id; the first encrypts, all decrypt. A blob is bound to its organization and row."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._primary = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str | None) -> "Keyring":
        """Read `id:base64,…`. Raises `SetupError` when a key is missing, malformed or not 32 bytes long."""
        keys = dict(_parse_key(part) for part in (text or "").split(",") if part.strip())
        if not keys:
            raise SetupError("VIRGA_VAULT__KEYS is not set; `virga init-env` makes one.")
        return cls(keys)

    @property
    def primary_id(self) -> str:
        """Return the id of the key that encrypts."""
        return self._primary

    @property
    def key_ids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def encrypt(self, plain: bytes, *, org_id: str, item_id: str) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        box = self._box(self._primary, org_id)
        return Sealed(self._primary, nonce + box.encrypt(nonce, plain, _binding(org_id, item_id)))

    def decrypt(self, sealed: Sealed, *, org_id: str, item_id: str) -> bytes:
        """Return the plain bytes. Raises `DecryptionError`."""
        if sealed.key_id not in self._keys:
            raise DecryptionError(f'The vault key "{sealed.key_id}" is not configured.')
        box = self._box(sealed.key_id, org_id)
        nonce, body = sealed.blob[:_NONCE_BYTES], sealed.blob[_NONCE_BYTES:]
        try:
            return box.decrypt(nonce, body, _binding(org_id, item_id))
        except (InvalidTag, ValueError) as error:  # a blob can also be too short to be one
            raise DecryptionError("The stored secret does not belong to this row or was changed.") from error

    def mac(self, message: bytes, *, purpose: str, key_id: str) -> bytes:
        """Return the HMAC-SHA256 of a message under a key of its own for each purpose, or raise `DecryptionError`."""
        if key_id not in self._keys:
            raise DecryptionError(f'The vault key "{key_id}" is not configured.')
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"virga/mac/" + purpose.encode())
        return hmac.digest(derived.derive(self._keys[key_id]), message, "sha256")

    def _box(self, key_id: str, org_id: str) -> AESGCM:
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"virga/org/" + org_id.encode())
        return AESGCM(derived.derive(self._keys[key_id]))


def new_master_key(key_id: str) -> str:
    """Return `key_id:base64` of 32 random bytes."""
    return f"{key_id}:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}"


def _parse_key(part: str) -> tuple[str, bytes]:
    key_id, _, encoded = part.strip().partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if not key_id or len(key) != _KEY_BYTES:
        raise SetupError("VIRGA_VAULT__KEYS must be `id:base64` of 32 bytes each, comma-separated.")
    return key_id, key


def _binding(org_id: str, item_id: str) -> bytes:
    return f"{len(org_id)}:{org_id}:{item_id}".encode()
