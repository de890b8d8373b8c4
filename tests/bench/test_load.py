import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load import closed_loop, connections, open_loop
from bench.target import PATH, Target, listening
from bench.wire import Framing, FramingError, Message, request
from bench.workflow import definition
from tests.fixtures.target import HANG_UP, answer
from tests.fixtures.target import Target as Server

RUN_ID = "fl_run_01k8xyz0000000000000000000"
ACCEPTED = answer(json.dumps({"id": RUN_ID, "status": "pending"}).encode(), status="202 Accepted")
REFUSED = answer(b"{}", status="503 Service Unavailable")
EXECUTE = request("POST", "/workflows/fl_1/execute", b"{}", "token")


def welcome(run_id: str) -> bytes:
    return request("POST", PATH, json.dumps({"message": "Welcome!", "run_id": run_id}).encode())


async def call(target: Target, *requests: bytes) -> None:
    async with connections(target.port, 1) as (line,):
        for sent in requests:
            await line.ask(sent)


@given(bodies=st.lists(st.binary(max_size=40), min_size=1, max_size=5), cuts=st.lists(st.integers(0, 1000), max_size=8))
def test_messages_are_found_however_the_bytes_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(request("POST", "/x", body) for body in bodies)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    framing = Framing()
    found = [message for start, end in pairwise(edges) for message in framing.feed(stream[start:end])]
    assert [message.body for message in found] == bodies


def test_a_chunked_message_is_refused() -> None:
    with pytest.raises(FramingError):
        Framing().feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_an_answer_says_its_status() -> None:
    assert Message(b"HTTP/1.1 202 Accepted\r\nx: 1", b"").status == 202


async def test_the_target_counts_each_call_of_a_run_and_keeps_the_first_moment() -> None:
    async with listening() as target:
        await call(target, welcome(RUN_ID))
        first = dict(target.reached_at)
        await call(target, welcome(RUN_ID))
        assert target.calls == {RUN_ID: 2}
        assert target.reached_at == first


@pytest.mark.parametrize(
    "sent",
    [
        request("POST", PATH, b'{"message": "Welcome!", "run_id": ""}'),
        request("POST", PATH, b""),
        request("POST", "/elsewhere", json.dumps({"message": "Welcome!", "run_id": RUN_ID}).encode()),
    ],
)
async def test_the_target_tells_what_the_workflow_did_not_send(sent: bytes) -> None:
    async with listening() as target:
        await call(target, sent)
        assert (target.strangers, target.reached_at) == (1, {})


async def test_the_target_says_when_enough_runs_have_called() -> None:
    async with listening() as target:
        waiting = asyncio.create_task(target.wait_for(1, 10))
        await call(target, welcome(RUN_ID))
        assert await waiting
        assert await target.wait_for(1, 0)
        assert not await target.wait_for(2, 0)


def test_the_workflow_calls_the_given_address() -> None:
    nodes = json.loads(definition("http://127.0.0.1:1/api/welcome"))["nodes"]
    assert nodes[1]["data"]["url"] == "http://127.0.0.1:1/api/welcome"


async def test_a_closed_loop_sends_as_many_requests_as_asked_for_over_its_connections() -> None:
    async with Server(ACCEPTED) as server, connections(server.port, 4) as lines:
        tally = await closed_loop(lines, EXECUTE, 50)
    assert (len(server.requests), server.connections, len(tally.answered_in)) == (50, 4, 50)


async def test_an_open_loop_sends_every_request_also_when_its_connections_are_busy() -> None:
    async with Server(ACCEPTED) as server, connections(server.port, 1) as lines:
        server.delay_seconds = 0.005
        tally = await open_loop(lines, EXECUTE, 20, rate=1_000)
    assert (len(server.requests), len(tally.answered_in)) == (20, 20)


async def test_an_open_loop_counts_the_time_that_a_request_waited_for_a_connection() -> None:
    async with Server(ACCEPTED) as server, connections(server.port, 1) as lines:
        server.delay_seconds = 0.02
        tally = await open_loop(lines, EXECUTE, 3, rate=10_000)
    assert max(tally.answered_in) > 0.05


async def test_what_is_refused_is_counted_by_its_status() -> None:
    async with Server(ACCEPTED, REFUSED) as server, connections(server.port, 1) as lines:
        tally = await closed_loop(lines, EXECUTE, 3)
    assert (tally.refused, len(tally.answered_in)) == ({"503": 2}, 1)


async def test_a_lost_connection_counts_and_the_others_go_on() -> None:
    async with Server(HANG_UP, ACCEPTED) as server, connections(server.port, 2) as lines:
        tally = await closed_loop(lines, EXECUTE, 10)
    assert (tally.refused, len(tally.answered_in)) == ({"no answer": 1}, 9)


async def test_a_tally_knows_when_each_run_was_asked_for() -> None:
    async with Server(ACCEPTED) as server, connections(server.port, 1) as lines:
        tally = await closed_loop(lines, EXECUTE, 1)
    assert tally.begun_at == {RUN_ID: tally.first_at}
