"""Calls of a service, through the guarded client that workflows have."""

import pytest

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.errors import StepError
from app.graph.ports import SoapCall
from app.outbound.client import OutboundClient
from worker.adapters.soap.calling import SoapCaller

NO_WSDL = "the WSDL could not be loaded: "


def call_of(wsdl_: str, operation: str = "Add", payload: JsonObject | None = None) -> SoapCall:
    given = {"a": 1, "b": 2} if payload is None else payload
    return SoapCall(wsdl_, operation, given, None, None, "run::n1", 20, 1_000_000)


async def called(http: OutboundClient, call: SoapCall) -> JsonValue:
    body = await SoapCaller().call(http, call)
    dumps(body)
    return body


async def refusal(http: OutboundClient, call: SoapCall) -> StepError:
    with pytest.raises(StepError) as refused:
        await SoapCaller().call(http, call)
    return refused.value
