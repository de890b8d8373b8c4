"""Many calls of webhooks: how many are let in, and that none of those is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.config import RateLimitSettings
from tests.factories.webhooks import listening, path_of
from tests.factories.workflows import webhook_workflow
from tests.fixtures.api import Client, Database, json_of, serving

CALLS = 1_000
AT_ONCE = 20
PER_MINUTE = RateLimitSettings(per_webhook=3)


async def test_a_burst_of_1000_calls_is_accepted_without_a_loss(api: Client, database: Database) -> None:
    path, caller, numbers = await listening(api), api.anonymous(), iter(range(CALLS))
    accepted: dict[str, int] = {}

    async def call_on() -> None:
        for number in numbers:
            accepted[json_of(await caller.post(path, json={"number": number}), 202)["id"]] = number

    await asyncio.gather(*(call_on() for _ in range(AT_ONCE)))
    number = "(trigger_payload->'webhook_payload'->>'number')::int AS number"
    rows = await database.rows(f"SELECT id, {number} FROM runs WHERE org_id = :org", org=api.org_id)  # noqa: S608 -- constant
    assert sorted(accepted.values()) == list(range(CALLS))
    assert {row.id: row.number for row in rows} == accepted


@pytest.fixture
async def limited(postgres_url: str, redis_url: str) -> AsyncIterator[Client]:
    async with serving(postgres_url, redis_url, rate_limit=PER_MINUTE) as app, Client(app) as client:
        yield client


async def test_a_webhook_may_be_called_so_often_a_minute(limited: Client) -> None:
    path = await listening(limited)
    statuses = [(await limited.post(path, json={})).status_code for _ in range(5)]
    assert statuses == [202, 202, 202, 429, 429]


async def test_who_calls_more_often_is_told_when_to_come_back(limited: Client) -> None:
    path = await listening(limited)
    answers = [await limited.post(path, json={}) for _ in range(4)]
    assert json_of(answers[3], 429)["code"] == "rate_limited"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert (answers[3].headers["ratelimit-limit"], answers[3].headers["ratelimit-remaining"]) == ("3", "0")


async def test_webhooks_do_not_share_a_limit(limited: Client) -> None:
    first, second = await listening(limited), await listening(limited)
    assert [(await limited.post(first, json={})).status_code for _ in range(4)][3] == 429
    assert (await limited.post(second, json={})).status_code == 202


async def test_handshakes_count_too(limited: Client) -> None:
    path = await listening(limited)
    assert [(await limited.get(path)).status_code for _ in range(4)] == [405, 405, 405, 429]


async def test_a_new_url_does_not_lift_the_limit(limited: Client) -> None:
    saved = await limited.created(webhook_workflow())
    path = path_of(saved)
    assert [(await limited.post(path, json={})).status_code for _ in range(4)][3] == 429
    now = json_of(await limited.post(f"/workflows/{saved['id']}/webhook-token/rotate"), 200)
    assert (await limited.post(path_of(now), json={})).status_code == 429


async def test_with_redis_away_calls_pass(postgres_url: str) -> None:
    async with serving(postgres_url, "redis://127.0.0.1:1", rate_limit=PER_MINUTE) as app, Client(app) as api:
        path = await listening(api)
        assert [(await api.post(path, json={})).status_code for _ in range(5)] == [202] * 5
