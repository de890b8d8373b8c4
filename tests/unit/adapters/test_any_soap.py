"""Whatever stands in a payload, a WSDL or an answer: zeep's own errors never get out."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.errors import StepError
from app.graph.ports import HttpAnswer
from tests.fixtures.soap_service import COMMON, ORDERS, TYPES, enveloped, fault, wsdl
from worker.adapters.soap.service import Service, read_service

ADDRESS = "http://127.0.0.1/orders.wsdl"
DOCUMENTS = {
    ADDRESS: wsdl("http://127.0.0.1/orders").encode(),
    "http://127.0.0.1/types/orders.xsd": TYPES.encode(),
    "http://127.0.0.1/types/common.xsd": COMMON.encode(),
}
NAMES = st.sampled_from(
    [
        "order",
        "number",
        "total",
        "at",
        "day",
        "lasts",
        "file",
        "line",
        "name",
        "count",
        "unit",
        "_value_1",
        "_soapheaders",
    ]
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=10,
)
WHOLE = [
    enveloped(f'<EchoResponse xmlns="{ORDERS}"><order><number>1</number><total>1.5</total></order></EchoResponse>'),
    fault(detail="<a><b/></a>"),
]


def service() -> Service:
    found = read_service(ADDRESS, DOCUMENTS)
    assert isinstance(found, Service)
    return found


SERVICE = service()


def comes_to_something(work: Callable[[], object]) -> None:
    try:
        work()
    except StepError as error:
        said = error.message
        dumps(error.output)
    else:
        said = "nothing is wrong"
    assert said
    assert "\n" not in said


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(NAMES, VALUES, max_size=4) | st.builds(lambda order: {"order": order}, VALUES))
def test_any_payload(payload: JsonObject) -> None:
    comes_to_something(lambda: SERVICE.envelope("Echo", payload, None))


@st.composite
def damaged(draw: st.DrawFn, texts: list[str]) -> bytes:
    """Return a text from which a stretch was cut out, or repeated, or replaced."""
    text = draw(st.sampled_from(texts)).encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 60)))
    between = draw(st.sampled_from([b"", text[start:end] * 2, b"&x;", b"\xff", b"<a>"]))
    return text[:start] + between + text[end:]


@settings(deadline=None, max_examples=150)
@given(damaged(WHOLE) | st.binary(max_size=20), st.sampled_from([200, 202, 302, 404, 500, 503]), st.booleans())
def test_any_answer(body: bytes, status: int, is_multipart: bool) -> None:  # noqa: FBT001 -- one of two headers
    kind = "multipart/related; boundary=x" if is_multipart else "text/xml"
    answer = HttpAnswer(status, "", {"content-type": kind}, body)

    comes_to_something(lambda: dumps(SERVICE.body_of("Echo", answer)))


@settings(deadline=None, max_examples=150)
@given(damaged([wsdl("http://127.0.0.1/orders")]), damaged([TYPES]))
def test_any_document(root: bytes, types: bytes) -> None:
    for documents in ({ADDRESS: root}, {"http://127.0.0.1/types/orders.xsd": types}):
        comes_to_something(lambda documents=documents: read_service(ADDRESS, {**DOCUMENTS, **documents}))  # type: ignore[misc] # bound per turn


@pytest.mark.parametrize("operation", ["Echo", "Add", "Tell"])
def test_operations_without_a_payload(operation: str) -> None:
    comes_to_something(lambda: SERVICE.envelope(operation, {}, None))
