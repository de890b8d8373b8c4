"""A service as its WSDL describes it: what is sent for an operation, and what an answer means. Nothing here waits."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from types import SimpleNamespace
from typing import Any

from zeep import Settings, exceptions
from zeep.loader import parse_xml
from zeep.wsdl import Document
from zeep.wsdl.attachments import MessagePack
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding
from zeep.wsdl.utils import etree_to_string
from zeep.wsse import UsernameToken
from zeep.xsd import ComplexType

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.http_answer import is_temporary, status_line
from app.graph.ports import HttpAnswer, SoapToken
from worker.adapters.soap.fitting import check_fit
from worker.adapters.soap.known import KNOWN
from worker.adapters.soap.values import json_of
from worker.adapters.soap.weight import check_weight

logging.getLogger("zeep").setLevel(logging.CRITICAL + 1)  # it would tell of values that services answer

_STUB = b'<schema xmlns="http://www.w3.org/2001/XMLSchema"/>'  # in place of a document that is not there yet
_SETTINGS = Settings(forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)  # imports are answered here
_FORBIDDEN = (exceptions.DTDForbidden, exceptions.EntitiesForbidden)
_MAY_PASS = ("Server", "Receiver")  # faults that say nothing against the request
_SHOWN_CHARACTERS, _SHOWN_NAMES = 300, 20
_HEADERS = "_soapheaders"  # to zeep not a part of the body


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is sent, and where."""

    address: str
    headers: Mapping[str, str]
    content: bytes


class _Shelf:
    """Answers zeep from the documents that were fetched, and notes what else it asks for."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._documents = documents
        self.missing: list[str] = []

    def load(self, url: str) -> bytes:
        if url in self._documents:
            return self._documents[url]
        if url in KNOWN:
            return KNOWN[url]
        self.missing.append(url)
        return _STUB


class Service:
    """Used by one thread at a time."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._lock = Lock()

    def envelope(self, operation: str, payload: JsonObject, token: SoapToken | None) -> Envelope:
        """Return what calls the operation. Raises `PermanentError` where there is none, or the payload does not fit."""
        if _HEADERS in payload:
            raise PermanentError(f'"payload" does not fit {operation}: it may have no "{_HEADERS}"')
        with self._lock:
            binding, options = self._place_of(operation)
            try:
                if isinstance(getattr(binding.get(operation).input.body, "type", None), ComplexType):
                    check_fit(binding.get(operation).input.body, payload)
                content, headers = binding._create(  # noqa: SLF001 -- the public way drops the headers
                    operation, (), dict(payload), client=_client(token), options=options
                )
            except Exception as error:  # noqa: BLE001 -- zeep raises whatever values lead to
                raise PermanentError(f'"payload" does not fit {operation}: {_told(error)}') from None
            return Envelope(options["address"], dict(headers), etree_to_string(content))

    def body_of(self, operation: str, answer: HttpAnswer) -> JsonValue:
        """Return what an answer to the operation holds. Raises `PermanentError`, `TemporaryError`."""
        with self._lock:
            binding, _ = self._place_of(operation)
            described = binding.get(operation)
            if described.output is None and answer.status < 300 and not answer.body:
                return None
            try:
                result = binding.process_reply(_client(), described, _as_response(answer))
                return json_of(result.root if isinstance(result, MessagePack) else result)
            except Exception as error:  # noqa: BLE001 -- zeep raises whatever the documents of others lead to
                raise _refusal(error, answer) from None

    def _place_of(self, operation: str) -> tuple[Any, Mapping[str, str]]:
        names: dict[str, None] = {}
        for port in self._ports():
            if operation in port.binding.all() and port.binding_options.get("address"):
                return port.binding, port.binding_options
            names.update(dict.fromkeys(port.binding.all()))
        shown = [*list(names)[:_SHOWN_NAMES], *(["…"] if len(names) > _SHOWN_NAMES else [])]
        there = f"; there are: {', '.join(shown)}" if names else ", and none at all that SOAP calls"
        raise PermanentError(f'the WSDL has no operation "{operation[:_SHOWN_CHARACTERS]}"{there}')

    def _ports(self) -> Iterator[Any]:
        for service in self._document.services.values():
            for port in service.ports.values():
                if isinstance(port.binding, Soap11Binding | Soap12Binding) and port.binding_options:
                    yield port


def read_service(url: str, documents: Mapping[str, bytes]) -> Service | list[str]:
    """Return the service that the WSDL at `url` describes, or the addresses of documents that it needs besides.

    Raises `PermanentError` for what is no WSDL.
    """
    shelf = _Shelf(documents)
    try:
        check_weight(
            parse_xml(content, shelf, settings=_SETTINGS)  # type: ignore[arg-type] # bytes tell their own encoding
            for content in documents.values()
        )
        document = Document(url, shelf, settings=_SETTINGS)  # type: ignore[arg-type] # of a transport it only loads
    except Exception as error:  # noqa: BLE001 -- zeep raises whatever the documents of others lead to
        if shelf.missing:  # it may be for want of these
            return shelf.missing
        if isinstance(error, _FORBIDDEN):
            raise PermanentError("the WSDL or a schema of it has a DTD, which is refused") from None
        raise PermanentError(f"the WSDL cannot be read: {_told(error)}") from None
    return shelf.missing or Service(document)


def _as_response(answer: HttpAnswer) -> SimpleNamespace:
    """Return an answer as zeep reads it."""
    headers = {name.title(): value for name, value in answer.headers.items()}
    return SimpleNamespace(status_code=answer.status, content=answer.body, headers=headers, encoding=None)


def _client(token: SoapToken | None = None) -> SimpleNamespace:
    """Return what zeep asks of a client while it writes and reads."""
    sender = None
    if token:
        sender = UsernameToken(token.username, token.password, use_digest=token.digest, zulu_timestamp=True)
    return SimpleNamespace(settings=_SETTINGS, wsse=sender, plugins=())


def _refusal(error: Exception, answer: HttpAnswer) -> StepError:
    is_fault = isinstance(error, exceptions.Fault) and (
        error.code is not None or error.message != "Unknown fault occured"
    )
    if isinstance(error, exceptions.Fault) and is_fault:
        return _fault(error)
    if answer.status >= 300:
        kind = TemporaryError if is_temporary(answer.status) else PermanentError
        return kind(f"the service answered {status_line(answer)}", {"status": answer.status})
    if isinstance(error, _FORBIDDEN):
        return PermanentError("the service's answer has a DTD, which is refused")
    if isinstance(error, exceptions.TransportError):
        return PermanentError("the service's answer is not XML")
    if isinstance(error, exceptions.XMLSyntaxError):
        return PermanentError("the service's answer is not a SOAP envelope")
    return PermanentError(f"the service's answer does not fit its WSDL: {_told(error)}")


def _fault(fault: exceptions.Fault) -> StepError:
    message = str(fault.message or "").strip() or "no reason given"
    output: JsonObject = {"fault": {"code": fault.code, "message": message, "detail": json_of(fault.detail)}}
    may_pass = (fault.code or "").rpartition(":")[2].partition(".")[0] in _MAY_PASS
    kind = TemporaryError if may_pass else PermanentError
    return kind(f"the service answered with a fault: {message[:_SHOWN_CHARACTERS]}", output)


def _told(error: Exception) -> str:
    """Return what an error says, in one line, without what only a programmer understands."""
    is_told = isinstance(error, exceptions.Error | ValueError) or "Signature" in str(error)
    said = str(error) if is_told else ""
    words = " ".join(said.partition(" Signature:")[0].split()).rstrip(".")[:_SHOWN_CHARACTERS]
    return words or f"a value has the wrong form ({type(error).__name__})"
