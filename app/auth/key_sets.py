"""Where an issuer's keys come from: a shared secret, or a JWK set that is looked after while the process runs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog
from jose.backends.base import Key

from app.auth.keys import KeyTable, UnusableKeyError, read_jwks
from app.core.clock import Clock
from app.core.errors import UnavailableError
from app.graph.errors import StepError
from app.graph.ports import Http, HttpCall

log = structlog.get_logger()

FRESH_SECONDS = 600.0
REFETCH_SECONDS = 60.0  # between two fetches, so that tokens with invented `kid`s cannot make us hammer the issuer
FIRST_RETRY_SECONDS = 5.0  # while there is no set at all
_FETCH_SECONDS = 5.0
_MAX_BYTES = 256 * 1024

Fetch = Callable[[], Awaitable[bytes]]


class KeySource(Protocol):
    """Finds the key that a token names."""

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Return the key. Raises `UnavailableError` while there has never been a key set."""
        ...

    async def aclose(self) -> None: ...


class SharedSecret:
    """One key, whatever `kid` says."""

    def __init__(self, key: Key) -> None:
        self._key = key

    async def find(self, kid: str | None, algorithm: str) -> Key | None:  # noqa: ARG002 -- one key serves all
        return self._key

    async def aclose(self) -> None:
        """Hold nothing, close nothing."""


class JwkSet:
    """A JWK set: cached for ten minutes, fetched again for an unknown `kid`, the last good one kept through outages."""

    def __init__(self, name: str, fetch: Fetch, algorithms: tuple[str, ...], clock: Clock) -> None:
        self._name = name
        self._fetch = fetch
        self._algorithms = algorithms
        self._clock = clock
        self._keys: KeyTable | None = None
        self._stale_at = 0.0
        self._next_fetch_at = 0.0
        self._refresh: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """See `KeySource.find`. A stale set is renewed in the background; only an unknown `kid` waits."""
        if self._keys is None:
            await self._renewed()
        elif self._clock.monotonic() >= self._stale_at:
            self._renewal()
        if (kid, algorithm) not in (self._keys or {}):
            await self._renewed()
        if self._keys is None:
            raise UnavailableError("The keys of the token's issuer cannot be fetched at the moment; try again.")
        return self._keys.get((kid, algorithm))

    async def aclose(self) -> None:
        """Give up a fetch that is under way."""
        if self._refresh is not None and not self._refresh.done():
            self._refresh.cancel()
            await asyncio.gather(self._refresh, return_exceptions=True)

    async def _renewed(self) -> None:
        renewal = self._renewal()
        if renewal is not None:
            await asyncio.shield(renewal)  # others wait for the same fetch; one who leaves must not end it

    def _renewal(self) -> asyncio.Task[None] | None:
        """Return the fetch that is under way, or a new one unless the last is too recent."""
        if self._refresh is not None and not self._refresh.done():
            return self._refresh
        if self._clock.monotonic() < self._next_fetch_at:
            return None
        self._refresh = asyncio.create_task(self._renew())
        return self._refresh

    async def _renew(self) -> None:
        now = self._clock.monotonic()
        self._next_fetch_at = now + (REFETCH_SECONDS if self._keys else FIRST_RETRY_SECONDS)
        try:
            self._keys = read_jwks(await self._fetch(), self._algorithms)
        except (StepError, UnusableKeyError, OSError) as error:
            log.warning("jwks_not_renewed", jwks=self._name, reason=str(error))
            return
        self._stale_at = now + FRESH_SECONDS
        self._next_fetch_at = now + REFETCH_SECONDS


def over_http(http: Http, url: str) -> Fetch:
    """Fetch from a URL that the operator named."""

    async def fetch() -> bytes:
        headers = [("Accept", "application/json")]
        answer = await http.call(HttpCall("GET", url, headers, None, _FETCH_SECONDS, _MAX_BYTES, follow_redirects=True))
        if answer.status != 200:
            raise UnusableKeyError(f"was answered with status {answer.status}")
        return answer.body

    return fetch


def from_file(path: Path) -> Fetch:
    """Read from a file, which may be replaced while the process runs."""

    async def fetch() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return fetch
