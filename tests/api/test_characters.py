"""Characters that cannot be stored, wherever a client puts them."""

import httpx
import pytest

from app.http.error_answers import ErrorAnswers
from app.http.middleware import Gate
from tests.api.probe import BODY_BYTES, PUBLIC_URL, Observed, probe_app


@pytest.mark.parametrize("query", ["word=%00", "word=a%00b", "%00=x", "unknown=%00"])
async def test_a_nul_character_in_the_query_is_422(probe: httpx.AsyncClient, query: str) -> None:
    answer = await probe.get(f"/things?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")


@pytest.mark.parametrize("query", ["word=%ED%A0%80", "word=%FF", "word=%C3%28"])
async def test_a_query_that_is_not_unicode_is_422(probe: httpx.AsyncClient, query: str) -> None:
    assert (await probe.get(f"/things?{query}")).status_code == 422


async def test_any_other_character_in_the_query_arrives(probe: httpx.AsyncClient) -> None:
    assert (await probe.get("/things?word=%C3%BC%F0%9F%98%80+%25")).json() == {"value": "5ü😀 %"}


async def test_a_nul_character_in_an_id_is_an_id_that_nobody_has(probe: httpx.AsyncClient) -> None:
    assert (await probe.get("/workflows/a%00b")).json() == {"value": "workflow a\ufffdb"}


async def test_a_nul_character_elsewhere_in_the_path_is_404(probe: httpx.AsyncClient) -> None:
    assert (await probe.get("/thi%00ngs")).status_code == 404


async def test_a_nul_character_in_a_header_is_422() -> None:
    app = probe_app()
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/things",
        "query_string": b"",
        "headers": [(b"x-own", b"a\0b")],
    }
    await app(scope, receive, send)  # type: ignore[arg-type] # ASGI's messages, written as plain dicts
    assert sent[0]["status"] == 422


async def test_what_is_not_http_goes_through_untouched() -> None:
    seen: list[object] = []

    async def inner(scope: object, receive: object, send: object) -> None:
        seen.append((scope, receive, send))

    gate = Gate(inner, ErrorAnswers(PUBLIC_URL), BODY_BYTES, Observed())
    scope, nothing = {"type": "lifespan"}, object()
    await gate(scope, nothing, nothing)  # type: ignore[arg-type] # never looked at
    assert seen[0] == (scope, nothing, nothing)
