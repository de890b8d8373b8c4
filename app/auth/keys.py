"""Keys that tokens are verified with: built once, and checked for what python-jose lets by."""

from collections.abc import Iterable, Mapping

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JWKError

from app.core.json import JsonValue

MIN_SECRET_BYTES = 32  # as many as HMAC-SHA256 has; fewer can be searched
MIN_RSA_BITS = 2048
_PUBLIC_KEY_MARKS = (b"-----BEGIN", b"ssh-", b"ecdsa-sha2-", b"---- BEGIN", b'{"kty"', b'{"keys"')
_PUBLIC_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}

KeyTable = Mapping[tuple[str | None, str], Key]


class UnusableKeyError(Exception):
    """A secret or key set that must not be used to verify tokens; the message ends a sentence."""


def hmac_key(secret: str) -> Key:
    """Return the HS256 key. Raises `UnusableKeyError`."""
    raw = secret.encode()
    if len(raw) < MIN_SECRET_BYTES:
        raise UnusableKeyError(f"has {len(raw)} bytes, but needs at least {MIN_SECRET_BYTES} random ones")
    if raw.lstrip().startswith(_PUBLIC_KEY_MARKS):
        raise UnusableKeyError("is a public key or certificate, which everybody knows")
    return jwk.construct(raw, "HS256")


def read_jwks(text: bytes, algorithms: Iterable[str]) -> KeyTable:
    """Return the set's usable keys by (`kid`, algorithm). Raises `UnusableKeyError` when there is none."""
    wanted = set(algorithms)
    try:
        listed = orjson.loads(text)["keys"]
        found = [_read_jwk(entry) for entry in listed]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UnusableKeyError("is not a JWK set") from None
    table = {(kid, algorithm): key for kid, algorithm, key in filter(None, found) if algorithm in wanted}
    if not table:
        raise UnusableKeyError(f"has no signature key for {' or '.join(sorted(wanted))}")
    if len(table) == 1:
        ((_, algorithm),) = table
        table[None, algorithm] = next(iter(table.values()))  # a lone key may go unnamed in tokens
    return table


def _read_jwk(entry: Mapping[str, JsonValue]) -> tuple[str | None, str, Key] | None:
    """Read one entry; None for what is not for signatures, too weak, or of a kind we don't use."""
    kind, kid = entry.get("kty"), entry.get("kid")
    if kind not in _ALGORITHMS or not isinstance(kid, str | None) or entry.get("use", "sig") != "sig":
        return None
    algorithm = _ALGORITHMS[str(kind)]
    if entry.get("alg", algorithm) != algorithm or (kind == "EC" and entry.get("crv") != "P-256"):
        return None
    try:
        key = jwk.construct({name: entry[name] for name in _PUBLIC_MEMBERS[str(kind)]}, algorithm)
    except (JWKError, KeyError, ValueError, TypeError, AttributeError):
        return None
    return None if _is_weak(key) else (kid, algorithm, key)


def _is_weak(key: Key) -> bool:
    prepared = getattr(key, "prepared_key", None)
    return isinstance(prepared, RSAPublicKey) and prepared.key_size < MIN_RSA_BITS
