"""SOAP over the wire: what is sent to a service, and what its answers become."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.errors import TemporaryError
from app.graph.ports import SoapToken
from app.outbound.client import OutboundClient
from tests.fixtures.soap_service import ORDERS, TYPES, SoapService, enveloped, wsdl, xml
from tests.fixtures.target import answer
from tests.unit.adapters.soap_calls import NO_WSDL, call_of, called, refusal
from worker.adapters.soap import calling
from worker.adapters.soap.calling import SoapCaller


async def echoed(http: OutboundClient, service: SoapService, **order: JsonValue) -> JsonObject:
    body = await called(http, call_of(service.wsdl, "Echo", {"order": {"number": 1, **order}}))
    assert isinstance(body, dict)
    assert body["note"] == "seen"
    return body["order"]  # type: ignore[no-any-return] # an order


async def test_an_operation_is_called_as_the_wsdl_says(http: OutboundClient, service: SoapService) -> None:
    assert await called(http, call_of(service.wsdl)) == 3
    head = service.head
    assert service.paths == ["/orders.wsdl", "/types/orders.xsd", "/types/common.xsd", "/orders"]
    assert 'soapaction: "urn:orders/add"' in head
    assert "content-type: text/xml; charset=utf-8" in head
    assert "idempotency-key: run::n1" in head


@pytest.mark.parametrize(
    ("name", "value", "comes_back"),
    [
        ("number", 7, 7),
        ("number", "7", 7),
        ("total", 12.5, "12.5"),
        ("total", "12.50", "12.50"),
        ("total", "0.00000000000000000001", "0.00000000000000000001"),
        ("ratio", 0.25, 0.25),
        ("ratio", "INF", "INF"),
        ("ratio", "NaN", "NAN"),
        ("big", 2**63, 2**63),
        ("big", str(10**30), str(10**30)),
        ("paid", True, True),
        ("paid", "false", False),
        ("at", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("at", "2026-01-02T03:04:05.5+02:00", "2026-01-02T03:04:05.500000+02:00"),
        ("day", "2026-01-02", "2026-01-02"),
        ("clock", "03:04:05", "03:04:05"),
        ("lasts", "P1DT2H", "P1DT2H"),
        ("lasts", "P1Y", "P1Y"),
        ("file", base64.b64encode(b"\x00\xff").decode(), base64.b64encode(b"\x00\xff").decode()),
        ("line", [{"name": "tea", "count": 2, "unit": "kg"}], [{"name": "tea", "count": 2, "unit": "kg"}]),
        ("line", [{"name": "<&>", "count": 1}] * 2, [{"name": "<&>", "count": 1, "unit": None}] * 2),
        ("line", None, []),
        ("total", None, None),
    ],
)
async def test_values_survive_the_way_there_and_back(
    http: OutboundClient, service: SoapService, name: str, value: JsonValue, comes_back: JsonValue
) -> None:
    assert (await echoed(http, service, **{name: value}))[name] == comes_back


async def test_what_no_schema_describes_becomes_an_object(http: OutboundClient, service: SoapService) -> None:
    extra = '<x:extra xmlns:x="urn:x" kind="k">text<x:one>1</x:one><x:one>2</x:one><!-- c --><x:none/></x:extra>'
    order = f"<order><number>1</number>{extra}</order>"
    service.replies = [xml(enveloped(f'<EchoResponse xmlns="{ORDERS}">{order}</EchoResponse>'))]

    body = await called(http, call_of(service.wsdl, "Echo", {"order": {"number": 1}}))

    assert isinstance(body, dict)
    assert '{"@kind":"k","#text":"text","one":["1","2"],"none":null}' in dumps(body)


async def test_an_operation_without_an_answer_comes_to_nothing(http: OutboundClient, service: SoapService) -> None:
    service.replies = [answer(status="202 Accepted")]

    assert await called(http, call_of(service.wsdl, "Tell")) is None


async def test_soap_1_2_is_spoken(http: OutboundClient, service: SoapService) -> None:
    newer = wsdl(service.url("/orders")).replace("/wsdl/soap/", "/wsdl/soap12/")
    service.documents["/orders.wsdl"] = newer
    envelope = "http://www.w3.org/2003/05/soap-envelope"
    service.replies = [
        xml(enveloped(f'<AddResponse xmlns="{ORDERS}"><sum>5</sum></AddResponse>', envelope)),
        xml(
            enveloped(
                "<e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code>"
                '<e:Reason><e:Text xml:lang="en">Busy</e:Text></e:Reason></e:Fault>',
                envelope,
            ),
            status="500 Internal Server Error",
        ),
    ]

    assert await called(http, call_of(service.wsdl)) == 5
    assert 'application/soap+xml; charset=utf-8; action="urn:orders/add"' in service.head
    refused = await refusal(http, call_of(service.wsdl))
    assert isinstance(refused, TemporaryError)
    assert refused.output == {"fault": {"code": "e:Receiver", "message": "Busy", "detail": None}}


async def test_a_wsdl_may_be_given_as_text(http: OutboundClient, service: SoapService) -> None:
    text = wsdl(service.url("/orders"), types=service.url("/types/orders.xsd"))

    assert await called(http, call_of(text)) == 3
    assert service.paths[0] == "/types/orders.xsd"


async def test_what_a_text_refers_to_needs_an_address(http: OutboundClient) -> None:
    refused = await refusal(http, call_of(wsdl("https://example.com/")))

    assert refused.message == f"{NO_WSDL}the URL must start with https:// or http://"


async def test_a_wsdl_that_is_encoded_as_soap_knows_its_arrays(http: OutboundClient, service: SoapService) -> None:
    """The schema of arrays is asked of nobody."""
    arrays = """<xsd:complexType name="Names"><xsd:complexContent>
      <xsd:restriction base="s:Array" xmlns:s="http://schemas.xmlsoap.org/soap/encoding/">
      <xsd:attribute ref="s:arrayType"/></xsd:restriction></xsd:complexContent></xsd:complexType></xsd:schema>"""
    service.documents["/types/orders.xsd"] = TYPES.replace("</xsd:schema>", arrays)

    assert await called(http, call_of(service.wsdl)) == 3


async def test_a_service_that_was_read_is_kept_while_its_documents_are_the_same(
    http: OutboundClient, service: SoapService
) -> None:
    caller = SoapCaller()
    await caller.call(http, call_of(service.wsdl))
    [kept] = caller._kept.values()

    await caller.call(http, call_of(service.wsdl))
    assert list(caller._kept.values()) == [kept]
    service.documents["/types/orders.xsd"] = TYPES.replace('name="sum"', 'name="total"')
    service.replies = [xml(enveloped(f'<AddResponse xmlns="{ORDERS}"><total>9</total></AddResponse>'))]
    assert await caller.call(http, call_of(service.wsdl)) == 9


async def test_only_so_many_services_are_kept(
    http: OutboundClient, service: SoapService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "KEPT", 2)
    caller = SoapCaller()
    for number in range(4):
        service.documents[f"/{number}.wsdl"] = wsdl(service.url("/orders"))
        await caller.call(http, call_of(service.url(f"/{number}.wsdl")))

    assert list(caller._kept) == [service.url("/2.wsdl"), service.url("/3.wsdl")]


async def test_credentials_go_to_the_service_and_to_documents_beside_the_wsdl_only(http: OutboundClient) -> None:
    async with SoapService() as service, SoapService() as other:
        other.documents["/types/orders.xsd"] = TYPES.replace("common.xsd", service.url("/types/common.xsd"))
        service.documents["/orders.wsdl"] = wsdl(service.url("/orders"), types=other.url("/types/orders.xsd"))
        call = replace(call_of(service.wsdl), credentials=("Authorization", "Basic YTpi"))
        assert await called(http, call) == 3

    assert all(b"Basic YTpi" in request for request in service.requests)
    assert len(service.requests) == 3
    assert b"Basic YTpi" not in other.requests[0]


async def test_a_user_name_stands_in_the_envelope(http: OutboundClient, service: SoapService) -> None:
    await called(http, replace(call_of(service.wsdl), token=SoapToken("ada", "pass<word")))

    [sent] = service.calls
    assert b"Username>ada</" in sent
    assert b"#PasswordText" in sent
    assert b"pass&lt;word" in sent


async def test_a_password_may_be_sent_as_a_digest(http: OutboundClient, service: SoapService) -> None:
    await called(http, replace(call_of(service.wsdl), token=SoapToken("ada", "secret-word", digest=True)))

    [sent] = [request.decode() for request in service.calls]
    parts = {
        name: found[1]
        for name in ("Password", "Nonce", "Created")
        if (found := re.search(f"{name}[^>]*>([^<]+)<", sent))
    }
    digest = hashlib.sha1(base64.b64decode(parts["Nonce"]) + parts["Created"].encode() + b"secret-word").digest()  # noqa: S324 -- as the standard has it
    assert parts["Password"] == base64.b64encode(digest).decode()
    assert parts["Created"].endswith("Z")
    assert "secret-word" not in sent
