"""Redirects: off unless asked for, hop by hop, and never with the user's headers to somewhere else."""

import pytest

from app.graph.errors import PermanentError
from tests.fixtures.target import Target, answer
from tests.unit.outbound.conftest import OpenClient, get


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"moved", f"Location: {location}", status=f"{status} Moved")


async def test_a_redirect_is_an_answer_like_any_other_unless_asked_for(open_client: OpenClient) -> None:
    async with Target(redirect("/next")) as target:
        got = await open_client().call(get(target.url()))
    assert (got.status, got.body, len(target.requests)) == (302, b"moved", 1)


async def test_a_relative_redirect_is_followed(open_client: OpenClient) -> None:
    async with Target(redirect("../next?x=1"), answer(b"there")) as target:
        got = await open_client().call(get(target.url("/a/b/c"), follow_redirects=True))
    assert got.body == b"there"
    assert target.head.startswith("get /a/next?x=1 ")


@pytest.mark.parametrize(
    ("status", "method", "expected"),
    [
        (301, "POST", "get"),
        (302, "POST", "get"),
        (303, "POST", "get"),
        (303, "PUT", "get"),
        (301, "PUT", "put"),
        (307, "POST", "post"),
        (308, "POST", "post"),
        (307, "DELETE", "delete"),
    ],
)
async def test_the_method_after_a_redirect_is_the_one_browsers_use(
    open_client: OpenClient, status: int, method: str, expected: str
) -> None:
    asked = {"method": method, "body": b"{}", "headers": [("Content-Type", "application/json")]}
    async with Target(redirect("/next", status), answer()) as target:
        await open_client().call(get(target.url(), follow_redirects=True, **asked))
    assert target.head.split(" ", 1)[0] == expected
    assert target.requests[-1].endswith(b"{}") == (expected != "get")
    assert ("content-type" in target.head) == (expected != "get")


async def test_headers_stay_within_their_origin(open_client: OpenClient) -> None:
    secret = [("Authorization", "Bearer secret"), ("X-Key", "secret"), ("Host", "virtual.example")]
    async with Target(answer()) as other, Target(redirect("/here"), redirect(other.url("/there"))) as target:
        await open_client().call(get(target.url(), headers=secret, follow_redirects=True))
    assert target.head.count("secret") == 2
    assert "secret" not in other.head
    assert "virtual.example" not in other.head


async def test_headers_do_not_come_back_with_the_first_origin(open_client: OpenClient) -> None:
    async with Target() as spare, Target(answer()) as other:
        async with Target(redirect(other.url()), answer()) as target:
            bounced = open_client()
            await bounced.call(get(target.url(), headers=[("X-Key", "secret")], follow_redirects=True))
        assert "secret" not in other.head
        assert not spare.requests


async def test_five_redirects_are_followed(open_client: OpenClient) -> None:
    async with Target(*[redirect("/next")] * 5, answer(b"end")) as target:
        assert (await open_client().call(get(target.url(), follow_redirects=True))).body == b"end"


async def test_the_sixth_redirect_is_refused(open_client: OpenClient) -> None:
    async with Target(redirect("/next")) as target:
        with pytest.raises(PermanentError, match="more than 5 redirects"):
            await open_client().call(get(target.url(), follow_redirects=True))
    assert len(target.requests) == 6


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("ftp://127.0.0.1/", "must start with https:// or http://"),
        ("file:///etc/passwd", "must start with https:// or http://"),
        ("http://user:pass@127.0.0.1/", "user name or password"),
        ("http://[::1", "not a valid URL"),
    ],
)
async def test_a_redirect_to_what_could_not_be_called_directly_is_refused(
    open_client: OpenClient, location: str, sentence: str
) -> None:
    async with Target(redirect(location)) as target:
        with pytest.raises(PermanentError, match=sentence):
            await open_client().call(get(target.url(), follow_redirects=True))


async def test_a_redirect_without_a_location_is_the_answer(open_client: OpenClient) -> None:
    async with Target(answer(b"?", status="302 Found")) as target:
        assert (await open_client().call(get(target.url(), follow_redirects=True))).body == b"?"


async def test_not_modified_is_no_redirect(open_client: OpenClient) -> None:
    async with Target(b"HTTP/1.1 304 Not Modified\r\nLocation: /next\r\n\r\n") as target:
        assert (await open_client().call(get(target.url(), follow_redirects=True))).status == 304
