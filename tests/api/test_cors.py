"""Which pages of other origins a browser lets read the API's answers."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import CorsSettings, Settings
from app.core.errors import SetupError
from app.main import create_app
from tests.api.test_guards import ROUTES
from tests.fixtures.api import Client, serving

PAGE = "https://app.example"
OTHER = "https://evil.example"
ASKING = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,if-match"}
NEEDED = {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "last-event-id"}
PATHS = [*sorted({re.sub(r"[{}]", "", str(route.path_format)) for route in ROUTES}), "/nowhere"]
STRANGERS = [
    *(OTHER, "null", "", "http://app.example", "https://app.example:8443", "https://app.example.evil.example"),
    *("https://xapp.example", "https://APP.example", "https://app.example/", f"{PAGE}, {OTHER}", "*"),
]


def names_of(answer: httpx.Response) -> set[str]:
    return {name for name in answer.headers if name.startswith("access-control-")}


def words(answer: httpx.Response, header: str) -> set[str]:
    return {word.strip().lower() for word in answer.headers[header].split(",")}


@pytest.fixture
async def open_api(postgres_url: str, redis_url: str) -> AsyncIterator[Client]:
    """Return a client of an API that one origin may call."""
    settings = {"cors": CorsSettings(origins=(PAGE, "http://localhost:5173"))}
    async with serving(postgres_url, redis_url, **settings) as app, Client(app) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_may_ask_in_advance_for_every_path_and_needs_no_token(open_api: Client, path: str) -> None:
    answer = await open_api.anonymous().options(path, headers={"Origin": PAGE, **ASKING})
    assert (answer.status_code, answer.content, answer.headers["access-control-allow-origin"]) == (204, b"", PAGE)
    assert words(answer, "access-control-allow-headers") == NEEDED


def test_every_method_of_a_route_is_allowed() -> None:
    used = {method for route in ROUTES for method in route.methods or ()}
    assert used <= {"GET", "POST", "PUT", "DELETE"}


async def test_the_answer_in_advance_names_all_methods(open_api: Client) -> None:
    answer = await open_api.options("/workflows", headers={"Origin": PAGE, **ASKING})
    assert words(answer, "access-control-allow-methods") == {"get", "post", "put", "delete"}
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:5173"])
async def test_a_named_origin_may_read_answers_and_their_headers(open_api: Client, origin: str) -> None:
    answer = await open_api.get("/workflows", headers={"Origin": origin})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
    exposed = words(answer, "access-control-expose-headers")
    assert exposed >= {"etag", "retry-after", "x-request-id", "www-authenticate", "location"}
    assert exposed >= {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}


REFUSED = {
    "no token": ("GET", "/workflows", {"Authorization": ""}, b"", 401),
    "no such workflow": ("GET", "/workflows/fl_none", {}, b"", 404),
    "no such route": ("GET", "/nowhere", {}, b"", 404),
    "wrong method": ("PUT", "/workflows", {}, b"{}", 405),
    "broken JSON": ("POST", "/workflows", {"Content-Type": "application/json"}, b"{", 400),
    "a large body": ("POST", "/workflows", {"Content-Type": "application/json"}, b" " * 2_000_000, 413),
    "a NUL in the query": ("GET", "/workflows?a=%00", {}, b"", 422),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_page_may_read_errors_too(open_api: Client, what: str) -> None:
    method, path, headers, body, status = REFUSED[what]
    answer = await open_api.request(method, path, headers={"Origin": PAGE, **headers}, content=body)
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, PAGE)


async def test_a_page_may_read_faults_of_ours_too(open_api: Client) -> None:
    del open_api.app.state.authenticator
    answer = await open_api.get("/workflows", headers={"Origin": PAGE})
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (500, PAGE)


@pytest.mark.parametrize("origin", STRANGERS)
async def test_any_other_origin_gets_nothing(open_api: Client, origin: str) -> None:
    answer = await open_api.get("/workflows", headers={"Origin": origin})
    assert (answer.status_code, names_of(answer)) == (200, set())
    asked = await open_api.options("/workflows", headers={"Origin": origin, **ASKING})
    assert (asked.status_code, names_of(asked)) == (405, set())


@pytest.mark.parametrize("origin", [PAGE, OTHER, None])
async def test_caches_keep_answers_to_origins_apart(open_api: Client, origin: str | None) -> None:
    answer = await open_api.get("/workflows", headers={} if origin is None else {"Origin": origin})
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("headers", [{}, ASKING, {"Origin": PAGE}])
async def test_options_that_ask_nothing_in_advance_are_405(open_api: Client, headers: dict[str, str]) -> None:
    answer = await open_api.options("/workflows", headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET, POST",
    )


@pytest.mark.parametrize("origin", [PAGE, "null"])
async def test_all_origins_may_be_allowed(postgres_url: str, redis_url: str, origin: str) -> None:
    cors = CorsSettings(origins=("*",))
    async with serving(postgres_url, redis_url, cors=cors) as app, Client(app) as client:
        answer = await client.get("/workflows", headers={"Origin": origin})
        asked = await client.options("/workflows", headers={"Origin": origin, **ASKING})
    assert answer.headers["access-control-allow-origin"] == asked.headers["access-control-allow-origin"] == "*"
    assert "vary" not in answer.headers


async def test_credentials_of_browsers_are_never_allowed(open_api: Client) -> None:
    for answer in (
        await open_api.get("/workflows", headers={"Origin": PAGE}),
        await open_api.options("/workflows", headers={"Origin": PAGE, **ASKING}),
    ):
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


async def test_without_the_setting_there_is_no_trace_of_it(api: Client) -> None:
    answer = await api.get("/workflows", headers={"Origin": PAGE})
    asked = await api.options("/workflows", headers={"Origin": PAGE, **ASKING})
    assert (names_of(answer), names_of(asked), asked.status_code) == (set(), set(), 405)
    assert "vary" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["app.example", "https://app.example/", "https://App.example", "null", "", "ftp://x", "https://a b"]
)
def test_an_origin_that_no_browser_sends_refuses_the_start(origin: str) -> None:
    nowhere = SecretStr("postgresql://nowhere"), SecretStr("redis://nowhere")
    settings = Settings(DATABASE_URL=nowhere[0], REDIS_URL=nowhere[1], cors=CorsSettings(origins=(origin,)))
    with pytest.raises(SetupError, match="VIRGA_CORS__ORIGINS has"):
        create_app(settings)
