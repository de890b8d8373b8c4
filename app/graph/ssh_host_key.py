"""The key by which an SSH host proves that it is the one meant: as a public key, or as its fingerprint alone."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

ALGORITHMS = (
    "ssh-ed25519",
    "ssh-ed448",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp256",
    "ssh-rsa",
)

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_LENGTH_BYTES = 4  # before each part of a key


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host's key, or what is known of it."""

    fingerprint: str  # SHA256:…, without padding, as OpenSSH shows it
    public_key: str | None = None  # algorithm and base64; None where only the fingerprint is known

    @property
    def algorithm(self) -> str | None:
        return self.public_key.partition(" ")[0] if self.public_key else None

    @classmethod
    def of_public_key(cls, algorithm: str, data: bytes) -> "HostKey":
        """Return the key whose bytes these are."""
        digest = base64.b64encode(sha256(data).digest()).decode().rstrip("=")
        return cls(f"SHA256:{digest}", f"{algorithm} {base64.b64encode(data).decode()}")

    @classmethod
    def parse(cls, text: str) -> "HostKey":
        """Read a public key, a line of a known_hosts file, or a SHA256 fingerprint as `ssh-keygen -l` prints it.

        Raises `ValueError` for anything else.
        """
        words = text.split()
        fingerprints = [word for word in words if _FINGERPRINT.fullmatch(word)]
        keys = [key for key in (_key_of(*pair) for pair in pairwise(words[:3])) if key]
        if len(text.strip().splitlines()) == 1 and len(fingerprints) + len(keys) == 1:
            return keys[0] if keys else cls(fingerprints[0].rstrip("="))
        raise ValueError(
            '"host_key" must be one public key such as "ssh-ed25519 AAAA…", or one fingerprint such as "SHA256:…".'
        )


def _key_of(algorithm: str, encoded: str) -> HostKey | None:
    """Return the key that two words are; None for other words, and for a key that names another algorithm within."""
    if algorithm not in ALGORITHMS:
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    named = len(algorithm).to_bytes(_LENGTH_BYTES) + algorithm.encode()
    return HostKey.of_public_key(algorithm, data) if data.startswith(named) and len(data) > len(named) else None
