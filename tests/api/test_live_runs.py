"""Following a run by server-sent events."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from app.core.clock import Clock
from app.queue.client import Queue
from app.queue.jobs import NOTES_CHANNEL
from app.runs.deps import EVENT_STREAM
from tests.api.streams import events_of, listening, told
from tests.api.test_sync import says
from tests.factories.runs import add_log, complete
from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, json_of, token_of
from tests.fixtures.api_process import ORGANIZATION, ApiProcess
from tests.fixtures.serving import PATIENCE_SECONDS
from tests.fixtures.target import Target, answer
from tests.worker.world import World


@pytest.fixture
async def ended(database: Database, run: Json) -> str:
    for seq in (1, 2, 3):
        await add_log(database, run["id"], seq, {"n": seq})
    await complete(database, run["id"])
    return str(run["id"])


async def stream_of(api: Client, run_id: str, **headers: str) -> httpx.Response:
    return await api.get(f"/workflows/runs/{run_id}/events", headers=headers)


async def test_a_run_that_has_ended_is_told_from_its_first_log_to_its_end(api: Client, ended: str) -> None:
    answered = await stream_of(api, ended)
    assert (answered.status_code, answered.headers["content-type"].split(";")[0]) == (200, EVENT_STREAM)
    assert told(events_of(answered.text)) == ["1", "2", "3", "completed"]


async def test_events_are_what_reading_the_run_answers(api: Client, ended: str) -> None:
    read = json_of(await api.get(f"/workflows/runs/{ended}"), 200)
    events = events_of((await stream_of(api, ended)).text)
    assert [data for name, _, data in events if name == "log"] == read["logs"]
    [status] = [data for name, _, data in events if name == "status"]
    assert status.items() <= read.items()


async def test_the_id_of_a_log_is_its_seq_and_others_have_none(api: Client, ended: str) -> None:
    assert [number for _, number, _ in events_of((await stream_of(api, ended)).text)] == ["1", "2", "3", None]


async def test_a_client_goes_on_behind_the_last_log_that_it_has(api: Client, ended: str) -> None:
    events = events_of((await stream_of(api, ended, **{"Last-Event-ID": "2"})).text)
    assert told(events) == ["3", "completed"]


async def test_a_client_that_has_heard_everything_may_rest(api: Client, ended: str) -> None:
    answered = await stream_of(api, ended, **{"Last-Event-ID": "3"})
    assert (answered.status_code, answered.content) == (204, b"")


@pytest.mark.parametrize("header", ["-1", "x", "1.5", str(2**31)])
async def test_an_id_that_is_none_is_refused(api: Client, ended: str, header: str) -> None:
    assert json_of(await stream_of(api, ended, **{"Last-Event-ID": header}), 422)["code"] == "parameter_invalid"


async def test_an_unknown_run_is_not_found(api: Client) -> None:
    assert json_of(await stream_of(api, "fl_run_none"), 404)["code"] == "run_not_found"


async def test_a_run_of_somebody_else_is_not_found(api: Client, ended: str) -> None:
    assert json_of(await stream_of(api.other(), ended), 404)["code"] == "run_not_found"


async def test_more_logs_than_are_read_at_once_come_in_order(
    api: Client, database: Database, run: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runs.live.BATCH", 2)
    for seq in range(1, 8):
        await add_log(database, run["id"], seq)
    await complete(database, run["id"])
    assert told(events_of((await stream_of(api, run["id"])).text)) == ["1", "2", "3", "4", "5", "6", "7", "completed"]


@pytest.fixture(scope="module")
def database_url(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
def process(database_url: str, redis_url: str) -> Iterator[ApiProcess]:
    with ApiProcess(database_url, redis_url) as process:
        yield process


@pytest.fixture
async def world(database_url: str, redis_url: str) -> AsyncIterator[World]:
    world = World(database_url, redis_url)
    yield world
    await world.close()


def started(process: ApiProcess, *nodes: Json) -> str:
    edges = [edge(str(one["id"]), str(two["id"])) for one, two in itertools.pairwise(nodes)]
    saved = process.post("/workflows", workflow(*nodes, edges=edges))
    return str(process.post(f"/workflows/{saved['id']}/execute", {})["id"])


async def test_changes_are_told_as_they_are_committed(process: ApiProcess, world: World) -> None:
    """The call is answered only after what came before it has been heard."""
    async with Target(answer()) as target, world.worker():
        target.gate.clear()
        run = started(process, node("t", "manual_trigger"), node("w", "webhook", url=target.url()), says("x"))
        await target.asked.wait()
        async with listening(process, run) as listener:
            await listener.heard("running", "1")
            target.gate.set()
            assert await listener.rest() == ["running", "1", "2", "3", "completed"]


async def test_without_any_note_the_stream_comes_to_its_end_all_the_same(
    process: ApiProcess, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(process, node("t", "manual_trigger"), says("x"))
    async with listening(process, run) as listener:
        await listener.heard("pending")
        async with world.worker() as worker:
            monkeypatch.setattr(worker.parts.journal, "note", lambda *_: None)
            assert (await listener.rest())[-1] == "completed"


async def test_the_stream_ends_with_the_run_being_cancelled_by_the_api(process: ApiProcess) -> None:
    run = started(process, node("t", "manual_trigger"), says("x"))
    async with listening(process, run) as listener:
        await listener.heard("pending")
        process.post(f"/workflows/runs/{run}/cancel", {})
        assert await listener.rest() == ["pending", "failed"]


async def test_the_stream_ends_with_the_token(process: ApiProcess) -> None:
    run = started(process, node("t", "manual_trigger"), says("x"))
    expires_at = int(Clock().now().timestamp()) + 2
    async with listening(process, run, token_of(ORGANIZATION, expires_at=expires_at)) as listener:
        assert await listener.rest() == ["pending"]
    assert Clock().now().timestamp() >= expires_at


async def test_the_stream_ends_when_the_run_is_gone(process: ApiProcess, world: World) -> None:
    run = started(process, node("t", "manual_trigger"), says("x"))
    async with listening(process, run) as listener:
        await listener.heard("pending")
        await world.execute("DELETE FROM runs WHERE id = :id", id=run)
        assert await listener.rest() == ["pending"]


async def test_a_stop_does_not_wait_for_listeners(database_url: str, redis_url: str) -> None:
    with ApiProcess(database_url, redis_url) as api:
        run = started(api, node("t", "manual_trigger"), says("x"))
        async with listening(api, run) as listener:
            await listener.heard("pending")
            api.process.send_signal(signal.SIGTERM)
            assert await listener.rest() == ["pending"]
        assert await asyncio.to_thread(api.process.wait, PATIENCE_SECONDS) == 0
        assert "timeout graceful shutdown exceeded" not in api.log()


async def test_however_many_listen_the_process_has_one_connection_for_it(process: ApiProcess, world: World) -> None:
    run = started(process, node("t", "manual_trigger"), says("x"))
    async with listening(process, run) as one:
        await one.heard("pending")
        alone = await connections_that_listen(world)
        async with listening(process, run) as two, listening(process, run) as three:
            await two.heard("pending")
            await three.heard("pending")
            assert await connections_that_listen(world) == alone


async def connections_that_listen(world: World) -> set[str]:
    """Return those of this test process, which has a Valkey database of its own, and of what it started."""
    ours = str(world._redis.connection_pool.connection_kwargs["db"])
    return {client["id"] for client in await world._redis.client_list(_type="pubsub") if client["db"] == ours}


async def notes_of(redis: Queue, world: World, run: str) -> list[str]:
    """Let a worker end the run, and return what is noted until a run that is awaited has ended too."""
    async with redis.pubsub() as channel, world.worker() as worker:
        await channel.subscribe(NOTES_CHANNEL)
        await world.ended(run)
        worker.parts.journal.watched.watch("last")
        worker.parts.journal.note(["last"])
        notes: list[str] = []
        while "last" not in notes:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=PATIENCE_SECONDS)
            notes += message["data"].decode().split() if message else []
    return notes


async def test_workers_tell_nobody_of_a_run_that_nobody_watches(world: World) -> None:
    run = await world.start(await world.add_workflow([node("t", "manual_trigger"), says("x")], [edge("t", "a")]))
    assert await notes_of(world._redis, world, run) == ["last"]
