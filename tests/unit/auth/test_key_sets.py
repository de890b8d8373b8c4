"""How a JWK set is looked after: when it is fetched, and what happens when it cannot be."""

import asyncio
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.auth.key_sets import JwkSet, from_file, over_http
from app.auth.keys import UnusableKeyError, read_jwks
from app.core.errors import UnavailableError
from app.graph.errors import TemporaryError
from app.graph.ports import HttpAnswer, HttpCall
from tests.fixtures.clock import ManualClock
from tests.unit.auth.conftest import Published
from tests.unit.auth.material import EC_KEY, OTHER_RSA_KEY, RSA_KEY, jwks, public_jwk

FIRST = jwks(public_jwk(RSA_KEY, "RS256", kid="r1"))
BOTH = jwks(public_jwk(RSA_KEY, "RS256", kid="r1"), public_jwk(OTHER_RSA_KEY, "RS256", kid="r2"))
AWAY = TemporaryError("could not connect to sso.example")


def key_set(published: Published, clock: ManualClock) -> JwkSet:
    return JwkSet("https://sso.example", published.fetch, ("RS256",), clock)


async def test_the_set_is_fetched_once_for_many_tokens(clock: ManualClock) -> None:
    published = Published(FIRST)
    keys = key_set(published, clock)
    await asyncio.gather(*(keys.find("r1", "RS256") for _ in range(20)))
    assert published.fetches == 1


async def test_a_key_added_by_the_issuer_is_found_after_one_fetch(clock: ManualClock) -> None:
    published = Published(FIRST, BOTH)
    keys = key_set(published, clock)
    await keys.find("r1", "RS256")
    clock.advance(60)
    assert await keys.find("r2", "RS256") is not None
    assert published.fetches == 2


async def test_invented_kids_cause_one_fetch_a_minute(clock: ManualClock) -> None:
    published = Published(FIRST)
    keys = key_set(published, clock)
    for number in range(120):
        assert await keys.find(f"invented-{number}", "RS256") is None
        clock.advance(1)
    assert published.fetches == 2


async def test_a_stale_set_is_renewed_without_making_anybody_wait(clock: ManualClock) -> None:
    published = Published(FIRST, BOTH)
    keys = key_set(published, clock)
    await keys.find("r1", "RS256")
    clock.advance(600)
    assert await keys.find("r1", "RS256") is not None
    assert published.fetches == 1
    await asyncio.sleep(0)
    assert published.fetches == 2
    await keys.aclose()


@pytest.mark.parametrize("broken", [AWAY, OSError("gone"), b"<html>", b'{"keys": []}'])
async def test_the_last_good_set_is_kept_through_an_outage(clock: ManualClock, broken: bytes | Exception) -> None:
    keys = key_set(Published(FIRST, broken), clock)
    await keys.find("r1", "RS256")
    for _ in range(3):
        clock.advance(600)
        assert await keys.find("r1", "RS256") is not None
        assert await keys.find("new", "RS256") is None
    await keys.aclose()


async def test_without_ever_having_had_a_set_the_answer_is_unavailable(clock: ManualClock) -> None:
    with pytest.raises(UnavailableError, match="cannot be fetched"):
        await key_set(Published(AWAY), clock).find("r1", "RS256")


async def test_the_first_set_is_tried_again_after_five_seconds(clock: ManualClock) -> None:
    published = Published(AWAY, FIRST)
    keys = key_set(published, clock)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await keys.find("r1", "RS256")
    assert published.fetches == 1
    clock.advance(5)
    assert await keys.find("r1", "RS256") is not None


async def test_closing_ends_a_fetch_that_hangs(clock: ManualClock) -> None:
    async def hang() -> bytes:
        await asyncio.Event().wait()
        return b""

    keys = JwkSet("https://sso.example", hang, ("RS256",), clock)
    waiting = asyncio.create_task(keys.find("r1", "RS256"))
    await asyncio.sleep(0)
    await keys.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


class Answering:
    """A port to the outside with one answer."""

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer
        self.calls: list[HttpCall] = []

    async def call(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        return self._answer


async def test_a_url_is_fetched_with_get() -> None:
    outside = Answering(HttpAnswer(200, "OK", {}, FIRST))
    assert await over_http(outside, "https://sso.example/jwks")() == FIRST
    assert (outside.calls[0].method, outside.calls[0].url) == ("GET", "https://sso.example/jwks")


async def test_an_error_page_is_no_key_set() -> None:
    with pytest.raises(UnusableKeyError, match="status 503"):
        await over_http(Answering(HttpAnswer(503, "Away", {}, FIRST)), "https://sso.example/jwks")()


async def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(FIRST)
    fetch = from_file(file)
    await fetch()
    file.write_bytes(BOTH)
    assert await fetch() == BOTH


def test_a_lone_key_may_go_unnamed() -> None:
    assert (None, "RS256") in read_jwks(FIRST, ["RS256"])
    assert (None, "RS256") not in read_jwks(BOTH, ["RS256"])


@pytest.mark.parametrize(
    "members", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}, {"n": "AQAB"}, {"n": "!"}, {"e": ""}]
)
def test_a_key_that_is_not_for_our_signatures_is_left_out(members: dict[str, str]) -> None:
    with pytest.raises(UnusableKeyError, match="has no signature key for RS256"):
        read_jwks(jwks({**public_jwk(RSA_KEY, "RS256", kid="r1"), **members}), ["RS256"])


def test_a_curve_that_is_not_ours_is_left_out() -> None:
    with pytest.raises(UnusableKeyError):
        read_jwks(jwks(public_jwk(EC_KEY, "ES256", crv="P-384")), ["ES256"])


def test_a_shared_secret_in_a_key_set_is_left_out() -> None:
    with pytest.raises(UnusableKeyError):
        read_jwks(jwks({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}), ["RS256", "ES256"])


def test_a_key_short_enough_to_be_broken_is_left_out() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- that is the point
    with pytest.raises(UnusableKeyError):
        read_jwks(jwks(public_jwk(weak, "RS256", kid="r1")), ["RS256"])
