"""What callers of webhooks may send, and what the trigger gets of it."""

import gzip

import pytest

from tests.api.test_webhooks import payload_of
from tests.factories.webhooks import listening
from tests.fixtures.api import Client, counted_statements, json_of

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def path(api: Client) -> str:
    return await listening(api)


async def received(api: Client, path: str, body: bytes, content_type: str) -> object:
    """Return what the trigger got of a call."""
    accepted = json_of(await api.post(path, content=body, headers={"Content-Type": content_type}), 202)
    return (await payload_of(api, accepted))["webhook_payload"]


@pytest.mark.parametrize(
    ("content_type", "body", "payload"),
    [
        (FORM, b"order=7&item=a&item=b", {"order": "7", "item": ["a", "b"]}),
        (f"{FORM}; charset=utf-8", b"name=%C3%BC", {"name": "ü"}),
        (f"{FORM}; charset=windows-1252", b"name=%FC", {"name": "ü"}),
        (FORM, b'payload={"a"%3A 1}', {"payload": '{"a": 1}'}),
        ("text/plain", "grüezi\n".encode(), "grüezi\n"),
        ("text/plain; charset=iso-8859-1", b"gr\xfcezi", "grüezi"),
        ("text/plain", b'{"a": 1}', '{"a": 1}'),
        ("text/csv", b"a,b\r\n1,2\r\n", "a,b\r\n1,2\r\n"),
        ("application/xml", b"<a>1</a>", "<a>1</a>"),
        ("application/soap+xml; action=x", b"<a/>", "<a/>"),
        ("application/cloudevents+json", b'{"a": 1}', {"a": 1}),
    ],
)
async def test_a_body_comes_as_what_it_is(
    api: Client, path: str, content_type: str, body: bytes, payload: object
) -> None:
    assert await received(api, path, body, content_type) == payload


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "image/png",
        "application/json; charset=utf-16",
        "text/plain; charset=utf-16",
        f"{FORM}; charset=ebcdic",
        "",
    ],
)
async def test_anything_else_is_refused_with_what_would_be_right(api: Client, path: str, content_type: str) -> None:
    error = json_of(await api.post(path, content=b"a=b", headers={"Content-Type": content_type}), 415)
    assert error["code"] == "unsupported_media_type"
    assert f'The body must be JSON, a form ("{FORM}"), text or XML' in error["message"]
    assert error["message"].endswith(f'not "{content_type}".')


@pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain"])
async def test_a_compressed_body_is_refused(api: Client, path: str, content_type: str) -> None:
    headers = {"Content-Type": content_type, "Content-Encoding": "gzip"}
    error = json_of(await api.post(path, content=gzip.compress(b"{}"), headers=headers), 415)
    assert error["message"] == "Compressed bodies are not accepted; send the body as it is."


@pytest.mark.parametrize("content_type", [FORM, "text/plain", "multipart/form-data; boundary=x"])
async def test_no_body_counts_as_an_empty_object_whatever_is_announced(
    api: Client, path: str, content_type: str
) -> None:
    assert await received(api, path, b"", content_type) == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(FORM, b"a=%00"), (FORM, b"a=%ED%A0%80"), ("text/plain", b"a\0"), ("text/plain", b"\xff"), ("text/xml", b"\xed")],
)
async def test_what_could_not_be_kept_is_refused(api: Client, path: str, content_type: str, body: bytes) -> None:
    error = json_of(await api.post(path, content=body, headers={"Content-Type": content_type}), 422)
    assert error["code"] == "parameter_invalid"
    assert error["errors"]


@pytest.mark.parametrize("content_type", [FORM, "text/plain"])
async def test_a_large_body_is_refused(api: Client, path: str, content_type: str) -> None:
    answer = await api.post(path, content=b"a" * 1_048_577, headers={"Content-Type": content_type})
    assert json_of(answer, 413)["code"] == "body_too_large"


async def test_a_body_that_is_refused_costs_no_statement(api: Client, path: str) -> None:
    with counted_statements(api.app) as statements:
        await api.post(path, content=b"a=%00", headers={"Content-Type": FORM})
    assert statements == []


@pytest.mark.parametrize("content_type", [FORM, "text/plain"])
async def test_other_routes_take_json_alone(api: Client, content_type: str) -> None:
    answer = await api.post("/workflows", content=b"a=b", headers={"Content-Type": content_type})
    assert json_of(answer, 415)["message"].startswith("The body must be JSON, announced by")
