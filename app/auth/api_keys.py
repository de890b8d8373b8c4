"""API keys: long-lived credentials of an organization's programs, which may start runs and read them."""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.auth.callers import Caller
from app.auth.errors import TokenExpiredError, TokenInvalidError
from app.auth.repository import StoredKey
from app.core.clock import Clock
from app.core.ids import API_KEY, new_token

API_KEY_SCOPES = frozenset({"workflows:execute", "workflows:read"})  # on the routes that take API keys at all

_FORM = re.compile(rf"{API_KEY}[A-Za-z0-9_-]{{43}}")

FindKey = Callable[[bytes], Awaitable[StoredKey | None]]


def new_api_key() -> str:
    return new_token(API_KEY)


def is_api_key(token: str) -> bool:
    """Say whether a bearer token wants to be an API key; a JSON Web Token never begins like one."""
    return token.startswith(API_KEY)


def api_key_hash(key: str) -> bytes:
    """Return what is stored of a key. It has 256 random bits, so its hash needs neither salt nor slowness."""
    return hashlib.sha256(key.encode()).digest()


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Turns API keys into callers. Nothing is remembered: a key that was deleted is refused from then on."""

    find: FindKey
    clock: Clock

    async def caller(self, key: str) -> Caller:
        """Return whom the key stands for. Raises `TokenInvalidError`, `TokenExpiredError`."""
        sought = api_key_hash(key)
        found = await self.find(sought) if _FORM.fullmatch(key) else None
        if found is None or not hmac.compare_digest(found.key_hash, sought):
            raise TokenInvalidError("there is no such API key")
        if found.expires_at is not None and found.expires_at <= self.clock.now():
            raise TokenExpiredError
        expires_at = None if found.expires_at is None else found.expires_at.timestamp()
        subject = f"api-key:{found.item_id}"
        return Caller(found.org_id, subject, API_KEY_SCOPES, found.item_id, expires_at, by_api_key=True)
