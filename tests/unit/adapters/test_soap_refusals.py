"""SOAP over the wire: payloads that do not fit, faults, and answers that are none."""

import re
from dataclasses import replace

import pytest

from app.core.json import JsonObject
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.outbound.client import OutboundClient
from tests.fixtures.soap_service import ORDERS, SoapService, enveloped, fault, xml
from tests.fixtures.target import HANG_UP, SILENCE, answer
from tests.unit.adapters.soap_calls import NO_WSDL, call_of, called, refusal


async def test_an_operation_that_is_not_there_is_refused_with_those_that_are(
    http: OutboundClient, service: SoapService
) -> None:
    refused = await refusal(http, call_of(service.wsdl, "Subtract"))

    assert refused.message == 'the WSDL has no operation "Subtract"; there are: Echo, Add, Tell'
    assert service.calls == []


@pytest.mark.parametrize(
    ("operation", "payload", "why"),
    [
        ("Add", {"a": 1}, "Missing element b (Add.b)"),
        ("Add", {"a": 1, "b": 2, "c": 3}, 'it has no "c"; there are: a, b'),
        ("Add", {"a": [1], "b": 1}, "a must be xsd:int; it is a list"),
        ("Add", {"a": {}, "b": 1}, "a must be xsd:int; it is an object"),
        ("Add", {"a": "many", "b": 1}, 'a must be xsd:int; it is the text "many"'),
        ("Add", {"a": 1.5, "b": 1}, "a must be xsd:int; it is 1.5"),
        ("Echo", {"order": {"number": 1, "line": [{"name": "\x00", "count": 1}]}}, "XML compatible"),
        ("Add", {"a": 1, "b": 1, "_soapheaders": {}}, 'it may have no "_soapheaders"'),
        ("Echo", {"order": 5}, "order must be an object; it is 5"),
        ("Echo", {"order": [{"number": 1}]}, "order must be an object; it is a list"),
        ("Echo", {"order": {"number": 1, "at": "soon"}}, 'order.at must be xsd:dateTime; it is the text "soon"'),
        ("Echo", {"order": {"number": 1, "total": "x"}}, 'order.total must be xsd:decimal; it is the text "x"'),
        ("Echo", {"order": {"number": 1, "line": [{"name": "x"}]}}, "Missing element count"),
        (
            "Echo",
            {"order": {"number": 1, "line": [{"nome": "x"}]}},
            'order.line[0] has no "nome"; there are: name, count',
        ),
        (
            "Echo",
            {"order": {"number": 1, "line": [{"name": "x", "count": "y"}]}},
            "order.line[0].count must be xsd:int",
        ),
        ("Echo", {"order": {"number": 1, "lasts": "soon"}}, "order.lasts must be xsd:duration"),
    ],
)
async def test_a_payload_that_does_not_fit_is_refused_and_not_sent(
    http: OutboundClient, service: SoapService, operation: str, payload: JsonObject, why: str
) -> None:
    refused = await refusal(http, call_of(service.wsdl, operation, payload))

    assert isinstance(refused, PermanentError)
    assert refused.message.startswith(f'"payload" does not fit {operation}: ')
    assert why in refused.message
    assert "\n" not in refused.message
    assert service.calls == []


@pytest.mark.parametrize(
    ("code", "kind"), [("e:Client", PermanentError), ("Server.Database", TemporaryError), ("e:Server", TemporaryError)]
)
@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
async def test_a_fault_is_told_with_all_that_it_says(
    http: OutboundClient, service: SoapService, code: str, kind: type[StepError], status: str
) -> None:
    service.replies = [xml(fault(code, detail='<why xmlns="urn:y"><id>7</id></why>'), status=status)]

    refused = await refusal(http, call_of(service.wsdl))

    assert type(refused) is kind
    assert refused.message == "the service answered with a fault: No such order"
    assert refused.output == {"fault": {"code": code, "message": "No such order", "detail": {"why": {"id": "7"}}}}


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (
            answer(b"gone", status="503 Service Unavailable"),
            TemporaryError,
            "the service answered 503 Service Unavailable",
        ),
        (answer(status="404 Not Found"), PermanentError, "the service answered 404 Not Found"),
        (xml("<html>no</html>", status="403 Forbidden"), PermanentError, "the service answered 403 Forbidden"),
        (answer(status="302 Found"), PermanentError, "the service answered 302 Found"),
        (answer(b"hello"), PermanentError, "the service's answer is not XML"),
        (answer(b""), PermanentError, "the service's answer is not XML"),
        (answer(b"<a><b></a>"), PermanentError, "the service's answer is not XML"),
        (xml("<html>ok</html>"), PermanentError, "the service's answer is not a SOAP envelope"),
        (xml(f"<!DOCTYPE x>{enveloped('')}"), PermanentError, "the service's answer has a DTD, which is refused"),
        (HANG_UP, TemporaryError, "127.0.0.1 closed the connection before it had answered"),
    ],
)
async def test_an_answer_that_is_none_says_what_it_is(
    http: OutboundClient, service: SoapService, reply: bytes, kind: type[StepError], message: str
) -> None:
    service.replies = [reply]

    refused = await refusal(http, call_of(service.wsdl))

    assert (type(refused), refused.message) == (kind, message)


@pytest.mark.parametrize(
    "content",
    [
        "",
        f'<AddResponse xmlns="{ORDERS}"><other>1</other></AddResponse>',
        '<AddResponse xmlns="urn:other"><sum>1</sum></AddResponse>',
    ],
)
async def test_an_answer_that_does_not_fit_is_refused(http: OutboundClient, service: SoapService, content: str) -> None:
    service.replies = [xml(enveloped(content))]

    refused = await refusal(http, call_of(service.wsdl))

    assert isinstance(refused, PermanentError)
    assert refused.message.startswith("the service's answer does not fit its WSDL: ")


async def test_a_value_that_is_none_of_its_type_is_null_and_logged_nowhere(
    http: OutboundClient, service: SoapService, caplog: pytest.LogCaptureFixture
) -> None:
    service.replies = [xml(enveloped(f'<AddResponse xmlns="{ORDERS}"><sum>many</sum></AddResponse>'))]

    assert await called(http, call_of(service.wsdl)) is None
    assert caplog.text == ""


async def test_an_answer_that_is_too_large_is_refused(http: OutboundClient, service: SoapService) -> None:
    service.replies = [xml(enveloped("x" * 5_000))]

    refused = await refusal(http, replace(call_of(service.wsdl), max_bytes=4_000))

    assert refused.message == "the answer of 127.0.0.1 is larger than 4000 bytes"


async def test_a_service_that_says_nothing_is_left_when_the_time_is_over(
    http: OutboundClient, service: SoapService
) -> None:
    service.replies = [SILENCE]

    refused = await refusal(http, replace(call_of(service.wsdl), timeout_seconds=2))

    assert isinstance(refused, TemporaryError)
    assert re.fullmatch(r"127\.0\.0\.1 did not answer within \d(\.\d{1,2})? s", refused.message)


async def test_documents_count_for_the_time_too(http: OutboundClient, service: SoapService) -> None:
    service.documents["/types/common.xsd"] = SILENCE

    refused = await refusal(http, replace(call_of(service.wsdl), timeout_seconds=1))

    assert isinstance(refused, TemporaryError)
    assert refused.message.startswith(f"{NO_WSDL}127.0.0.1 did not answer within ")
