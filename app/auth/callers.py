"""Who is asking, as far as the product wants to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token was accepted."""

    org_id: str
    subject: str
    scopes: frozenset[str]
    token_id: str | None = None
