"""The outside, as nodes see it. Implemented in `worker.adapters`; tests ship written doubles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.core.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class HttpCall:
    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    timeout_seconds: float  # over the whole call, redirects and body included
    max_bytes: int  # of the inflated answer
    follow_redirects: bool = False


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


class VaultWriter(Protocol):
    """Keeps secrets that a step makes in the vault of the run's organization."""

    async def store(self, name: str, secret: str) -> str:
        """Keep a secret under a new name, and return the secret that is kept.

        That is another one where an earlier attempt at the same step has kept one under this name: it stays. Raises
        `PermanentError` where the name is anybody else's, or no name for a secret.
        """
        ...


class IpDatabase(Protocol):
    """Knows where addresses are, and whose."""

    async def find(self, address: str) -> JsonObject | None:
        """Return what is known of an address, the same keys for each, null where one is not known.

        None where nothing is, or the server has no such database. Raises `PermanentError` where it is damaged.
        """
        ...


@dataclass(frozen=True, slots=True)
class PdfOrder:
    markdown: str
    title: str
    page_size: str  # "A4" or "letter"
    created_at: datetime
    seconds: float  # that it may take


@dataclass(frozen=True, slots=True)
class Pdf:
    content: bytes
    pages: int
    replaced: str  # the characters that its fonts do not have, for which others stand


class PdfPrinter(Protocol):
    """Makes PDFs."""

    async def print_markdown(self, order: PdfOrder) -> Pdf:
        """Print a text. Nothing is fetched for it. Raises `PermanentError` past limits, and for what does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class SoapToken:
    """A user name and a password as WS-Security has them in the envelope."""

    username: str
    password: str = field(repr=False)
    digest: bool = False


@dataclass(frozen=True, slots=True)
class SoapCall:
    wsdl: str  # its address, or its text, which begins with "<"
    operation: str
    payload: JsonObject
    credentials: tuple[str, str] | None  # a header for the service, and for documents from where the WSDL is
    token: SoapToken | None
    idempotency_key: str
    timeout_seconds: float  # over all: documents, call and answer
    max_bytes: int  # of the answer


class Soap(Protocol):
    """Calls SOAP services."""

    async def call(self, call: SoapCall) -> JsonValue:
        """Return what the service answered.

        Raises `TemporaryError` and `PermanentError` as `Http` does, and for documents, payloads and answers that do not
        fit each other; for a fault with `{"fault": {code, message, detail}}`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """Every way out that a step has."""

    http: Http
    platform: Platform
    vault: VaultWriter
    ip_database: IpDatabase
    pdf: PdfPrinter
    soap: Soap
