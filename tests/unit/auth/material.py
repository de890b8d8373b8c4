"""Invented issuers and the tokens that they, and others in their name, might make."""

import base64
import json
from collections.abc import Mapping
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jose import jwk, jws
from jose.backends.base import Key

from app.auth.api_keys import ApiKeys
from app.auth.repository import StoredKey
from tests.fixtures.clock import NOON, ManualClock

SECRET = "correct horse battery staple, and 8 more"
ISSUER = "https://sso.example"
AUDIENCE = "virga"
EXP = int(NOON.timestamp()) + 3600

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


async def _find_nobody(_: bytes) -> StoredKey | None:
    return None


NO_KEYS = ApiKeys(_find_nobody, ManualClock())


def claims(**changes: object) -> dict[str, object]:
    """Return good claims, changed; None leaves a claim out."""
    good = {"sub": "ann", "exp": EXP, "org_id": "acme", "iss": ISSUER, "aud": AUDIENCE}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signer(key: PrivateKey, algorithm: str) -> Key:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwk.construct(pem, algorithm)


def public_pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_jwk(key: PrivateKey, algorithm: str, **members: str) -> dict[str, object]:
    described = cast("Mapping[str, object]", jwk.construct(public_pem(key), algorithm).to_dict())
    plain = {name: value.decode() if isinstance(value, bytes) else value for name, value in described.items()}
    return {**plain, **members}


def jwks(*entries: Mapping[str, object]) -> bytes:
    return json.dumps({"keys": entries}).encode()


def hs256(secret: str = SECRET, headers: Mapping[str, object] | None = None, **changes: object) -> str:
    """Sign for the unnamed issuer, unless `iss` says otherwise."""
    return jws.sign(claims(**{"iss": None, **changes}), secret, dict(headers or {}), "HS256")


def rs256(key: PrivateKey = RSA_KEY, kid: str | None = "r1", **changes: object) -> str:
    return jws.sign(claims(**changes), signer(key, "RS256"), {"kid": kid} if kid else None, "RS256")


def es256(key: PrivateKey = EC_KEY, kid: str | None = "e1", **changes: object) -> str:
    return jws.sign(claims(**changes), signer(key, "ES256"), {"kid": kid} if kid else None, "ES256")


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: object, payload: object, secret: str = SECRET) -> str:
    """Sign any two values as they are with HS256, whatever they say."""
    signed = f"{segment(header)}.{segment(payload)}".encode()
    return f"{signed.decode()}.{segment(jwk.construct(secret, 'HS256').sign(signed))}"
