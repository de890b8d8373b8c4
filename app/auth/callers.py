"""Who is asking, as far as the product wants to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token, or whose API key (`by_api_key`), was accepted."""

    org_id: str
    subject: str
    scopes: frozenset[str]
    token_id: str | None = None
    expires_at: float | None = None  # of the token, in seconds since 1970; None: it does not expire
    by_api_key: bool = False
