"""Reading private keys, whose makers decide what that costs: within bounds, and never on the event loop."""

import base64
import re

import asyncssh
from asyncssh.asn1 import der_decode
from asyncssh.packet import SSHPacket

from app.graph.errors import PermanentError

MAX_CHARACTERS = 4_000  # an RSA key of 4,096 bits, which takes 0.3 s to check
MAX_ITERATIONS = 1_000_000  # of deriving a key from a passphrase, which take about a second
MAX_ROUNDS = 128  # of the same for a key in OpenSSH's form, which take about two; ssh-keygen makes 16 or 24

_BEGIN, _END_OF_LINE = b"-----BEGIN ", b" PRIVATE KEY-----"
_MAY_TAKE_LONG = re.compile(
    rb"-----BEGIN (OPENSSH|ENCRYPTED) PRIVATE KEY-----\n([A-Za-z0-9+/=\s]*)\n-----END \1 PRIVATE KEY-----"
)
_TAKE_NO_TIME = frozenset(_BEGIN + kind + _END_OF_LINE[1:] for kind in (b"", b"RSA ", b"EC ", b"DSA "))
_OPENSSH, _MAGIC = b"OPENSSH", b"openssh-key-v1\0"
_ENCRYPTED_SAYS = "Passphrase must be specified"  # how the library begins to say so
_TOO_LONG = "the private key is encrypted in a way that takes too long to decrypt"


def read_private_key(text: str, passphrase: str | None) -> asyncssh.SSHKey:
    """Return the key that a text is. May take seconds. Raises `PermanentError`, whose message shows nothing of it."""
    key = text.strip()
    if len(key) > MAX_CHARACTERS:
        raise PermanentError(f"the private key is longer than {MAX_CHARACTERS:,} characters")
    try:
        return asyncssh.import_private_key(_bounded(key), passphrase)
    except PermanentError:
        raise
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


def _bounded(text: str) -> bytes:
    """Return the key in a text, such that the library finds no other in it.

    Raises `PermanentError` for one that takes too long, and anything else for what is no key.
    """
    key = _from_its_beginning(text)
    if found := _MAY_TAKE_LONG.match(key):
        _refuse_what_takes_too_long(found[1], base64.b64decode(found[2]))
        return found[0]
    if key.partition(b"\n")[0] in _TAKE_NO_TIME:
        return key
    raise _unreadable()


def _from_its_beginning(text: str) -> bytes:
    """Return a text from the line on at which the library sees a key begin, without what lines of Windows end with."""
    lines = [line.rstrip() for line in text.encode("ascii").split(b"\n")]
    for place, line in enumerate(lines):
        if line.startswith(_BEGIN) and line.endswith(_END_OF_LINE):
            return b"\n".join(lines[place:])
    raise _unreadable()


def _refuse_what_takes_too_long(kind: bytes, data: bytes) -> None:
    if kind != _OPENSSH and _largest_number(data) > MAX_ITERATIONS:
        raise PermanentError(_TOO_LONG)
    if kind == _OPENSSH and _rounds(data) > MAX_ROUNDS:
        raise PermanentError(f'{_TOO_LONG}: by more than {MAX_ROUNDS} rounds; "ssh-keygen -p -a 24" makes it fewer')


def _rounds(data: bytes) -> int:
    """Return how many rounds it takes to try a passphrase on a key in OpenSSH's form; 0 where it has none."""
    packet = SSHPacket(data.removeprefix(_MAGIC))
    _cipher, _derivation, options = packet.get_string(), packet.get_string(), SSHPacket(packet.get_string())
    if not options:
        return 0
    _salt, rounds = options.get_string(), options.get_uint32()
    return rounds


def _largest_number(der: bytes) -> int:
    """Return the largest integer in the parameters of an encrypted key, among which the iterations are."""
    parts = [der_decode(der)]
    for part in parts:  # grows by what is within
        parts += part if isinstance(part, tuple) else ()
    return max((part for part in parts if isinstance(part, int)), default=0)
