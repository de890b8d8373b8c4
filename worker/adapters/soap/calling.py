"""Calls of SOAP services: their documents are fetched through the guard, and read and used in threads."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.json import JsonValue
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.http_answer import is_temporary, status_line
from app.graph.ports import Http, HttpCall, SoapCall
from worker.adapters.soap.service import Service, read_service

AT_ONCE = 4  # documents and answers that are being read, each in a thread
MOST_DOCUMENTS = 50  # that a WSDL may import
MOST_BYTES = 4 * 1024 * 1024  # of all of them together
KEPT, KEPT_BYTES = 20, 8 * 1024 * 1024  # services, and the documents that they were read from: those used last
GIVEN = "file:///wsdl"  # the address of a WSDL that was written out, which nothing is relative to

Documents = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A service, and what it was read from."""

    addresses: tuple[str, ...]
    digest: bytes
    size: int
    service: Service


class SoapCaller:
    """What all steps of a worker share: services that were read. Whoever uses one has fetched the same bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def call(self, http: Http, call: SoapCall) -> JsonValue:
        """See `app.graph.ports.Soap`."""
        errand = _Errand(http, call)
        service = await self._service(errand)
        async with self._room:
            envelope = await asyncio.to_thread(service.envelope, call.operation, call.payload, call.token)
        credentials = [call.credentials] if call.credentials else []
        answer = await http.call(
            HttpCall(
                method="POST",
                url=envelope.address,
                headers=[*envelope.headers.items(), *credentials, ("Idempotency-Key", call.idempotency_key)],
                body=envelope.content,
                timeout_seconds=errand.seconds_left(),
                max_bytes=call.max_bytes,
            )
        )
        async with self._room:
            return await asyncio.to_thread(service.body_of, call.operation, answer)

    async def _service(self, errand: "_Errand") -> Service:
        address = errand.address
        before = self._kept.get(address)
        await errand.fetch(before.addresses if before else (address,))
        if before and before.digest == _digest(errand.documents):
            self._kept.move_to_end(address)
            return before.service
        service = await self._read(errand)
        self._keep(errand, service)
        return service

    def _keep(self, errand: "_Errand", service: Service) -> None:
        documents = errand.documents
        self._kept.pop(errand.address, None)
        self._kept[errand.address] = _Kept(tuple(documents), _digest(documents), _size(documents), service)
        while len(self._kept) > KEPT or sum(kept.size for kept in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    async def _read(self, errand: "_Errand") -> Service:
        while True:
            async with self._room:
                found = await asyncio.to_thread(read_service, errand.address, dict(errand.documents))
            if isinstance(found, Service):
                return found
            await errand.fetch(found)


class _Errand:
    """One call on its way: its time, and the documents that were fetched for it."""

    def __init__(self, http: Http, call: SoapCall) -> None:
        self._http = http
        self._call = call
        self._end = time.monotonic() + call.timeout_seconds
        is_given = call.wsdl.startswith("<")
        self.address = GIVEN if is_given else call.wsdl
        self.documents: Documents = {GIVEN: call.wsdl.encode()} if is_given else {}

    def seconds_left(self) -> float:
        """Return what is left of the call's time. Raises `TemporaryError` where nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TemporaryError(f"the call took longer than {self._call.timeout_seconds:g} s")
        return left

    async def fetch(self, addresses: Iterable[str]) -> None:
        """Fetch documents. Raises `TemporaryError`, `PermanentError`."""
        wanted = dict.fromkeys(address for address in addresses if address not in self.documents)
        if len(self.documents) + len(wanted) > MOST_DOCUMENTS:
            raise PermanentError(f"the WSDL and what it imports are more than {MOST_DOCUMENTS} documents")
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {address: group.create_task(self._document(address)) for address in wanted}
        except* StepError as errors:
            raise _first(errors).behind("the WSDL could not be loaded: ") from None
        self.documents |= {address: task.result() for address, task in tasks.items()}
        if _size(self.documents) > MOST_BYTES:
            raise PermanentError(f"the WSDL and what it imports are larger than {MOST_BYTES} bytes")

    async def _document(self, address: str) -> bytes:
        credentials = self._call.credentials
        is_near = _origin(address) == _origin(self.address)
        call = HttpCall(
            method="GET",
            url=address,
            headers=[credentials] if credentials and is_near else [],
            body=None,
            timeout_seconds=self.seconds_left(),
            max_bytes=MOST_BYTES,
            follow_redirects=True,
        )
        answer = await self._http.call(call)
        if answer.status != 200:
            host = urlsplit(address).hostname
            kind = TemporaryError if is_temporary(answer.status) else PermanentError
            raise kind(f"{host} answered {status_line(answer)}", {"status": answer.status})
        return answer.body


def _origin(address: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.scheme, parts.netloc


def _size(documents: Mapping[str, bytes]) -> int:
    return sum(map(len, documents.values()))


def _digest(documents: Mapping[str, bytes]) -> bytes:
    whole = hashlib.sha256()
    for address, content in sorted(documents.items()):
        whole.update(hashlib.sha256(address.encode()).digest() + hashlib.sha256(content).digest())
    return whole.digest()


def _first(errors: BaseExceptionGroup[StepError]) -> StepError:
    first = errors.exceptions[0]
    return first if isinstance(first, StepError) else _first(first)
