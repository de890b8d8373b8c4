"""Tokens over HTTP: refusals, and slowing down who guesses."""

from ipaddress import ip_network

import httpx
import pytest

from app.core.config import AuthSettings, IssuerSettings
from tests.fixtures.api import SECRET, Client, json_of, serving, token_of

BAD = {"Authorization": "Bearer a.b.c"}


def from_address(client: Client, address: str) -> httpx.AsyncClient:
    """Return an anonymous client that calls from `address`."""
    transport = httpx.ASGITransport(client.app, raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://api")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "token_missing"),
        ("Basic YTpi", "token_missing"),
        ("Bearer a.b.c", "token_invalid"),
        ("Bearer \xff\xfe", "token_invalid"),
        ("Bearer " + "a" * 9_000, "token_invalid"),
    ],
)
async def test_a_bad_token_is_401_with_a_challenge(api: Client, authorization: str, code: str) -> None:
    async with from_address(api, "192.0.2.1") as stranger:
        answer = await stranger.get("/workflows", headers={b"Authorization": authorization.encode("latin-1")})
    body = json_of(answer, 401)
    assert (body["type"], body["code"]) == ("authentication_error", code)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_guessing_is_slowed_down_by_address(api: Client) -> None:
    async with from_address(api, "192.0.2.2") as stranger, from_address(api, "192.0.2.3") as neighbour:
        statuses = [(await stranger.get("/workflows", headers=BAD)).status_code for _ in range(22)]
        assert statuses == [401] * 20 + [429] * 2
        assert (await neighbour.get("/workflows", headers=BAD)).status_code == 401


async def test_who_is_slowed_down_learns_for_how_long(api: Client) -> None:
    async with from_address(api, "192.0.2.4") as stranger:
        for _ in range(20):
            await stranger.get("/workflows", headers=BAD)
        answer = await stranger.get("/workflows", headers=BAD)
    assert (json_of(answer, 429)["type"], answer.headers["retry-after"]) == ("rate_limit_error", "3")
    assert answer.headers["ratelimit-limit"] == "20"


async def test_a_good_token_still_works_from_an_address_that_guessed(api: Client) -> None:
    async with from_address(api, "192.0.2.5") as stranger:
        for _ in range(21):
            await stranger.get("/workflows", headers=BAD)
        good = {"Authorization": f"Bearer {token_of('acme')}"}
        assert (await stranger.get("/workflows", headers=good)).status_code == 200


async def test_forgetting_the_token_is_not_guessing(api: Client) -> None:
    async with from_address(api, "192.0.2.6") as stranger:
        statuses = {(await stranger.get("/workflows")).status_code for _ in range(25)}
    assert statuses == {401}


async def test_behind_a_trusted_proxy_the_client_is_counted_not_the_proxy(postgres_url: str, redis_url: str) -> None:
    trusted = (ip_network("10.0.0.0/8"),)
    async with serving(postgres_url, redis_url, trusted_proxies=trusted) as app:
        transport = httpx.ASGITransport(app, client=("10.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as proxy:
            one = [await proxy.get("/workflows", headers=BAD | {"X-Forwarded-For": "192.0.2.7"}) for _ in range(21)]
            other = await proxy.get("/workflows", headers=BAD | {"X-Forwarded-For": "192.0.2.8"})
    assert (one[-1].status_code, other.status_code) == (429, 401)


async def test_with_redis_away_bad_tokens_are_still_refused(postgres_url: str) -> None:
    async with serving(postgres_url, "redis://127.0.0.1:1") as app, Client(app) as api:
        answers = [await api.get("/workflows", headers=BAD) for _ in range(25)]
        assert {answer.status_code for answer in answers} == {401}
        assert (await api.get("/workflows")).status_code == 200


async def test_the_limit_is_a_setting(postgres_url: str, redis_url: str) -> None:
    auth = AuthSettings(issuers=(IssuerSettings(secret=SECRET),), failures_per_minute=0)
    async with serving(postgres_url, redis_url, auth=auth) as app, Client(app) as api:
        answers = [await api.get("/workflows", headers=BAD) for _ in range(25)]
    assert {answer.status_code for answer in answers} == {401}
