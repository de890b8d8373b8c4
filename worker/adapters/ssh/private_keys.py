"""Reading private keys, whose makers decide what that costs: within bounds, and never on the event loop."""

import base64
import binascii

import asyncssh
from asyncssh.asn1 import ASN1DecodeError, der_decode

from app.graph.errors import PermanentError

MAX_CHARACTERS = 4_000  # an RSA key of 4,096 bits, which takes 0.3 s to check
MAX_ITERATIONS = 1_000_000  # of deriving a key from a passphrase, which take about a second

_OPENSSH, _ENCRYPTED = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PLAIN = b"openssh-key-v1\0\0\0\0\x04none"  # how an OpenSSH key begins that no passphrase protects
_ENCRYPTED_SAYS = "Passphrase must be specified"  # how the library begins to say so


def read_private_key(text: str, passphrase: str | None) -> asyncssh.SSHKey:
    """Return the key that a text is. May take a second. Raises `PermanentError`, whose message shows nothing of it."""
    key = text.strip()
    if len(key) > MAX_CHARACTERS:
        raise PermanentError(f"the private key is longer than {MAX_CHARACTERS:,} characters")
    _refuse_what_costs_too_much(key)
    try:
        return asyncssh.import_private_key(key, passphrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        if str(error).startswith(_ENCRYPTED_SAYS):
            raise PermanentError('the private key is encrypted; its passphrase belongs into "passphrase"') from None
        if passphrase is not None:
            raise PermanentError("the private key cannot be read with this passphrase") from None
        raise _unreadable() from None
    except Exception:  # noqa: BLE001 -- whatever else a strange text makes the library stumble over
        raise _unreadable() from None


def _unreadable() -> PermanentError:
    return PermanentError(
        "the private key cannot be read: it must be the whole text of its file, in OpenSSH's or PEM form, with all of"
        ' its lines from "-----BEGIN" to "-----END"'
    )


def _refuse_what_costs_too_much(key: str) -> None:
    if key.startswith(_OPENSSH) and not _decoded(key).startswith(_PLAIN):
        raise PermanentError(
            "a private key in OpenSSH's form cannot be read here while a passphrase protects it; take that off by"
            ' "ssh-keygen -p", since the vault encrypts the key, or bring the key into PEM form'
        )
    if key.startswith(_ENCRYPTED) and _largest_number(_decoded(key)) > MAX_ITERATIONS:
        raise PermanentError("the private key is encrypted in a way that takes too long to decrypt")


def _decoded(key: str) -> bytes:
    lines = key.splitlines()[1:-1]
    try:
        return base64.b64decode("".join(lines))
    except (binascii.Error, ValueError):
        raise _unreadable() from None


def _largest_number(der: bytes) -> int:
    """Return the largest integer in the parameters of an encrypted key, among which the iterations are."""
    try:
        parts = [der_decode(der)]
    except (ASN1DecodeError, UnicodeDecodeError):
        raise _unreadable() from None
    for part in parts:  # grows by what is within
        parts += part if isinstance(part, tuple) else ()
    return max((part for part in parts if isinstance(part, int)), default=0)
