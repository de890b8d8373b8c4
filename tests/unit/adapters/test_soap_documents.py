"""The documents of SOAP services: which are refused, and that none is fetched around the guard."""

import re

import pytest

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.outbound.client import OutboundClient
from tests.fixtures.soap_service import COMMON, TYPES, SoapService, enveloped, wsdl, xml
from tests.fixtures.target import HANG_UP, answer
from tests.unit.adapters.soap_calls import NO_WSDL, call_of, refusal
from worker.adapters.soap import calling

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
