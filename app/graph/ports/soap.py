"""Calls of SOAP services."""

from dataclasses import dataclass, field
from typing import Protocol

from app.core.json import JsonObject, JsonValue


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
    credentials: tuple[str, str] | None = field(
        repr=False
    )  # a header for the service, and for documents from where the WSDL is
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
