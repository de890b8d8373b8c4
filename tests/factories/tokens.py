"""Tokens of an issuer that has a shared secret."""

from collections.abc import Sequence
from datetime import datetime

from jose import jws


def mint_token(
    secret: str, *, subject: str, org_id: str, scopes: Sequence[str], issued_at: datetime, ttl_seconds: int
) -> str:
    """Return an HS256 token. Without scopes it gets the server's default ones."""
    moment = int(issued_at.timestamp())
    claims: dict[str, object] = {"sub": subject, "org_id": org_id, "iat": moment, "exp": moment + ttl_seconds}
    if scopes:
        claims["scope"] = " ".join(scopes)
    return jws.sign(claims, secret, algorithm="HS256")
