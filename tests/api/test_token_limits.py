"""How often one token may ask, where the operator has set a limit."""

from collections.abc import AsyncIterator

import pytest

from app.core.config import RateLimitSettings
from app.http import rate_limit
from app.queue.client import connect
from tests.factories.workflows import workflow
from tests.fixtures.api import Client, json_of, serving
from tests.fixtures.target import SILENCE, Target

LIMIT = 5
HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


def limited_to(per_token: int) -> RateLimitSettings:
    return RateLimitSettings(per_token=per_token)


@pytest.fixture
async def limited(postgres_url: str, redis_url: str) -> AsyncIterator[Client]:
    """Return a client that may ask 5 times a minute."""
    async with serving(postgres_url, redis_url, rate_limit=limited_to(LIMIT)) as app, Client(app) as client:
        yield client


async def statuses(client: Client, tries: int, path: str = "/workflows/audit") -> list[int]:
    return [(await client.get(path)).status_code for _ in range(tries)]


async def test_a_minutes_worth_is_answered_and_no_more(limited: Client) -> None:
    assert await statuses(limited, LIMIT + 2) == [200] * LIMIT + [429] * 2


async def test_a_request_counts_once_however_many_dependencies_look_at_its_token(limited: Client) -> None:
    answers = [await limited.post("/workflows", json=workflow()) for _ in range(LIMIT)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["4", "3", "2", "1", "0"]


async def test_a_refusal_says_when_to_come_back(limited: Client) -> None:
    await statuses(limited, LIMIT)
    answer = await limited.get("/workflows")
    assert (json_of(answer, 429)["code"], answer.headers["retry-after"]) == ("rate_limited", "12")
    assert answer.headers.get_list("ratelimit-limit") == [str(LIMIT)]
    assert answer.headers["ratelimit-remaining"] == "0"
    assert 55 <= int(answer.headers["ratelimit-reset"]) <= 60


@pytest.mark.parametrize("path", ["/workflows", "/workflows/fl_none", "/workflows/audit?limit=0"])
async def test_every_answer_says_what_is_left(limited: Client, path: str) -> None:
    answer = await limited.get(path)
    assert [answer.headers[name] for name in HEADERS] == ["5", "4", "12"]


async def test_a_token_without_the_scope_is_counted_too(limited: Client) -> None:
    assert await statuses(limited.allowed("vault:read"), LIMIT + 1) == [403] * LIMIT + [429]


async def test_each_token_has_a_limit_of_its_own(limited: Client) -> None:
    await statuses(limited, LIMIT + 1)
    assert await statuses(limited.allowed("audit:read"), 1) == [200]
    assert await statuses(limited.other(), 1) == [200]


async def test_another_spelling_of_a_token_counts_as_the_same(limited: Client) -> None:
    await statuses(limited, LIMIT)
    token = limited.headers["authorization"].removeprefix("Bearer ")
    # The last of 43 characters of base64 holds four bits, so that others mean the same signature.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    respelt = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    answers = [
        await limited.get("/workflows", headers={"Authorization": spelling})
        for spelling in (f"bearer {token}", f"Bearer   {token} ", f"Bearer {respelt}")
    ]
    assert {answer.status_code for answer in answers} <= {429, 401}
    assert answers[0].status_code == answers[1].status_code == 429


async def test_public_routes_have_no_such_limit(limited: Client) -> None:
    await statuses(limited, LIMIT)
    answer = await limited.get("/health/live")
    assert (answer.status_code, [name for name in HEADERS if name in answer.headers]) == (200, [])


async def test_no_token_can_be_read_out_of_redis(limited: Client, redis_url: str) -> None:
    token = limited.headers["authorization"].removeprefix("Bearer ")
    await statuses(limited, 1)
    redis = connect(redis_url, timeout_seconds=1, connections=1)
    keys = [key.decode() async for key in redis.scan_iter("virga:rate:token:*")]
    await redis.aclose()
    assert keys
    assert not [key for key in keys if any(part in key for part in token.split("."))]


async def test_without_the_setting_nothing_is_counted(api: Client) -> None:
    answer = await api.get("/workflows")
    assert not [name for name in HEADERS if name in answer.headers]


async def test_with_redis_away_requests_pass_and_nothing_is_promised(postgres_url: str) -> None:
    async with serving(postgres_url, "redis://127.0.0.1:1", rate_limit=limited_to(2)) as app, Client(app) as client:
        answers = [await client.get("/workflows") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in HEADERS for answer in answers if name in answer.headers]


async def test_a_redis_that_hangs_holds_up_one_request_only(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(rate_limit, "BREAKER_SECONDS", 60.0)  # all ten requests, however long they take
    async with Target(SILENCE) as hung:
        url = f"redis://127.0.0.1:{hung.port}"
        async with serving(postgres_url, url, rate_limit=limited_to(2)) as app, Client(app) as client:
            assert set(await statuses(client, 10)) == {200}
        assert hung.connections == 2  # one to count requests, which is not tried again, and one to hear notes


async def test_a_limit_beyond_one_a_microsecond_is_none(postgres_url: str, redis_url: str) -> None:
    async with serving(postgres_url, redis_url, rate_limit=limited_to(10**9)) as app, Client(app) as client:
        assert set(await statuses(client, 20)) == {200}
