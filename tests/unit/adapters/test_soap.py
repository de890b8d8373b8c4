"""SOAP over the wire: a real service on the loopback interface, called through the guarded client."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.ports import SoapCall, SoapToken
from app.outbound.addresses import workflow_policy
from app.outbound.client import OutboundClient
from tests.fixtures.soap_service import COMMON, ORDERS, TYPES, SoapService, enveloped, fault, wsdl, xml
from tests.fixtures.target import HANG_UP, SILENCE, answer
from worker.adapters.soap import calling
from worker.adapters.soap.calling import SoapCaller

NO_WSDL = "the WSDL could not be loaded: "


@pytest.fixture
async def http() -> AsyncIterator[OutboundClient]:
    client = OutboundClient(workflow_policy([ip_network("127.0.0.0/8")]))
    yield client
    await client.aclose()


@pytest.fixture
async def service() -> AsyncIterator[SoapService]:
    async with SoapService() as service:
        yield service


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
    assert refused.message.startswith("127.0.0.1 did not answer within ")


async def test_documents_count_for_the_time_too(http: OutboundClient, service: SoapService) -> None:
    service.documents["/types/common.xsd"] = SILENCE

    refused = await refusal(http, replace(call_of(service.wsdl), timeout_seconds=1))

    assert isinstance(refused, TemporaryError)
    assert refused.message.startswith(f"{NO_WSDL}127.0.0.1 did not answer within ")


LAUGHS = '<!DOCTYPE a [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12)) + "]>"
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("evil", [LAUGHS, OUTSIDE, '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">', "<!DOCTYPE a>"])
async def test_a_dtd_is_refused_wherever_it_stands(http: OutboundClient, service: SoapService, evil: str) -> None:
    told = "the WSDL or a schema of it has a DTD, which is refused"
    service.documents["/orders.wsdl"] = wsdl(service.url("/orders"), more=evil)
    assert (await refusal(http, call_of(service.wsdl))).message == told

    del service.documents["/orders.wsdl"]
    service.documents["/types/orders.xsd"] = TYPES.replace('<?xml version="1.0"?>', evil)
    assert (await refusal(http, call_of(service.wsdl))).message == told

    service.documents["/types/orders.xsd"] = TYPES
    service.replies = [xml(evil + enveloped("&a12;&x;" if "ENTITY" in evil else ""))]
    refused = await refusal(http, call_of(service.wsdl))
    assert refused.message in {"the service's answer has a DTD, which is refused", "the service's answer is not XML"}


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:///etc/passwd", "the URL must start with https:// or http://"),
        ("ftp://example.com/x.xsd", "the URL must start with https:// or http://"),
        ("http://10.0.0.1/x.xsd", "http:// is allowed only to addresses in the ranges of VIRGA_EGRESS__ALLOW"),
        ("https://10.0.0.1/x.xsd", "calls to the address of 10.0.0.1 are not allowed"),
        ("https://169.254.169.254/latest/meta-data", "calls to the address of 169.254.169.254 are not allowed"),
        ("https://[::1]/x.xsd", "calls to the address of ::1 are not allowed"),
    ],
)
async def test_imports_cannot_go_around_the_guard(
    http: OutboundClient, service: SoapService, location: str, why: str
) -> None:
    service.documents["/orders.wsdl"] = wsdl(service.url("/orders"), types=location)
    assert why in (await refusal(http, call_of(service.wsdl))).message

    del service.documents["/orders.wsdl"]
    service.documents["/types/orders.xsd"] = TYPES.replace("common.xsd", location)
    assert why in (await refusal(http, call_of(service.wsdl))).message


async def test_the_service_itself_cannot_be_behind_the_guard(http: OutboundClient, service: SoapService) -> None:
    service.documents["/orders.wsdl"] = wsdl("https://10.0.0.1/orders", types=service.url("/types/orders.xsd"))

    assert "not allowed" in (await refusal(http, call_of(service.wsdl))).message


@pytest.mark.parametrize(
    ("document", "kind", "message"),
    [
        (answer(b"", status="404 Not Found"), PermanentError, f"{NO_WSDL}127.0.0.1 answered 404 Not Found"),
        (
            answer(b"", status="503 Service Unavailable"),
            TemporaryError,
            f"{NO_WSDL}127.0.0.1 answered 503 Service Unavailable",
        ),
        (HANG_UP, TemporaryError, f"{NO_WSDL}127.0.0.1 closed the connection before it had answered"),
    ],
)
async def test_a_document_that_does_not_come_is_named(
    http: OutboundClient, service: SoapService, document: bytes, kind: type[StepError], message: str
) -> None:
    for path in ("/types/common.xsd", "/orders.wsdl"):
        service.documents[path] = document
        refused = await refusal(http, call_of(service.wsdl))
        assert (type(refused), refused.message) == (kind, message)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "hello",
        "<html/>",
        "<a><b></a>",
        wsdl("http://127.0.0.1/").replace("tns:EchoIn", "tns:Missing"),
        wsdl("http://127.0.0.1/").replace("tns:Echo", "none:Echo"),
        wsdl("http://127.0.0.1/").replace('type="tns:Port"', 'type="tns:Other"'),
    ],
)
async def test_what_is_no_wsdl_is_refused(http: OutboundClient, service: SoapService, document: str) -> None:
    service.documents["/orders.wsdl"] = document

    refused = await refusal(http, call_of(service.wsdl))

    assert isinstance(refused, PermanentError)
    assert refused.message.startswith(("the WSDL cannot be read: ", "the WSDL has no operation "))
    assert "\n" not in refused.message


def doubled(kind: str, levels: int, last: str) -> str:
    """Return groups each of which stands for the next one twice."""
    open_, close = ("<xsd:sequence>", "</xsd:sequence>") if kind == "group" else ("", "")
    twice = [f'<xsd:{kind} ref="G{level + 1}"/>' * 2 for level in range(levels)]
    return "".join(
        f'<xsd:{kind} name="G{level}">{open_}{inner}{close}</xsd:{kind}>' for level, inner in enumerate([*twice, last])
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (doubled("group", 40, '<xsd:element name="x" type="xsd:int"/>'), "a type of it has more than 10000 parts"),
        (doubled("attributeGroup", 40, '<xsd:attribute name="x"/>'), "a type of it has more than 10000 parts"),
        (
            "".join(
                f'<xsd:complexType name="T{n}"><xsd:complexContent><xsd:extension base="T{n + 1}"/>'
                "</xsd:complexContent></xsd:complexType>"
                for n in range(3_000)
            ),
            "its types refer to each other too deep",
        ),
        ('<xsd:complexType name="T">' + '<xsd:attribute name="x"/>' * 10_001, "the WSDL cannot be read"),
    ],
)
async def test_schemas_that_grow_beyond_measure_are_refused(
    http: OutboundClient, service: SoapService, more: str, why: str
) -> None:
    service.documents["/types/orders.xsd"] = TYPES.replace("</xsd:schema>", f"{more}</xsd:schema>")

    refused = await refusal(http, call_of(service.wsdl))

    assert refused.message.startswith("the WSDL cannot be read: ")
    assert why in refused.message


async def test_groups_that_refer_to_themselves_are_refused(http: OutboundClient, service: SoapService) -> None:
    circle = '<xsd:group name="G"><xsd:sequence><xsd:group ref="G"/></xsd:sequence></xsd:group>'
    service.documents["/types/orders.xsd"] = TYPES.replace("</xsd:schema>", f"{circle}</xsd:schema>").replace(
        '<xsd:element name="a" type="xsd:int"/>', '<xsd:group ref="G"/>'
    )

    assert isinstance(await refusal(http, call_of(service.wsdl)), PermanentError)


async def test_documents_are_limited_in_number(http: OutboundClient, service: SoapService) -> None:
    empty = re.sub("<xsd:simpleType.*</xsd:simpleType>", "HERE", COMMON, flags=re.DOTALL)
    for number in range(60):
        following = f'<xsd:include schemaLocation="{number + 1}.xsd"/>'
        service.documents[f"/types/{number}.xsd"] = empty.replace("HERE", following)
    service.documents["/orders.wsdl"] = wsdl(service.url("/orders"), types="types/0.xsd")

    refused = await refusal(http, call_of(service.wsdl))

    assert refused.message == "the WSDL and what it imports are more than 50 documents"
    assert len(service.requests) <= 50


async def test_documents_are_limited_in_size(
    http: OutboundClient, service: SoapService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_BYTES", 4_000)
    assert (await refusal(http, call_of(service.wsdl))).message == (
        "the WSDL and what it imports are larger than 4000 bytes"
    )
    service.documents["/orders.wsdl"] = "x" * 4_001
    assert (await refusal(http, call_of(service.wsdl))).message == (
        f"{NO_WSDL}the answer of 127.0.0.1 is larger than 4000 bytes"
    )
