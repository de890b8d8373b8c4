"""Calls over HTTP, and of the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.graph.ports.departure import FREE, Departure


@dataclass(frozen=True, slots=True)
class HttpCall:
    method: str
    url: str = field(repr=False)  # each of these may hold secrets
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout_seconds: float  # over the whole call, redirects and body included
    max_bytes: int  # of the inflated answer
    follow_redirects: bool = False
    departure: Departure = field(default=FREE, repr=False, compare=False)  # asked before each request


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    reason: str
    headers: Mapping[str, str]  # lower-case names; repeated headers joined by ", "
    body: bytes  # inflated


class Http(Protocol):
    """Makes guarded outbound calls."""

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Return the answer whatever its status.

        Raises `TemporaryError` (connection, timeout) or `PermanentError` (refused address, bad URL, answer too large).
        """
        ...


class Platform(Protocol):
    """Makes calls of the platform's API in the name of the workflow's authorization."""

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Return the answer whatever its status. `call.url` is a path on the platform's host, such as `/v1/sites`.

        Raises `TemporaryError` and `PermanentError` as `Http` does, and where there is no authorization to call with.
        """
        ...
