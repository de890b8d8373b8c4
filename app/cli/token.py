"""Makes tokens of the issuer that has a shared secret: the embedded one, or the first one configured."""

from collections.abc import Sequence
from pathlib import Path

from jose import jwk, jwt
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.clock import Clock
from app.core.config import AuthSettings, IssuerSettings
from app.core.errors import SetupError
from app.embedded.credentials import ISSUER, read_secrets
from app.embedded.folder import DataFolder

ALGORITHM = "HS256"


class _Environment(BaseSettings):
    """The part of the settings that tokens depend on, so that no database need be named."""

    model_config = SettingsConfigDict(env_prefix="VIRGA_", env_nested_delimiter="__", extra="ignore")

    auth: AuthSettings = AuthSettings()


def find_issuer(data_dir: Path) -> IssuerSettings:
    """Return the configured issuer with a secret, or the one of `data_dir`. Raises `SetupError`."""
    issuers = _Environment().auth.issuers
    if not issuers:
        secret = read_secrets(DataFolder(data_dir).secrets).token_secret
        return IssuerSettings(issuer=ISSUER, secret=SecretStr(secret))
    for issuer in issuers:
        if issuer.secret is not None:
            return issuer
    raise SetupError("VIRGA_AUTH__ISSUERS names no issuer with a secret; ask your identity provider for a token.")


def make_token(issuer: IssuerSettings, sub: str, org: str, scopes: Sequence[str], ttl_seconds: int) -> str:
    """Return a signed token; without scopes it carries no claim of them, which grants the default ones."""
    now = int(Clock().now().timestamp())
    claims: dict[str, str | int] = {
        "sub": sub,
        _Environment().auth.org_claim: org,
        "iat": now,
        "exp": now + ttl_seconds,
    }
    if issuer.issuer is not None:
        claims["iss"] = issuer.issuer
    if issuer.audience is not None:
        claims["aud"] = issuer.audience
    if scopes:
        claims["scope"] = " ".join(scopes)
    secret = issuer.secret.get_secret_value() if issuer.secret else ""
    return str(jwt.encode(claims, jwk.construct(secret, ALGORITHM), algorithm=ALGORITHM))
