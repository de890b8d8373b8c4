"""What a call sends, what it gives back, and how it fails."""

import asyncio
import gzip

import pytest

from app.graph.errors import PermanentError, TemporaryError
from tests.fixtures.target import CUT, HANG_UP, SILENCE, Target, answer
from tests.unit.outbound.conftest import OpenClient, get


async def test_an_answer_comes_back_whatever_its_status(open_client: OpenClient) -> None:
    async with Target(answer(b"no", "X-Why: because", status="503 Service Unavailable")) as target:
        got = await open_client().call(get(target.url()))
    assert (got.status, got.reason, got.headers["x-why"], got.body) == (503, "Service Unavailable", "because", b"no")


async def test_a_call_sends_its_method_path_headers_and_body(open_client: OpenClient) -> None:
    async with Target() as target:
        await open_client().call(
            get(target.url("/a?b=c%20d"), method="post", headers=[("X-Own", "grüße")], body=b'{"a":1}')
        )
    assert target.head.startswith("post /a?b=c%20d http/1.1")
    assert "x-own: grüße" in target.head
    assert target.requests[0].endswith(b'\r\n\r\n{"a":1}')


async def test_an_answers_repeated_headers_are_joined(open_client: OpenClient) -> None:
    async with Target(answer(b"", "Set-Cookie: a=1", "Set-Cookie: b=2")) as target:
        got = await open_client().call(get(target.url()))
    assert got.headers["set-cookie"] == "a=1, b=2"


async def test_cookies_are_not_kept_between_calls(open_client: OpenClient) -> None:
    async with Target(answer(b"", "Set-Cookie: a=1; Path=/")) as target:
        client = open_client(names={"shop.example": ["127.0.0.1"]})
        await client.call(get(target.url(host="shop.example")))
        await client.call(get(target.url(host="shop.example")))
    assert "cookie" not in target.head


async def test_headers_that_frame_the_message_are_ours(open_client: OpenClient) -> None:
    given = [
        ("Content-Length", "999"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Accept-Encoding", "br"),
    ]
    async with Target() as target:
        await open_client().call(get(target.url(), method="POST", headers=given, body=b"four"))
    assert "content-length: 4" in target.head
    assert "accept-encoding: gzip, deflate" in target.head
    assert "chunked" not in target.head


async def test_a_users_agent_and_accept_win_over_ours(open_client: OpenClient) -> None:
    async with Target() as target:
        await open_client().call(get(target.url(), headers=[("User-Agent", "mine"), ("Accept", "text/csv")]))
    assert target.head.count("user-agent:") == 1
    assert "user-agent: mine" in target.head
    assert "accept: text/csv" in target.head


async def test_a_compressed_answer_is_inflated(open_client: OpenClient) -> None:
    async with Target(answer(gzip.compress(b"plain"), "Content-Encoding: gzip")) as target:
        assert (await open_client().call(get(target.url()))).body == b"plain"


async def test_a_bomb_is_refused_with_a_sentence(open_client: OpenClient) -> None:
    async with Target(answer(gzip.compress(b"0" * 1_000_000), "Content-Encoding: gzip")) as target:
        with pytest.raises(PermanentError, match=r"^the answer of 127\.0\.0\.1 is too large once decompressed$"):
            await open_client().call(get(target.url()))


async def test_an_answer_over_the_limit_is_refused(open_client: OpenClient) -> None:
    async with Target(answer(b"12345")) as target:
        with pytest.raises(PermanentError, match="is larger than 4 bytes"):
            await open_client().call(get(target.url(), max_bytes=4))


async def test_an_endless_answer_is_cut_at_the_limit(open_client: OpenClient) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000
    async with Target(endless) as target:
        with pytest.raises(PermanentError, match="is larger than"):
            await open_client().call(get(target.url()))


async def test_the_deadline_holds_over_the_whole_call(open_client: OpenClient) -> None:
    async with Target(SILENCE) as target:
        with pytest.raises(TemporaryError, match=r"^127\.0\.0\.1 did not answer within 0\.05 s$"):
            await open_client().call(get(target.url(), timeout_seconds=0.05))


async def test_the_deadline_holds_while_the_body_trickles(open_client: OpenClient) -> None:
    async with Target(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab") as target:
        with pytest.raises(TemporaryError, match="did not answer within"):
            await open_client().call(get(target.url(), timeout_seconds=0.05))


async def test_a_closed_port_is_a_connection_failure(open_client: OpenClient) -> None:
    with pytest.raises(TemporaryError, match=r"^could not connect to gone\.example$"):
        await open_client(names={"gone.example": ["127.0.0.1"]}).call(get("https://gone.example:1/"))


async def test_an_answer_cut_short_says_so(open_client: OpenClient) -> None:
    async with Target(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" + CUT) as target:
        with pytest.raises(TemporaryError, match=r"^the answer of 127\.0\.0\.1 broke off$"):
            await open_client().call(get(target.url()))


async def test_nonsense_instead_of_http_is_a_permanent_failure(open_client: OpenClient) -> None:
    async with Target(b"SSH-2.0-OpenSSH_9.2\r\n\r\n") as target:
        with pytest.raises(PermanentError, match="not valid HTTP"):
            await open_client().call(get(target.url()))


async def test_a_reason_in_broken_unicode_is_a_failure_not_a_crash(open_client: OpenClient) -> None:
    async with Target(answer(b"", status="200 \xff\xfe")) as target:
        assert (await open_client().call(get(target.url()))).status == 200


async def test_a_post_on_a_dead_pooled_connection_is_not_sent_again(open_client: OpenClient) -> None:
    async with Target(answer(), HANG_UP) as target:
        client = open_client()
        await client.call(get(target.url()))
        with pytest.raises(TemporaryError, match="closed the connection before it had answered"):
            await client.call(get(target.url(), method="POST", body=b"pay"))
        assert len(target.requests) == 2


async def test_a_get_on_a_dead_pooled_connection_is_sent_once_more(open_client: OpenClient) -> None:
    async with Target(answer(), HANG_UP, answer(b"again")) as target:
        client = open_client()
        await client.call(get(target.url()))
        assert (await client.call(get(target.url()))).body == b"again"
        assert len(target.requests) == 3


async def test_calls_to_one_host_share_a_connection(open_client: OpenClient) -> None:
    async with Target(answer(b"x")) as target:
        client = open_client()
        for _ in range(5):
            await client.call(get(target.url(), method="POST", body=b"y"))
    assert target.connections == 1


async def test_a_cancelled_call_leaves_nothing_behind(open_client: OpenClient) -> None:
    async with Target(SILENCE, answer(b"next")) as target:
        client = open_client()
        call = asyncio.create_task(client.call(get(target.url())))
        await target.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.call(get(target.url()))).body == b"next"
