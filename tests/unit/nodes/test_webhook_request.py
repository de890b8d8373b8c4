from importlib.metadata import version

import pytest

from app.core.json import JsonValue
from app.graph.ports import HttpCall
from tests.factories.steps import RecordingHttp, StepContext, action, answer, failure_of

URL = "https://example.com/api"
ALWAYS = [("Idempotency-Key", "fl_run_1::n1"), ("User-Agent", f"Virga/{version('virga')}")]


async def call(settings: dict[str, JsonValue], **roots: JsonValue) -> HttpCall:
    """Return the one call that the node makes."""
    http = RecordingHttp(answer())
    await action("webhook", {"url": URL, **settings}).run(StepContext(roots, http))
    (made,) = http.calls
    return made


async def test_a_call_is_made_as_the_settings_say() -> None:
    made = await call({"method": "PUT", "headers": {"X-A": "1"}, "query": {"q": "2"}, "body": {"b": 3}})

    assert made == HttpCall(
        method="PUT",
        url="https://example.com/api?q=2",
        headers=[("X-A", "1"), ("Content-Type", "application/json"), *ALWAYS],
        body=b'{"b":3}',
        timeout_seconds=30,
        max_bytes=1_048_576,
        follow_redirects=False,
    )


async def test_a_call_keeps_to_the_limits_of_its_step() -> None:
    http = RecordingHttp(answer())
    await action("webhook", {"url": URL}).run(StepContext({}, http, timeout_seconds=7, output_bytes=99))

    assert (http.calls[0].timeout_seconds, http.calls[0].max_bytes) == (7, 99)


async def test_a_call_changes_something_outside() -> None:
    assert action("webhook", {"url": URL, "method": "GET"}).has_effect


@pytest.mark.parametrize(
    ("settings", "method"),
    [({}, "POST"), ({"method": "get"}, "GET"), ({"method": " Patch "}, "PATCH"), ({"method": "DELETE"}, "DELETE")],
)
async def test_the_method_may_be_written_in_any_case(settings: dict[str, JsonValue], method: str) -> None:
    assert (await call(settings)).method == method


async def test_redirects_are_followed_only_when_asked_for() -> None:
    assert (await call({"follow_redirects": True})).follow_redirects


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ({"id": "{{ n1.id }}"}, b'{"id":7}', "application/json"),
        (["{{ n1.id }}", "x"], b'[7,"x"]', "application/json"),
        ('{"id": "{{ n1.id }}"}', b'{"id": "7"}', "application/json"),
        ("id {{ n1.id }}", b"id 7", "text/plain; charset=utf-8"),
        ("plain é", "plain é".encode(), "text/plain; charset=utf-8"),
    ],
)
async def test_a_body_is_sent_with_what_it_is(body: JsonValue, content: bytes, content_type: str) -> None:
    made = await call({"body": body}, n1={"id": 7})

    assert made.body == content
    assert dict(made.headers)["Content-Type"] == content_type


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"body": None},
        {"body": ""},
        {"body": "{{ n1.nothing }}"},
        {"method": "GET", "body": {}},
        {"method": "DELETE", "body": []},
        {"method": "GET", "body": ""},
    ],
)
async def test_a_call_without_a_body_says_nothing_of_its_type(settings: dict[str, JsonValue]) -> None:
    made = await call(settings)

    assert made.body is None
    assert list(made.headers) == ALWAYS


async def test_an_empty_object_is_a_body_of_a_post() -> None:
    assert (await call({"body": {}})).body == b"{}"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a {{ n1.id }}", "X-B": 5},
        [{"key": "X-A", "value": "a {{ n1.id }}"}, {"key": "X-B", "value": 5}],
        [{"key": "", "value": ""}, {"key": " X-A ", "value": " a 7 "}, {"key": "X-B", "value": "5"}, {"key": None}],
        [{"key": "X-{{ 'A' }}", "value": "a\r\n{{ n1.id }}"}, {"key": "X-B", "value": "\n5"}],
    ],
)
async def test_headers_are_an_object_or_a_list(headers: JsonValue) -> None:
    made = await call({"headers": headers}, n1={"id": 7})

    assert list(made.headers) == [("X-A", "a 7"), ("X-B", "5"), *ALWAYS]


@pytest.mark.parametrize("headers", [None, [], {}])
async def test_there_need_be_no_headers(headers: JsonValue) -> None:
    assert list((await call({"headers": headers})).headers) == ALWAYS


async def test_a_header_may_be_sent_twice() -> None:
    headers: JsonValue = [{"key": "X-A", "value": "1"}, {"key": "X-A", "value": "2"}]

    assert list((await call({"headers": headers})).headers)[:2] == [("X-A", "1"), ("X-A", "2")]


async def test_headers_that_the_user_sets_win() -> None:
    headers: JsonValue = {"content-type": "text/xml", "IDEMPOTENCY-KEY": "mine", "user-agent": "mine"}

    made = await call({"headers": headers, "body": {"a": 1}})

    assert list(made.headers) == [("content-type", "text/xml"), ("IDEMPOTENCY-KEY", "mine"), ("user-agent", "mine")]


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        (URL, {}, URL),
        (URL, None, URL),
        (f"{URL}?", {}, f"{URL}?"),
        (URL, {"a": 1, "b": True}, f"{URL}?a=1&b=true"),
        (URL, [{"key": "a", "value": "x y&z"}, {"key": "", "value": ""}], f"{URL}?a=x%20y%26z"),
        (URL, {"a": "{{ n1.list }}"}, f"{URL}?a=1&a=2"),
        (URL, {"a": [1, None, "é/"]}, f"{URL}?a=1&a=%C3%A9%2F"),
        (URL, {"a": None}, URL),
        (URL, {"a": {"x": 1}}, f"{URL}?a=%7B%22x%22%3A1%7D"),
        (URL, {"{{ n1.list[0] }}": 1}, f"{URL}?1=1"),
        (f"{URL}?a=1&b=2&&c", {"b": 3}, f"{URL}?a=1&c&b=3"),
        (f"{URL}?a%20b=1&c=%2F", {"a b": 3}, f"{URL}?c=%2F&a%20b=3"),
        (f"{URL}?a=1", {"a": None}, URL),
        (f"{URL}?a=1#top", {"b": 2}, f"{URL}?a=1&b=2#top"),
        (f"{URL}/{{{{ n1.list[1] }}}}?x={{{{ n1.list[0] }}}}", {"b": 2}, f"{URL}/2?x=1&b=2"),
        (f"  {URL}\n", {}, URL),
        ("HTTP://Example.com", {}, "HTTP://Example.com"),
        ("{{ n1.url }}", {}, "http://127.0.0.1:8080/"),
    ],
)
async def test_the_query_is_merged_into_the_url(url: str, query: JsonValue, expected: str) -> None:
    made = await call({"url": url, "query": query}, n1={"list": [1, 2], "url": " http://127.0.0.1:8080/ "})

    assert made.url == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("{{ n1.nothing }}", "The URL is empty; it should look like https://example.com/path."),
        ("{{ n1.url }}", "The URL must start with https:// or http://."),
    ],
)
async def test_a_url_that_turns_out_to_be_none_fails_the_node(url: str, reason: str) -> None:
    assert await failure_of("webhook", {"url": url}, n1={"url": "ftp://x"}) == f"Webhook request failed: {reason}"


async def test_a_query_that_cannot_be_written_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"url": URL, "query": {"a": "{{ n1 }}"}}

    assert (await failure_of("webhook", settings, n1=[[float("inf")]])).endswith(".")


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"url": "https://example.com/{{ vault.key }}"}, "url"),
        ({"query": {"q": "{{ vault.key }}"}}, "url"),
        ({"query": {"q": "vlt_01"}}, "url"),
        ({"headers": {"X": "{{ vault.key }}"}}, "headers"),
        ({"headers": {"X": "vlt_01"}}, "headers"),
        ({"body": {"x": ["{{ vault.key }}"]}}, "body"),
        ({"body": '{"x": "{{ vault.key }}"}'}, "body"),
        ({"body": "x {{ vault.key }}"}, "body"),
        ({"auth": {"type": "header", "name": "X", "value": "vlt_01"}}, "headers"),
    ],
)
async def test_the_vault_is_there_where_it_may_be_read(settings: dict[str, JsonValue], place: str) -> None:
    http = RecordingHttp(answer())
    ctx = StepContext({}, http, vault={"key": "s3cret", "vlt_01": "s3cret"})
    await action("webhook", {"url": URL, **settings}).run(ctx)

    assert "s3cret" in str(getattr(http.calls[0], place))
    assert "s3cret" not in repr(http.calls[0])


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (
            {"type": "basic", "username": "ada", "password": "{{ vault.key }}"},
            ("Authorization", "Basic YWRhOnMzY3JldA=="),
        ),
        ({"type": "basic", "username": "vlt_01", "password": ""}, ("Authorization", "Basic YQpiOg==")),
        ({"type": "basic", "username": "é", "password": "ü"}, ("Authorization", "Basic w6k6w7w=")),
        ({"type": "bearer", "token": " {{ vault.key }}\n"}, ("Authorization", "Bearer s3cret")),
        ({"type": "bearer", "token": "vlt_01"}, ("Authorization", "Bearer a b")),
        ({"type": "header", "name": " X-{{ n1.id }} ", "value": "k={{ vault.key }}"}, ("X-7", "k=s3cret")),
    ],
)
async def test_credentials_become_a_header(auth: JsonValue, header: tuple[str, str]) -> None:
    http = RecordingHttp(answer())
    ctx = StepContext({"n1": {"id": 7}}, http, vault={"key": "s3cret", "vlt_01": "a\nb"})
    await action("webhook", {"url": URL, "headers": {"X-A": "1"}, "auth": auth}).run(ctx)

    assert list(http.calls[0].headers) == [("X-A", "1"), header, *ALWAYS]


async def test_a_header_that_the_user_sets_wins_over_credentials_of_a_name_that_comes_to_the_same() -> None:
    auth = {"type": "header", "name": "{{ n1.name }}", "value": "credentials"}
    made = await call({"headers": {"X-Key": "own"}, "auth": auth}, n1={"name": "x-key"})

    assert list(made.headers) == [("X-Key", "own"), *ALWAYS]


async def test_credentials_stand_in_place_of_a_header_that_is_sent_by_itself() -> None:
    made = await call({"auth": {"type": "header", "name": "user-agent", "value": "mine"}})

    assert list(made.headers) == [("user-agent", "mine"), ALWAYS[0]]


async def test_a_user_name_that_comes_to_have_a_colon_is_refused_without_being_shown() -> None:
    auth = {"type": "basic", "username": "{{ n1.name }}", "password": "x"}

    assert await failure_of("webhook", {"url": URL, "auth": auth}, n1={"name": "a:b"}) == (
        "The user name of basic credentials cannot have a colon in it."
    )
