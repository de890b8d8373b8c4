import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.outcome import Success
from app.graph.platform_path import MAX_CHARACTERS, check_endpoint
from app.graph.ports import HttpAnswer, HttpCall
from tests.factories.steps import RecordingHttp, StepContext, action, answer, faults

FAILED = "Platform request failed: "
ALWAYS = [("Accept", "application/json"), ("Idempotency-Key", "fl_run_1::n1")]


def context(platform: RecordingHttp, **roots: JsonValue) -> StepContext:
    return StepContext(roots, platform=platform)


async def call(settings: JsonObject, **roots: JsonValue) -> HttpCall:
    """Return the one call that the node makes, which is of the platform."""
    platform = RecordingHttp(answer())
    await action("altostrat_api", {"endpoint": "/v1/sites", **settings}).run(context(platform, **roots))
    (made,) = platform.calls
    return made


async def failure(settings: JsonObject, given: HttpAnswer | StepError | None = None, **roots: JsonValue) -> StepError:
    platform = RecordingHttp(given or answer())
    with pytest.raises(StepError) as caught:
        await action("altostrat_api", {"endpoint": "/v1/sites", **settings}).run(context(platform, **roots))
    return caught.value


async def test_a_call_is_made_as_the_settings_say() -> None:
    made = await call(
        {"method": "put", "endpoint": "/v1/sites/{{ n1.id }}", "query": {"q": "2"}, "body": {"b": 3}}, n1={"id": 7}
    )

    assert made == HttpCall(
        method="PUT",
        url="/v1/sites/7?q=2",
        headers=[*ALWAYS, ("Content-Type", "application/json")],
        body=b'{"b":3}',
        timeout_seconds=30,
        max_bytes=1_048_576,
        follow_redirects=False,
    )


async def test_without_more_it_reads() -> None:
    made = await call({})

    assert (made.method, made.url, made.body, list(made.headers)) == ("GET", "/v1/sites", None, ALWAYS)


async def test_it_needs_an_authorization_and_changes_something_outside() -> None:
    node = action("altostrat_api", {"endpoint": "/v1/sites"})

    assert node.needs_authorization
    assert node.has_effect


async def test_the_output_is_that_of_a_webhook() -> None:
    platform = RecordingHttp(answer(201, {"id": 5}, x_a="1"))
    outcome = await action("altostrat_api", {"endpoint": "/v1/sites"}).run(context(platform))

    assert outcome == Success(
        {"status": 201, "headers": {"x-a": "1", "content-type": "application/json"}, "body": {"id": 5}}
    )


@pytest.mark.parametrize("status", [200, 204])
async def test_an_empty_answer_is_no_error(status: int) -> None:
    platform = RecordingHttp(answer(status, b"", content_type="application/json"))
    outcome = await action("altostrat_api", {"endpoint": "/v1/sites", "response": "json"}).run(context(platform))

    assert isinstance(outcome, Success)
    assert outcome.output["body"] is None


async def test_expected_statuses_count_as_a_success() -> None:
    platform = RecordingHttp(answer(404))
    settings: JsonObject = {"endpoint": "/v1/sites", "expected_status": ["2xx", 404]}

    assert isinstance(await action("altostrat_api", settings).run(context(platform)), Success)


async def test_a_failure_names_the_status_and_keeps_the_answer() -> None:
    caught = await failure({}, answer(422, {"why": "because"}))

    assert isinstance(caught, PermanentError)
    assert caught.message == f"{FAILED}422 Unprocessable Entity"
    assert caught.output["body"] == {"why": "because"}


async def test_a_platform_that_is_busy_may_ask_for_a_pause() -> None:
    caught = await failure({}, answer(429, retry_after="7"))

    assert isinstance(caught, TemporaryError)
    assert (caught.message, caught.delay_seconds) == (f"{FAILED}429 Too Many Requests", 7)


@pytest.mark.parametrize(
    "error", [TemporaryError("it is away", {"a": 1}, 3), PermanentError("it was revoked", {"a": 1})]
)
async def test_what_keeps_the_call_from_being_made_is_said(error: StepError) -> None:
    caught = await failure({}, error)

    assert type(caught) is type(error)
    assert (caught.message, caught.output) == (FAILED + error.message, {"a": 1})


@pytest.mark.parametrize(
    "settings", [{"method": "GET", "body": ""}, {"method": "DELETE", "body": []}, {"method": "POST"}]
)
async def test_a_call_may_have_no_body(settings: dict[str, JsonValue]) -> None:
    assert (await call(settings)).body is None


BEGIN = "The endpoint must be a path on the platform's API that begins with one slash: /v1/sites."
UNSAFE = "The endpoint has a control character, a backslash or a #; they can only be percent-encoded."
CLIMBS = 'The endpoint leads out of its place: "." and ".." are not allowed in it, however written.'
ESCAPES = [
    ("", BEGIN),
    ("v1/sites", BEGIN),
    ("https://evil.example/", BEGIN),
    ("//evil.example/", BEGIN),
    ("@evil.example/", BEGIN),
    (".evil.example/", BEGIN),
    (":8080/", BEGIN),
    ("\\\\evil.example", BEGIN),
    ("/\\evil.example", UNSAFE),
    ("/a\x7fb", UNSAFE),
    ("/a\r\nHost: evil.example", UNSAFE),
    ("/a\tb", UNSAFE),
    ("/a#b", UNSAFE),
    ("/..", CLIMBS),
    ("/v1/../admin", CLIMBS),
    ("/v1/./admin", CLIMBS),
    ("/v1/%2e%2e/admin", CLIMBS),
    ("/v1/.%2E/admin", CLIMBS),
    ("/v1/%252e%252e/admin", CLIMBS),
    ("/v1/a%2f..%2fadmin", CLIMBS),
    ("/v1/..%5cadmin", CLIMBS),
    ("/v1/..;x=1/admin", CLIMBS),
    ("/" + "a" * MAX_CHARACTERS, "The endpoint is longer than 8,000 characters."),
]


@pytest.mark.parametrize(("endpoint", "reason"), ESCAPES)
async def test_no_endpoint_leads_elsewhere_when_it_is_written(endpoint: str, reason: str) -> None:
    assert faults("altostrat_api", {"endpoint": endpoint}) == {"endpoint": reason}


@pytest.mark.parametrize(("endpoint", "reason"), ESCAPES)
async def test_nor_when_it_is_rendered(endpoint: str, reason: str) -> None:
    caught = await failure({"endpoint": "{{ n1.endpoint }}"}, n1={"endpoint": endpoint})

    assert caught.message == FAILED + reason


async def test_blanks_are_encoded_as_paths_have_them() -> None:
    made = await call({"endpoint": "/v1/sites/{{ n1.name }}"}, n1={"name": "Head office"})

    assert made.url == "/v1/sites/Head%20office"


async def test_a_value_within_an_endpoint_cannot_climb_out_of_it() -> None:
    caught = await failure({"endpoint": "/v1/sites/{{ n1.id }}"}, n1={"id": "../users/1"})

    assert caught.message == FAILED + CLIMBS


@pytest.mark.parametrize(
    "endpoint",
    [
        "/",
        "/v1//sites",
        "/v1/a..b/.c",
        "/v1/sites?path=../x&u=https://a.b",
        "/v1/é",
        "/v1/a%20b",
        "/v1/a@b:c",
        "/v1/%2525252541",
    ],
)
async def test_other_paths_are_called_as_they_are(endpoint: str) -> None:
    assert (await call({"endpoint": f" {endpoint}\n"})).url == endpoint


@given(st.text())
def test_whatever_passes_is_a_path(endpoint: str) -> None:
    try:
        checked = check_endpoint(endpoint)
    except ValueError:
        return
    assert checked.startswith("/")
    assert not checked.startswith("//")
    assert not {".", ".."} & set(checked.partition("?")[0].split("/"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "TRACE"}, {"method"}),
        ({"method": "GET", "body": {"a": 1}}, {"body"}),
        ({"expected_status": ["nope"]}, {"expected_status"}),
        ({"response": "xml"}, {"response"}),
        ({"query": 5}, {"query"}),
    ],
)
def test_settings_that_are_wrong_are_named(settings: dict[str, JsonValue], message: set[str]) -> None:
    assert faults("altostrat_api", {"endpoint": "/v1/sites", **settings}).keys() == message


def test_an_endpoint_is_needed() -> None:
    assert faults("altostrat_api", {}).keys() == {"endpoint"}
