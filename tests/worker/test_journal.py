"""Group commit: what shares a transaction, what is refused, and what a lost answer must not repeat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.db import WORKER_ROLE, create_engine
from app.runs.repository.ends import RunEnd
from app.runs.states import CANCELLED, RunStatus
from tests.fixtures.fault_proxy import FaultProxy, lost_commits
from tests.worker.leased import journal_of, leased_runs, recorded, somebody_waits_for_a_lock, step, wait
from tests.worker.world import World
from worker.execution.entries import Entry, Transition, Verdict
from worker.execution.journal import MAX_BYTES, MAX_ROWS, MOST_UNWRITTEN_BYTES, Journal


@asynccontextmanager
async def deaf_journal(world: World, folder: Path, losses: int) -> AsyncIterator[Journal]:
    """Yield a journal that never hears how its first commits went."""
    url = world.settings.database_url.get_secret_value()
    async with FaultProxy(url, folder, lost_commits(lambda commit: commit <= losses)) as proxy:
        database = create_engine(
            proxy.url, role=WORKER_ROLE, pool_size=2, application="test", plans_once=True, repeats=True
        )
        yield journal_of(world, database)
        await database.dispose()
        assert proxy.lost == losses


async def test_what_gathers_shares_transactions_of_at_most_200_rows(world: World) -> None:
    runs = await leased_runs(world, 150)
    journal = journal_of(world)
    verdicts = [journal.submit(Entry(run, 1, [step(world, run)])) for run in runs]
    assert set(await asyncio.gather(*verdicts)) == {Verdict.RECORDED}
    transactions = await world.rows("SELECT count(*)::int AS rows FROM run_logs GROUP BY xmin::text ORDER BY rows")
    assert [row.rows for row in transactions] == [50, MAX_ROWS // 2]  # each comes with the row of its run


async def test_one_run_with_more_rows_than_a_flush_takes_is_written_whole(world: World) -> None:
    [run] = await leased_runs(world)
    steps = [step(world, run, f"n{number}", seq=number) for number in range(3 * MAX_ROWS)]
    assert await journal_of(world).submit(Entry(run, 1, steps)) is Verdict.RECORDED
    assert await recorded(world, [run]) == {run: [f"n{number}" for number in range(3 * MAX_ROWS)]}


async def test_there_is_room_again_when_what_filled_the_journal_is_written(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    outputs = [f'{{"text": "{"x" * MAX_BYTES}"}}'] * (MOST_UNWRITTEN_BYTES // MAX_BYTES + 1)
    async with world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT FROM runs WHERE id = :id FOR UPDATE", id=run))
        steps = [step(world, run, f"n{number}", seq=number, output=text) for number, text in enumerate(outputs)]
        verdicts = [journal.submit(Entry(run, 1, [each])) for each in steps]
        waiting = asyncio.create_task(journal.has_room())
        await somebody_waits_for_a_lock(world)
        assert not waiting.done()
        await rival.rollback()
    await waiting
    assert verdicts[0].done()
    assert not verdicts[-1].done()  # nobody waits longer than has to be
    assert set(await asyncio.gather(*verdicts)) == {Verdict.RECORDED}
    assert len(await world.rows("SELECT DISTINCT xmin::text FROM run_logs")) == len(outputs)


async def test_entries_of_one_run_are_written_in_their_order(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    opened = wait(world, run)
    first = journal.submit(Entry(run, 1, [step(world, run, "a")], opened=[opened]))
    last = journal.submit(Entry(run, 1, [step(world, run, "d", seq=2)], closed=[("", "d")]))
    assert [await first, await last] == [Verdict.RECORDED] * 2
    assert await world.waits(run) == []


async def test_a_wait_that_begins_where_another_ends_stays_open(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    await journal.submit(Entry(run, 1, opened=[wait(world, run)]))
    await journal.submit(Entry(run, 1, closed=[("", "d")], opened=[wait(world, run, seconds=120)]))
    [row] = await world.waits(run)
    assert (row.due_at - world.clock.now()).total_seconds() > 60


@pytest.mark.parametrize("broken", ["a\x00b", '{"unfinished'], ids=["text", "json"])
async def test_of_a_batch_that_the_database_refuses_only_the_guilty_run_fails(world: World, broken: str) -> None:
    runs = await leased_runs(world, 9)
    journal = journal_of(world)
    entries = [Entry(run, 1, [step(world, run)]) for run in runs]
    entries[5] = Entry(runs[5], 1, [step(world, runs[5], output=broken)])
    verdicts = await asyncio.gather(*map(journal.submit, entries), return_exceptions=True)
    assert isinstance(verdicts.pop(5), DBAPIError)
    assert verdicts == [Verdict.RECORDED] * 8
    assert {run for run, nodes in (await recorded(world, runs)).items() if not nodes} == {runs[5]}


@pytest.mark.parametrize(
    "change",
    [
        "fence = 2",
        "lease_owner = 'wrk_other'",
        "lease_owner = NULL, ready = true",
        "status = 'failed', completed_at = created_at",
    ],
    ids=["fence", "owner", "released", "over"],
)
async def test_nothing_is_written_of_a_run_that_is_not_ours_any_more(world: World, change: str) -> None:
    mine, lost = await leased_runs(world, 2)
    await world.execute(f"UPDATE runs SET {change} WHERE id = :id", id=lost)  # noqa: S608 -- one of the lines above
    before = await world.run(lost)
    journal = journal_of(world)
    transitions = (None, Transition.PARK, Transition.RELEASE, RunEnd(lost, RunStatus.COMPLETED))
    entries = [Entry(lost, 1, [step(world, lost)], (), [wait(world, lost)], way) for way in transitions]
    verdicts = [journal.submit(entry) for entry in (*entries, Entry(mine, 1, [step(world, mine)]))]
    assert await asyncio.gather(*verdicts) == [Verdict.REFUSED] * 4 + [Verdict.RECORDED]
    assert await recorded(world, [lost, mine]) == {lost: [], mine: ["a"]}
    assert (await world.run(lost), await world.waits(lost)) == (before, [])


async def test_a_takeover_that_commits_while_a_flush_waits_for_its_row_refuses_the_flush(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    async with world.database.connect() as thief:
        await thief.execute(*world.statement("UPDATE runs SET fence = 2, lease_owner = 'wrk_x' WHERE id = :id", id=run))
        verdict = journal.submit(Entry(run, 1, [step(world, run)]))
        await somebody_waits_for_a_lock(world)
        await thief.commit()
    assert await verdict is Verdict.REFUSED
    assert await recorded(world, [run]) == {run: []}


async def test_a_step_that_another_claim_has_recorded_is_not_recorded_again(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    await journal.submit(Entry(run, 1, [step(world, run, output='{"by": 1}')]))
    await world.execute("UPDATE runs SET fence = 2 WHERE id = :id", id=run)
    again = Entry(run, 2, [step(world, run, fence=2)], transition=RunEnd(run, RunStatus.COMPLETED))
    assert await journal.submit(again) is Verdict.REFUSED
    assert (await world.run(run)).status == "running"
    assert [log.output for log in await world.logs(run)] == [{"by": 1}]


async def test_steps_whose_commit_was_not_heard_of_are_recorded_once(world: World, tmp_path: Path) -> None:
    [run] = await leased_runs(world)
    async with deaf_journal(world, tmp_path, losses=2) as journal:
        assert await journal.submit(Entry(run, 1, [step(world, run)])) is Verdict.RECORDED
    assert await recorded(world, [run]) == {run: ["a"]}


async def test_an_end_whose_commit_was_not_heard_of_is_made_and_counted_once(world: World, tmp_path: Path) -> None:
    [run] = await leased_runs(world)
    async with deaf_journal(world, tmp_path, losses=1) as journal:
        end = Entry(run, 1, [step(world, run)], transition=RunEnd(run, RunStatus.COMPLETED))
        assert await journal.submit(end) is Verdict.REFUSED  # it is over, and nothing is left to write
    assert (await world.run(run)).status == "completed"
    counts = await world.rows("SELECT sum(count)::int FROM workflow_counts WHERE status = 'completed'")
    assert counts[0][0] == 1


@pytest.mark.parametrize("transition", list(Transition))
async def test_a_lease_that_was_given_up_unheard_is_not_taken_back(
    world: World, tmp_path: Path, transition: Transition
) -> None:
    [run] = await leased_runs(world)
    async with deaf_journal(world, tmp_path, losses=1) as journal:
        entry = Entry(run, 1, [step(world, run)], opened=[wait(world, run)], transition=transition)
        assert await journal.submit(entry) is Verdict.REFUSED
    row = await world.run(run)
    assert (row.lease_owner, row.ready, row.status) == (None, transition is Transition.RELEASE, "running")
    assert len(await world.waits(run)) == 1


async def test_parking_with_a_cancel_asked_for_keeps_the_lease(world: World) -> None:
    [run] = await leased_runs(world)
    await world.execute("UPDATE runs SET cancel_requested_at = created_at WHERE id = :id", id=run)
    entry = Entry(run, 1, [step(world, run)], opened=[wait(world, run)], transition=Transition.PARK)
    assert await journal_of(world).submit(entry) is Verdict.STILL_AWAKE
    assert (await world.run(run)).lease_owner is not None


async def test_releasing_with_a_cancel_asked_for_ends_the_run(world: World) -> None:
    [run] = await leased_runs(world)
    await world.execute("UPDATE runs SET cancel_requested_at = created_at WHERE id = :id", id=run)
    assert await journal_of(world).submit(Entry(run, 1, transition=Transition.RELEASE)) is Verdict.RECORDED
    row = await world.run(run)
    assert (row.status, row.error_message, row.ready) == ("failed", CANCELLED, False)


async def test_parking_with_two_waits_is_due_with_the_earlier_one(world: World) -> None:
    [run] = await leased_runs(world)
    late, early = wait(world, run, "late", seconds=90), wait(world, run, "early", seconds=30)
    await journal_of(world).submit(Entry(run, 1, opened=[late, early], transition=Transition.PARK))
    assert (await world.run(run)).due_at == early.due_at


@pytest.mark.parametrize("transition", list(Transition))
async def test_a_child_whose_lease_is_given_up_as_its_parent_ends_ends_with_it(
    world: World, transition: Transition
) -> None:
    parent, child = await leased_runs(world, 2)
    journal = journal_of(world)
    awaited = replace(wait(world, parent), child_run_id=child)
    await journal.submit(Entry(parent, 1, opened=[awaited]))
    given_up = journal.submit(Entry(child, 1, opened=[wait(world, child)], transition=transition))
    ended = journal.submit(Entry(parent, 1, transition=RunEnd(parent, RunStatus.COMPLETED)))
    assert [await given_up, await ended] == [Verdict.RECORDED] * 2
    row = await world.run(child)
    assert (row.status, row.error_message, row.ready) == ("failed", CANCELLED, False)
    assert [await world.waits(run) for run in (parent, child)] == [[], []]
