"""Answers that come while a worker has the run, when it dies, and at the moment at which the form expires."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.clock import TEST_OFFSET_VARIABLE
from app.core.json import JsonObject
from app.core.statements import transaction
from app.runs.form_tokens import FormPlace
from app.runs.repository.answers import answer_form
from app.runs.repository.ends import Echo
from tests.fixtures.target import SILENCE, Target
from tests.worker.leased import ME, leased_runs, somebody_waits_for_a_lock, wait
from tests.worker.office import IS_OPEN, Office, beside_a_call, called, until_called
from tests.worker.world import RunningWorker, World, until
from worker.execution import executor
from worker.execution.steps import WaitRow
from worker.execution.waits import Inbox, open_waits

ANSWER: JsonObject = {"button": "yes", "values": {}}


def hears_nothing(worker: RunningWorker) -> None:
    """Keep a worker from hearing that something was asked of a run."""

    def ignore(run_id: str) -> None:
        del run_id

    worker.parts.engine.notice = ignore  # type: ignore[method-assign] # for as long as the worker lives


async def test_an_answer_while_a_worker_has_the_run_is_heard_at_once(office: Office) -> None:
    async with Target(SILENCE) as target, office.world.worker():
        run = await office.started(*beside_a_call(target))
        await office.world.holds(IS_OPEN, id=run)
        [url] = (await office.urls(run)).values()
        assert (await office.run(run))["status"] == "running"
        assert await office.answer(url) == 200
        await until_called(target, "/yes")
        row = await office.world.run(run)
        assert (row.fence, row.lease_owner is not None) == (1, True)
        assert await office.answer(url) == 410


async def test_an_answer_outlives_the_worker_that_was_to_hear_it(office: Office) -> None:
    async with Target(SILENCE) as target:
        async with office.world.worker() as worker:
            hears_nothing(worker)
            run = await office.started(*beside_a_call(target))
            await office.world.holds(IS_OPEN, id=run)
            [url] = (await office.urls(run)).values()
            assert await office.answer(url) == 200
            await worker.die(office.world)
        async with office.world.worker():
            await until_called(target, "/yes")


@pytest.fixture
def hour_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that sets the clock of workers which start from now on."""
    file = tmp_path / "offset"
    monkeypatch.setenv(TEST_OFFSET_VARIABLE, str(file))
    return file


def set_clock(hour_file: Path) -> None:
    """Let it be an hour later for the workers that the file belongs to."""
    hour_file.write_text("3600")


def let_an_hour_pass(worker: RunningWorker, run: str, hour_file: Path) -> None:
    """Set a worker's clock forward, and let the run look at it."""
    set_clock(hour_file)
    worker.parts.engine._held[run].execution._flights.nudge.set()


async def test_an_answer_that_its_owner_has_not_heard_of_wins_against_the_clock(
    office: Office, hour_file: Path
) -> None:
    async with Target(SILENCE) as target, office.world.worker() as worker:
        hears_nothing(worker)
        run = await office.started(*beside_a_call(target))
        await office.world.holds(IS_OPEN, id=run)
        [url] = (await office.urls(run)).values()
        assert await office.answer(url) == 200
        let_an_hour_pass(worker, run, hour_file)
        await until(lambda: len(called(target)) == 2)
        assert sorted(called(target)) == ["/slow", "/yes"]


async def test_a_form_of_a_leased_run_expires_when_its_time_comes(office: Office, hour_file: Path) -> None:
    """Whatever the API's clock says: once its owner has closed it, nobody is told that an answer was taken."""
    async with Target(SILENCE) as target, office.world.worker() as worker:
        run = await office.started(*beside_a_call(target))
        await office.world.holds(IS_OPEN, id=run)
        [url] = (await office.urls(run)).values()
        let_an_hour_pass(worker, run, hour_file)
        await until(lambda: len(called(target)) == 2)
        assert sorted(called(target)) == ["/late", "/slow"]
        assert await office.answer(url) == 410


async def test_a_leased_run_notices_that_the_clock_was_set_forward(
    office: Office, hour_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody nudges it: a clock that was set back while a timer began must not hold that up for as long."""
    monkeypatch.setattr(executor, "LONGEST_SLEEP_SECONDS", 0.1)
    async with Target(SILENCE) as target, office.world.worker():
        run = await office.started(*beside_a_call(target))
        await office.world.holds(IS_OPEN, id=run)
        set_clock(hour_file)
        await until(lambda: "/late" in called(target))


async def test_a_form_outlives_the_worker_that_began_to_wait(office: Office) -> None:
    async with office.world.worker() as worker:
        run = await office.parked()
        await worker.die(office.world)
    [url] = (await office.urls(run)).values()
    assert await office.answer(url) == 200
    async with office.world.worker():
        [row] = await office.world.ended(run)
    assert row.status == "completed"
    assert (await office.world.steps(run))[-1] == ("yes", "success")


async def open_wait(world: World, seconds: float) -> WaitRow:
    """Return the wait for a form, of a run that is leased."""
    [run] = await leased_runs(world)
    row = replace(wait(world, run, "f", seconds=seconds), kind="form", token_hash=b"x", token_key_id="k1", prompt="{}")
    async with transaction(world.database) as driver:
        await open_waits(driver, [row])
    return row


async def echo_of(world: World, row: WaitRow) -> Echo | None:
    """Answer a form, and return what is to be said of it."""
    place = FormPlace(row.run_id, row.path, row.node_id, row.attempt)
    async with transaction(world.database) as driver:
        return await answer_form(driver, place, ANSWER, world.clock.now())


async def answered(world: World, row: WaitRow) -> bool:
    return await echo_of(world, row) is not None


async def test_the_owner_of_a_run_is_told_of_the_answer(world: World) -> None:
    row = await open_wait(world, 60)
    assert await echo_of(world, row) == Echo(notices=[(ME, row.run_id)])


async def test_workers_are_rung_for_a_run_that_nobody_has(world: World) -> None:
    row = await open_wait(world, 60)
    await world.execute("UPDATE runs SET lease_owner = NULL WHERE id = :id", id=row.run_id)
    assert await echo_of(world, row) == Echo(rings=[row.run_id])


async def test_an_answer_that_comes_while_its_run_parks_makes_it_due(world: World) -> None:
    """Who parks has the lock, and has not committed yet: whoever reads past it tells an owner that is none any more."""
    row = await open_wait(world, 60)
    async with world.database.connect() as owner:
        await owner.execute(*world.statement("UPDATE runs SET lease_owner = NULL WHERE id = :id", id=row.run_id))
        answering = asyncio.create_task(echo_of(world, row))
        await somebody_waits_for_a_lock(world)
        await owner.commit()
    assert await answering == Echo(rings=[row.run_id])


@pytest.mark.parametrize("change", ["cancel_requested_at = now()", "status = 'failed'", "status = 'completed'"])
async def test_a_run_that_ends_meanwhile_takes_no_answer(world: World, change: str) -> None:
    row = await open_wait(world, 60)
    await world.execute(f"UPDATE runs SET {change} WHERE id = :id", id=row.run_id)  # noqa: S608 -- one of three
    assert not await answered(world, row)


async def test_a_form_whose_owner_has_closed_it_takes_no_answer(world: World) -> None:
    row = await open_wait(world, 60)
    closed = await Inbox(world.database).expire(row)
    assert (closed.resolved_at, closed.resolution) == (row.due_at, None)
    assert not await answered(world, row)


async def test_a_form_that_was_answered_before_is_given_back_with_its_answer(world: World) -> None:
    row = await open_wait(world, 60)
    assert await answered(world, row)
    assert (await Inbox(world.database).expire(row)).resolution == ANSWER


async def test_a_form_takes_no_answer_once_its_time_has_come(world: World) -> None:
    assert not await answered(world, await open_wait(world, -0.001))


async def test_closing_and_answering_at_once_agree(world: World) -> None:
    for _ in range(10):
        row = await open_wait(world, 60)
        taken, closed = await asyncio.gather(answered(world, row), Inbox(world.database).expire(row))
        assert taken == (closed.resolution is not None)


async def test_a_form_that_is_gone_is_closed(world: World) -> None:
    row = await open_wait(world, 60)
    await world.execute("DELETE FROM run_waits")
    assert await Inbox(world.database).expire(row) == row


async def test_closing_a_form_leaves_the_same_node_of_other_items_and_attempts_open(world: World) -> None:
    row = await open_wait(world, 60)
    others = [replace(row, path="loop.1"), replace(row, attempt=2)]
    async with transaction(world.database) as driver:
        await open_waits(driver, [replace(other, token_hash=None) for other in others])
    assert (await Inbox(world.database).expire(row)).resolved_at == row.due_at
    left = await world.rows("SELECT path, attempt FROM run_waits WHERE resolved_at IS NULL ORDER BY path")
    assert [tuple(one) for one in left] == [("", 2), ("loop.1", 1)]
