"""Cancelling while a run comes to its end: one of both wins, and who cancelled was told which."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text as sql

from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from tests.fixtures.api import json_of
from tests.fixtures.target import SILENCE, answer
from tests.worker.leased import journal_of
from tests.worker.resumed import House
from tests.worker.world import call, chain, text, until
from worker.execution.entries import Entry, Verdict

ROUNDS = 60
CANCELLED = ("failed", "Cancelled")
COMPLETED = ("completed", None)


async def cancel(house: House, run_id: str) -> httpx.Response:
    return await house.api.post(f"/workflows/runs/{run_id}/cancel")


async def outcome(house: House, run_id: str) -> tuple[str, str | None]:
    [row] = await house.world.ended(run_id)
    return row.status, row.error_message


async def test_whoever_is_told_that_a_run_is_cancelled_finds_it_cancelled(house: House) -> None:
    workflow = await house.save(*chain(text("a", "x"), text("b", "y")))
    answers = []
    async with house.world.worker():
        for turn in range(ROUNDS):
            run = (await house.api.started(workflow))["id"]
            await asyncio.sleep(turn % 20 / 2000)  # sometimes before the claim, sometimes after the end
            answered = await cancel(house, run)
            answers.append(answered.status_code)
            expected = CANCELLED if answered.status_code == 202 else COMPLETED
            assert await outcome(house, run) == expected
            if answered.status_code == 409:
                assert answered.json()["message"] == f'The run "{run}" has ended already: it is completed.'
    assert set(answers) <= {202, 409}


@asynccontextmanager
async def locked(house: House, run_id: str) -> AsyncIterator[None]:
    """Hold the lock of a run's row, so that all who want it queue up in the order in which they come."""
    async with house.world.database.begin() as connection:
        await connection.execute(sql("SELECT FROM runs WHERE id = :id FOR NO KEY UPDATE"), {"id": run_id})
        yield


async def waiting(house: House, count: int) -> None:
    await house.world.holds(
        "SELECT count(*) = :count FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'",
        count=count,
    )


async def a_run_about_to_end(house: House) -> str:
    """Return a run whose last step waits for its call to be answered."""
    house.target.answers = (SILENCE,)
    workflow = await house.save(*chain(call("last", house.target.url())))
    run = (await house.api.started(workflow))["id"]
    await until(lambda: len(house.target.requests) == 1)
    return str(run)


@pytest.mark.parametrize("first", ["the end", "the cancel"])
async def test_whoever_locks_the_run_first_wins(house: House, first: str) -> None:
    house.target.delay_seconds = 0.3
    workflow = await house.save(*chain(call("last", house.target.url())))
    async with house.world.worker():
        run = (await house.api.started(workflow))["id"]
        await until(lambda: len(house.target.requests) == 1)
        async with locked(house, run):
            if first == "the end":
                await waiting(house, 1)  # the worker has got its answer and wants to end the run
                cancelling = asyncio.create_task(cancel(house, run))
            else:
                cancelling = asyncio.create_task(cancel(house, run))
                await waiting(house, 1)
            await waiting(house, 2)
        answered = await cancelling
        assert await outcome(house, run) == (COMPLETED if first == "the end" else CANCELLED)
    assert answered.status_code == (409 if first == "the end" else 202)


async def test_a_run_that_was_asked_to_cancel_ends_so_whatever_its_owner_brings(house: House) -> None:
    workflow = await house.save(*chain(text("a", "x")))
    run = (await house.api.started(workflow))["id"]
    await _lease(house, run, "wrk_me")
    assert json_of(await cancel(house, run), 202)["status"] == "running"
    journal = journal_of(house.world)
    end = RunEnd(run, RunStatus.COMPLETED)
    assert await journal.submit(Entry(run, 1, transition=end)) is Verdict.RECORDED
    assert await outcome(house, run) == CANCELLED


async def test_a_cancelled_run_takes_no_other_end(house: House) -> None:
    workflow = await house.save(*chain(text("a", "x")))
    run = (await house.api.started(workflow))["id"]
    await _lease(house, run, None)
    assert json_of(await cancel(house, run), 202)["status"] == "failed"
    journal = journal_of(house.world)
    end = RunEnd(run, RunStatus.COMPLETED)
    assert await journal.submit(Entry(run, 1, transition=end)) is Verdict.REFUSED
    assert await outcome(house, run) == CANCELLED


async def test_a_cancelled_run_ends_within_moments_though_its_call_is_not_answered(house: House) -> None:
    async with house.world.worker():
        run = await a_run_about_to_end(house)
        assert (await cancel(house, run)).status_code == 202
        assert await outcome(house, run) == CANCELLED
        assert await house.world.steps(run) == [("t", "success"), ("last", "warning")]
    house.target.answers = (answer(),)


async def _lease(house: House, run_id: str, owner: str | None) -> None:
    await house.world.execute(
        "UPDATE runs SET status = 'running', ready = false, due_at = NULL, fence = 1, lease_owner = :owner,"
        " claimed_at = created_at, started_at = created_at WHERE id = :id",
        id=run_id,
        owner=owner,
    )
