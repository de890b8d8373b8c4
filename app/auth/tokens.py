"""The one strict wrapper around python-jose, which by itself accepts much that must be refused."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from jose import jws
from jose.exceptions import JOSEError

from app.auth.errors import TokenExpiredError, TokenInvalidError
from app.auth.issuers import Issuer, Issuers
from app.core.clock import Clock
from app.core.json import JsonValue

MAX_TOKEN_BYTES = 8 * 1024
MAX_NAME = 255  # characters of `sub`, organization, `kid` and `jti`

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FOREIGN_KEYS = ("crit", "jku", "x5u", "jwk")  # extensions we don't know, and keys that the token brings itself

Claims = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Verified:
    """Claims whose signature, issuer, audience and times have been checked."""

    subject: str
    expires_at: float  # seconds since 1970
    claims: Claims


class TokenVerifier:
    """Verifies bearer tokens against the issuers' own keys."""

    def __init__(self, issuers: Issuers, clock: Clock, leeway_seconds: float) -> None:
        self._issuers = issuers
        self._clock = clock
        self._leeway = leeway_seconds

    async def verify(self, token: str) -> Verified:
        """Return what the token says. Raises `TokenInvalidError`, `TokenExpiredError`, `UnavailableError`."""
        algorithm, kid, issuer = self._read(token)
        key = await issuer.keys.find(kid, algorithm)
        if key is None:
            raise TokenInvalidError("its key (kid) is not one of the issuer's")
        try:
            payload = jws.verify(token, key, algorithms=[algorithm])
        except JOSEError:
            raise TokenInvalidError("its signature is wrong") from None
        return self._check(_parse_object(payload, "payload"), issuer)

    async def aclose(self) -> None:
        """Stop looking after the issuers' keys."""
        for issuer in self._issuers.values():
            await issuer.keys.aclose()

    def _read(self, token: str) -> tuple[str, str | None, Issuer]:
        """Choose issuer, algorithm and key id from what nobody has vouched for yet."""
        if len(token) > MAX_TOKEN_BYTES:
            raise TokenInvalidError(f"it is longer than {MAX_TOKEN_BYTES} bytes")
        if not _COMPACT.fullmatch(token):
            raise TokenInvalidError("it is not a JSON Web Token")
        header, payload = (_decode(part) for part in token.split(".")[:2])
        fields = _parse_object(header, "header")
        issuer = self._issuer(_parse_object(payload, "payload"))
        algorithm = fields.get("alg")
        if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
            raise TokenInvalidError("its algorithm is not one that the issuer uses")
        _refuse_foreign(fields)
        kid = fields.get("kid")
        return algorithm, None if kid is None else name_of(kid, "kid"), issuer

    def _issuer(self, claims: Claims) -> Issuer:
        name = claims.get("iss")
        named = self._issuers.get(name) if isinstance(name, str) else None
        issuer = named or self._issuers.get(None)
        if issuer is None or not isinstance(name, str | None):
            raise TokenInvalidError("its issuer (iss) is not known here")
        return issuer

    def _check(self, claims: Claims, issuer: Issuer) -> Verified:
        now = self._clock.now().timestamp()
        if "exp" not in claims:
            raise TokenInvalidError("it has no expiry (exp)")
        expires_at = _number(claims, "exp", now)
        if issuer.audience is not None and not _names(claims.get("aud"), issuer.audience):
            raise TokenInvalidError("its audience (aud) is not this server")
        if _number(claims, "nbf", now) > now + self._leeway:
            raise TokenInvalidError("it is not valid yet (nbf)")
        _number(claims, "iat", now)
        subject = name_of(claims.get("sub"), "sub")
        if now >= expires_at + self._leeway:
            raise TokenExpiredError
        return Verified(subject, expires_at, claims)


def name_of(value: JsonValue, claim: str) -> str:
    """Return a claim that names somebody or something. Raises `TokenInvalidError` when it is no such name."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise TokenInvalidError(f"its {claim} is not a string of 1 to {MAX_NAME} printable characters")
    return value


def _refuse_foreign(fields: Claims) -> None:
    foreign = [name for name in _FOREIGN_KEYS if name in fields]
    if foreign:
        raise TokenInvalidError(f"its header has {foreign[0]}, which is not accepted")
    if any(isinstance(value, dict | list) and name != "x5c" for name, value in fields.items()):
        raise TokenInvalidError("its header has nested values")


def _decode(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise TokenInvalidError("it is not a JSON Web Token") from None


def _parse_object(text: bytes, part: str) -> Claims:
    try:
        value = orjson.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise TokenInvalidError(f"its {part} is not a JSON object")
    return value


def _number(claims: Claims, claim: str, default: float) -> float:
    value = claims.get(claim, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TokenInvalidError(f"its {claim} is not a number")
    return float(value)


def _names(claim: JsonValue, audience: str) -> bool:
    return audience in claim if isinstance(claim, list) else claim == audience
