from datetime import UTC, datetime

import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.outcome import Success
from app.graph.ports import HttpAnswer
from tests.factories.steps import RecordingHttp, StepContext, action, answer

URL = "https://example.com/api"
FAILED = "Webhook request failed: "


async def output(given: HttpAnswer, **settings: JsonValue) -> JsonObject:
    """Return the output of a call that must succeed."""
    outcome = await action("webhook", {"url": URL, **settings}).run(StepContext({}, RecordingHttp(given)))
    assert isinstance(outcome, Success)
    assert outcome.handle == "default"
    return outcome.output


async def body(given: HttpAnswer, **settings: JsonValue) -> JsonValue:
    return (await output(given, **settings))["body"]


async def error(given: HttpAnswer | StepError, now: datetime | None = None, **settings: JsonValue) -> StepError:
    ctx = StepContext({}, RecordingHttp(given), now=now or datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(StepError) as caught:
        await action("webhook", {"url": URL, **settings}).run(ctx)
    return caught.value


async def test_the_output_is_status_headers_and_body() -> None:
    given = HttpAnswer(201, "Created", {"Content-Type": "application/json", "x-a": "1\0"}, b'{"message":"ok"}')

    assert await output(given) == {
        "status": 201,
        "headers": {"content-type": "application/json", "x-a": "1\ufffd"},
        "body": '{"message":"ok"}',
    }


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b'{"a": [1]}', "application/json", {"a": [1]}),
        (b'{"a": "\\u0000"}', "application/problem+json; charset=utf-8", {"a": "\ufffd"}),
        (b"{broken", "application/json", "{broken"),
        (b"[18446744073709551616]", "application/json", "[18446744073709551616]"),
        (b"NaN", "application/json", "NaN"),
        (b'{"a": 1}', "text/plain", '{"a": 1}'),
        (b"<p>\xe9</p>", "text/html; charset=iso-8859-1", "<p>é</p>"),
        (b"a\0\xff", "text/plain", "a\ufffd\ufffd"),
        ("é".encode(), "", "é"),
        (b"\x89PNG\r\n\xff", "image/png", "iVBORw0K/w=="),
        (b"", "application/json", None),
        (b"", "", None),
    ],
)
async def test_a_body_is_json_that_says_so_else_text_else_base64(
    content: bytes, content_type: str, expected: JsonValue
) -> None:
    assert await body(answer(200, content, content_type=content_type)) == expected


@pytest.mark.parametrize(
    ("form", "content", "content_type", "expected"),
    [
        ("json", b'{"a": 1}', "text/plain", {"a": 1}),
        ("json", b"7", "", 7),
        ("json", '"é"'.encode("utf-16"), "application/json; charset=utf-16", "é"),
        ("json", b'"\xff"', "application/octet-stream", "\ufffd"),
        ("json", b"", "text/plain", None),
        ("text", b'{"a": 1}', "application/json", '{"a": 1}'),
        ("text", b"\x89P\0", "image/png", "\ufffdP\ufffd"),
        ("text", b"", "text/plain", None),
        ("base64", b'{"a": 1}', "application/json", "eyJhIjogMX0="),
        ("base64", b"", "", None),
    ],
)
async def test_a_body_is_put_out_in_the_form_asked_for(
    form: str, content: bytes, content_type: str, expected: JsonValue
) -> None:
    assert await body(answer(200, content, content_type=content_type), response=form) == expected


async def test_an_answer_that_must_be_json_and_is_none_fails_with_what_came() -> None:
    caught = await error(answer(200, b"<html>", content_type="text/html"), response="json")

    assert isinstance(caught, PermanentError)
    assert caught.message == f"{FAILED}the answer is not JSON"
    assert caught.output == {"status": 200, "headers": {"content-type": "text/html"}, "body": "<html>"}


async def test_a_wrong_status_is_told_before_a_body_that_is_no_json() -> None:
    caught = await error(answer(502, b"<html>"), response="json")

    assert caught.message == f"{FAILED}502 Bad Gateway"
    assert caught.output["body"] == "<html>"


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (503, "Service Unavailable", "503 Service Unavailable"),
        (503, "", "503 Service Unavailable"),
        (503, " Gone\0fishing ", "503 Gone\ufffdfishing"),
        (404, "", "404 Not Found"),
        (302, "", "302 Found"),
        (799, "", "799"),
        (500, "x" * 101, f"500 {'x' * 100}"),
    ],
)
async def test_a_failure_names_the_status(status: int, reason: str, words: str) -> None:
    caught = await error(answer(status, {"why": "because"}, reason=reason))

    assert caught.message == FAILED + words
    assert caught.output == {
        "status": status,
        "headers": {"content-type": "application/json"},
        "body": {"why": "because"},
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, TemporaryError) for status in (408, 425, 429, 500, 502, 503, 504, 599)),
        *((status, PermanentError) for status in (301, 304, 400, 401, 403, 404, 409, 422, 428, 499)),
    ],
)
async def test_what_may_pass_is_temporary_and_all_else_permanent(status: int, kind: type[StepError]) -> None:
    assert type(await error(answer(status))) is kind


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        (None, 200),
        (None, 299),
        ([], 204),
        (["2xx", 404], 404),
        (["2xx", 404], 201),
        ([" 4XX "], 410),
        ("3xx", 302),
        (500, 500),
        (["503"], 503),
    ],
)
async def test_an_expected_status_is_a_success(expected: JsonValue, status: int) -> None:
    assert (await output(answer(status), expected_status=expected))["status"] == status


@pytest.mark.parametrize(("expected", "status"), [([404], 200), (["4xx"], 503), (["2xx"], 302), (["200"], 201)])
async def test_any_other_status_is_a_failure(expected: JsonValue, status: int) -> None:
    assert (await error(answer(status), expected_status=expected)).output["status"] == status


@pytest.mark.parametrize(
    ("given", "expected", "message"),
    [
        (answer(201), ["200", 404], "201 Created, where expected_status allows 200, 404"),
        (answer(302, location="https://example.com/new"), ["2xx"], "302 Found, which leads to another address"),
        (answer(304), ["2xx"], "304 Not Modified"),
        (answer(400, location="https://example.com/new"), ["2xx"], "400 Bad Request"),
    ],
)
async def test_a_status_that_does_not_sound_like_a_failure_is_explained(
    given: HttpAnswer, expected: JsonValue, message: str
) -> None:
    assert (await error(given, expected_status=expected)).message == FAILED + message


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, {"retry_after": "7"}, 7),
        (429, {"retry_after": " 0 "}, 0),
        (503, {"retry_after": "99999"}, 3600),
        (503, {"retry_after": "9" * 500}, 3600),
        (429, {"retry_after": "Thu, 01 Jan 2026 00:01:00 GMT"}, 60),
        (429, {"retry_after": "Thu, 01 Jan 2026 00:01:00 -0000"}, 60),
        (429, {"retry_after": "Thu, 01 Jan 2026 00:01:00 GMT", "date": "Thu, 01 Jan 2026 00:00:50 GMT"}, 10),
        (429, {"retry_after": "Thu, 01 Jan 2026 00:01:00 GMT", "date": "nonsense"}, 60),
        (429, {"retry_after": "Wed, 31 Dec 2025 23:00:00 GMT"}, 0),
        (429, {"retry_after": "Fri, 01 Jan 2027 00:00:00 GMT"}, 3600),
        (503, {}, None),
        (503, {"retry_after": ""}, None),
        (503, {"retry_after": "soon"}, None),
        (503, {"retry_after": "-5"}, None),
        (503, {"retry_after": "٣"}, None),
        (503, {"retry_after": "Thu, 99 Jan 99999 00:01:00 GMT"}, None),
        (500, {"retry_after": "7"}, None),
        (502, {"retry_after": "7"}, None),
    ],
)
async def test_a_server_may_ask_for_a_pause(status: int, headers: dict[str, str], seconds: float | None) -> None:
    caught = await error(answer(status, **headers))

    assert isinstance(caught, TemporaryError)
    assert caught.delay_seconds == seconds


async def test_a_broken_connection_may_be_tried_again() -> None:
    caught = await error(TemporaryError("could not connect to example.com", {"a": 1}, 3))

    assert isinstance(caught, TemporaryError)
    assert caught.message == f"{FAILED}could not connect to example.com"
    assert (caught.output, caught.delay_seconds) == ({"a": 1}, 3)


async def test_a_refused_call_may_not() -> None:
    caught = await error(PermanentError("the address is refused", {"a": 1}))

    assert isinstance(caught, PermanentError)
    assert caught.message == f"{FAILED}the address is refused"
    assert caught.output == {"a": 1}
