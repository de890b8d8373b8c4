"""Settings: environment variables prefix `VIRGA_`, nested with `__`; `DATABASE_URL` and `REDIS_URL` as they are."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import SetupError

Network = IPv4Network | IPv6Network
KIB = 1024
MIB = 1024 * KIB


class IssuerSettings(BaseModel):
    """One issuer of tokens: a shared secret (HS256), or a JWKS by URL or file (RS256, ES256), never both."""

    issuer: str | None = (
        None  # `iss` that its tokens carry; None: tokens without `iss`, or with any (secret issuers only)
    )
    audience: str | None = None  # required with a JWKS
    algorithms: tuple[Literal["HS256", "RS256", "ES256"], ...] = ("HS256",)
    secret: SecretStr | None = None
    jwks_url: str | None = None
    jwks_file: Path | None = None


class AuthSettings(BaseModel):
    issuers: tuple[IssuerSettings, ...] = ()
    org_claim: str = "org_id"
    default_scopes: tuple[str, ...] = (
        "workflows:read",
        "workflows:write",
        "workflows:execute",
        "vault:read",
        "vault:write",
        "authorizations:read",
        "authorizations:write",
        "audit:read",
    )
    leeway_seconds: float = 30
    failures_per_minute: int = 20  # an address that fails to authenticate more often gets 429


class VaultSettings(BaseModel):
    keys: SecretStr | None = None  # `id:base64` of 32 bytes, comma-separated; the first encrypts, all decrypt


class EgressSettings(BaseModel):
    allow: tuple[Network, ...] = ()  # ranges that workflows may call although they are not public


class MetricsSettings(BaseModel):
    bind: str | None = None  # host:port, one a process; None: no metrics server


class WorkerSettings(BaseModel):
    slots: int = Field(default=200, ge=2)  # runs held at once; an organization holds at most half
    context_bytes: int = 64 * MIB  # no new claims while live contexts are larger
    stop_grace_seconds: float = 20  # attempts in flight may end within this after SIGTERM


class RateLimitSettings(BaseModel):
    per_token: int = Field(default=0, ge=0)  # requests a minute with one token; 0: no limit
    per_webhook: int = Field(default=0, ge=0)  # calls a minute of one webhook; 0: no limit
    per_form: int = Field(default=0, ge=0)  # requests a minute for one form; 0: no limit


class CorsSettings(BaseModel):
    origins: tuple[str, ...] = ()  # whose pages may call the API from a browser; "*" for all


class OAuthSettings(BaseModel):
    """The provider at which users sign in for authorizations: by its issuer's discovery, or by its endpoints."""

    provider: str = "altostrat"  # what authorizations call it
    issuer: str | None = None  # None: authorizations are not available
    client_id: str | None = None
    client_secret: SecretStr | None = None  # None: a public client, by PKCE alone
    scopes: tuple[str, ...] = ("openid", "email", "offline_access")


class PlatformSettings(BaseModel):
    base_url: str | None = None  # where altostrat_api nodes call; None: they cannot


class ChannelSettings(BaseModel):
    """Where `send_notification` nodes deliver: an incoming webhook, or people by mail. Nothing of it shows itself."""

    type: Literal["webhook", "email"]
    url: SecretStr | None = Field(default=None, repr=False)  # of a webhook: all that it takes to post there
    host: str | None = Field(default=None, repr=False)  # of a mail server, as everything below
    port: int | None = Field(default=None, ge=1, le=65_535, repr=False)  # None: the usual one of the security
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = Field(default=None, repr=False)
    password: SecretStr | None = Field(default=None, repr=False)
    sender: str | None = Field(default=None, alias="from", repr=False)
    to: str | None = Field(default=None, repr=False)  # addresses with commas between them

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        of_mail = {"host": self.host, "from": self.sender, "to": self.to}
        needed = {"url": self.url} if self.type == "webhook" else of_mail
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"a channel of the type {self.type} needs {' and '.join(missing)}")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        return self


class LimitSettings(BaseModel):
    """Each with its reason: a run must not starve its neighbours, and memory is what a worker has least of."""

    nodes: int = 500  # a definition larger than this is unreadable, and validation stays under 50 ms
    steps: int = 10_000  # outside iterators
    all_steps: int = 100_000  # a run, those of items included
    active_seconds: float = 3600  # parked time is free
    node_seconds: float = 300
    output_bytes: int = 1 * MIB  # a step
    journal_bytes: int = 256 * MIB  # a run
    held_bytes: int = 16 * MIB  # a run's context in memory
    payload_bytes: int = 1 * MIB
    concurrent_nodes: int = 8  # a path
    concurrent_items: int = 50  # a run; an iterator always has one
    call_depth: int = 10  # of runs that workflows start in turn; what calls itself without end stops there
    sync_seconds: float = 30  # that a synchronous call waits for its run, which goes on afterwards


_PREFIX = "VIRGA_"
_WITHOUT_PREFIX = ("DATABASE_URL", "REDIS_URL")


class Settings(BaseSettings):
    """Everything an operator can set. Secrets have no default; `SetupError` says what is missing."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL", "VIRGA_DATABASE_URL"))
    redis_url: SecretStr = Field(validation_alias=AliasChoices("REDIS_URL", "VIRGA_REDIS_URL"))
    public_url: str = "http://127.0.0.1:8000"  # the only source of links; the Host header never
    trusted_proxies: tuple[Network, ...] = ()
    testing: bool = False
    body_bytes: int = 1 * MIB
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    retention_days: int = 90
    geoip_file: Path | None = None  # a database of addresses for get_ip_details, in MaxMind's format
    database_pool: int = Field(default=10, ge=2)  # connections a process
    auth: AuthSettings = AuthSettings()
    vault: VaultSettings = VaultSettings()
    egress: EgressSettings = EgressSettings()
    metrics: MetricsSettings = MetricsSettings()
    rate_limit: RateLimitSettings = RateLimitSettings()
    cors: CorsSettings = CorsSettings()
    oauth: OAuthSettings = OAuthSettings()
    platform: PlatformSettings = PlatformSettings()
    channels: dict[str, ChannelSettings] = {}
    worker: WorkerSettings = WorkerSettings()
    limits: LimitSettings = LimitSettings()

    @model_validator(mode="after")
    def _public_url_has_no_trailing_slash(self) -> Self:
        object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        return self


def load_settings() -> Settings:
    """Read the environment. Raises `SetupError` with one sentence that names each variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise SetupError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    parts = [f"{_variable(fault['loc'])}: {fault['msg'].lower()}" for fault in error.errors()]
    return "Settings are wrong or missing: " + "; ".join(parts) + "."


def _variable(place: Sequence[str | int]) -> str:
    """Return the name of the variable at fault; those of the two servers alone have no prefix."""
    name = "__".join(str(part) for part in place).upper()
    return name if name in _WITHOUT_PREFIX else f"{_PREFIX}{name}"
