"""SOAP for steps, whose libraries are loaded with the first call: they take 30 MiB of memory."""

from dataclasses import dataclass
from typing import Protocol

from app.core.json import JsonValue
from app.graph.ports import Http, SoapCall
from worker.adapters.loading import OnFirstUse


class Caller(Protocol):
    """Makes calls over a way out."""

    async def call(self, http: Http, call: SoapCall) -> JsonValue: ...


class LazySoap:
    """What all runs of a worker share."""

    def __init__(self) -> None:
        self._caller = OnFirstUse[Caller]("worker.adapters.soap.calling", "SoapCaller")

    def over(self, http: Http) -> "StepSoap":
        """Return SOAP as a step uses it, over the way out that it has."""
        return StepSoap(self._caller, http)


@dataclass(frozen=True, slots=True)
class StepSoap:
    """Implements `app.graph.ports.Soap`."""

    caller: OnFirstUse[Caller]
    http: Http

    async def call(self, call: SoapCall) -> JsonValue:
        """See the port."""
        return await (await self.caller.get()).call(self.http, call)
