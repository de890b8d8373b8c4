"""What supervisors and load balancers are told."""

from collections.abc import Callable

import pytest

from app.core.errors import SetupError
from tests.fixtures.api import Client, database_of, json_of, serving


async def test_a_process_that_answers_is_alive(api: Client) -> None:
    assert json_of(await api.anonymous().get("/health/live"), 200) == {"status": "ok"}


async def test_with_everything_there_it_is_ready(api: Client) -> None:
    body = json_of(await api.anonymous().get("/health/ready"), 200)
    assert (body["status"], body["redis"]) == ("ok", "ok")
    assert body["schema_revision"] >= "0001"


async def test_without_redis_it_is_ready_and_says_so(postgres_url: str) -> None:
    async with serving(postgres_url, "redis://127.0.0.1:1") as app, Client(app) as api:
        assert json_of(await api.get("/health/ready"), 200)["redis"] == "away"


async def test_with_an_older_schema_it_is_not_ready(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api:
        await _set_revision(url, "0000")
        body = json_of(await api.get("/health/ready"), 503)
    assert (body["type"], body["code"]) == ("api_error", "unavailable")
    assert "`virga migrate`" in body["message"]


async def test_with_postgres_gone_it_is_not_ready(make_database: Callable[[], str], redis_url: str) -> None:
    async with serving(make_database(), redis_url) as app, Client(app) as api:
        held = app.state.resources
        await held.engine.dispose()
        held.engine.sync_engine.pool._creator = _refuse
        assert json_of(await api.get("/health/ready"), 503)["message"] == "Postgres cannot be reached."
        assert json_of(await api.get("/workflows"), 503)["code"] == "unavailable"
        assert json_of(await api.get("/health/live"), 200) == {"status": "ok"}


async def test_without_a_schema_the_process_does_not_start(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    await _set_revision(url, "0000")
    with pytest.raises(SetupError, match=r"has revision 0000, this version needs .*; run `virga migrate`"):
        async with serving(url, redis_url):
            pass


async def test_with_postgres_away_the_process_does_not_start(redis_url: str) -> None:
    with pytest.raises(SetupError, match="The database cannot be reached"):
        async with serving("postgresql://nobody@127.0.0.1:1/virga", redis_url):
            pass


def _refuse(*_: object, **__: object) -> None:
    raise ConnectionRefusedError("no server")


async def _set_revision(url: str, revision: str) -> None:
    async with database_of(url) as database:
        await database.execute("UPDATE alembic_version SET version_num = :revision", revision=revision)
