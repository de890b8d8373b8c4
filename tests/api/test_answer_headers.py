"""Headers of every answer, and what an answer never has."""

import pytest

from tests.fixtures.api import Client, Database, json_of, serving

HSTS = "strict-transport-security"
EVERYWHERE = ["/workflows", "/workflows/fl_none", "/nowhere", "/docs", "/docs/errors", "/health/live", "/?a=%00"]


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_no_answer_is_guessed_at_and_each_has_a_request_id(api: Client, path: str) -> None:
    answer = await api.get(path)
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert len(answer.headers["x-request-id"]) == 16
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_with_an_https_address_browsers_are_told_to_stay_with_it(api: Client, path: str) -> None:
    assert (await api.get(path)).headers[HSTS] == "max-age=31536000"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://virga.example"])
async def test_with_an_http_address_they_are_not(postgres_url: str, redis_url: str, url: str) -> None:
    async with serving(postgres_url, redis_url, public_url=url) as app, Client(app) as client:
        assert HSTS not in (await client.get("/workflows")).headers


async def test_a_fault_of_ours_shows_nothing_of_the_inside(api: Client, database: Database) -> None:
    await database.execute("REVOKE SELECT ON workflows FROM virga_api")
    try:
        answer = await api.get("/workflows")
    finally:
        await database.execute("GRANT SELECT ON workflows TO virga_api")
    body = json_of(answer, 500)
    assert body.keys() == {"type", "code", "message", "doc_url", "request_id"}
    for word in ("Traceback", "sqlalchemy", "SELECT", "permission denied", "asyncpg"):
        assert word not in answer.text
