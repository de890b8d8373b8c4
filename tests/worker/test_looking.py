"""Looking: what one statement tells, and at what pace it is asked."""

import json
from datetime import datetime, timedelta

import pytest

from app.core.clock import Clock
from app.core.statements import transaction
from app.runs.repository import ends, locks
from tests.worker.leased import leased_runs, step
from tests.worker.parked import park
from tests.worker.world import World, chain, text
from worker.execution import claim, looking
from worker.execution.looking import Looker
from worker.execution.records import insert_steps

FINISHED = 3000  # runs in history; enough for the planner to prefer them to be left alone


class LateClock(Clock):
    """Counts so many seconds between any two readings, and remembers what it is told to follow."""

    def __init__(self, seconds_apart: float) -> None:
        super().__init__()
        self._apart = seconds_apart
        self._read = 0.0
        self.told: list[datetime] = []

    def boottime(self) -> float:
        self._read += self._apart
        return self._read

    def follow(self, database_now: datetime) -> None:
        self.told.append(database_now)


def looker(world: World, clock: Clock | None = None) -> Looker:
    return Looker(world.database.execution_options(isolation_level="AUTOCOMMIT"), clock or world.clock)


async def test_one_look_tells_everything(world: World) -> None:
    mine, other = (await leased_runs(world, 1))[0], (await leased_runs(world, 1, owner="wrk_other"))[0]
    ready, suspect, parked = [await world.start_unrung("fl_x") for _ in range(3)]
    due_at = world.clock.now() + timedelta(hours=1)
    await world.execute("UPDATE runs SET takeovers = 2 WHERE id = :id", id=suspect)
    await world.execute("UPDATE runs SET ready = false, due_at = :at WHERE id = :id", id=parked, at=due_at)
    view = await looker(world).look("wrk_me")
    assert (view.has_ready, view.has_suspect, view.next_due_at, view.deleted_at) == (True, True, due_at, None)
    assert (sorted(view.owners), view.mine) == (["wrk_me", "wrk_other"], {mine: 1})
    assert (ready in view.mine, other in view.mine, view.workers) == (False, False, [])


@pytest.mark.parametrize("change", ["lease_owner = 'wrk_x'", "status = 'failed'"], ids=["leased", "over"])
async def test_timers_of_runs_that_somebody_holds_or_that_are_over_are_not_looked_at(world: World, change: str) -> None:
    async with world.worker():
        run = await park(world)
    await world.execute(f"UPDATE runs SET {change} WHERE id = :id", id=run)  # noqa: S608 -- one of the lines above
    assert (await looker(world).look("wrk_me")).next_due_at is None


async def test_the_clock_follows_the_databases_by_half_the_way(world: World) -> None:
    clock = LateClock(0.8)
    before = world.clock.now()
    await looker(world, clock).look("wrk_me")
    [told] = clock.told
    assert told - before > timedelta(seconds=0.3)


async def test_a_time_that_was_long_on_its_way_is_not_followed(world: World) -> None:
    clock = LateClock(10)
    await looker(world, clock).look("wrk_me")
    assert clock.told == []


async def test_dead_workers_are_forgotten_once_no_run_names_them(world: World) -> None:
    await leased_runs(world, 1, owner="wrk_named")
    await world.execute(
        "INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at, dead_at)"
        " SELECT id, 0, '', '', 1, 1, :now, CASE WHEN id = 'wrk_alive' THEN NULL ELSE CAST(:now AS timestamptz) END"
        " FROM unnest(ARRAY['wrk_named', 'wrk_alive', 'wrk_gone']) AS id",
        now=world.clock.now(),
    )
    await looker(world).forget(["wrk_named", "wrk_alive", "wrk_gone"])
    assert [row.id for row in await world.rows("SELECT id FROM workers ORDER BY id")] == ["wrk_alive", "wrk_named"]


async def test_declaring_dead_loses_against_a_beat(world: World) -> None:
    await world.execute(
        "INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at)"
        " VALUES ('wrk_x', 1, '', '', 1, 1, :now)",
        now=world.clock.now(),
    )
    [peer] = (await looker(world).look("wrk_me")).workers
    await world.execute("UPDATE workers SET beat = 2")
    assert not await looker(world).declare_dead(peer)
    [peer] = (await looker(world).look("wrk_me")).workers
    assert await looker(world).declare_dead(peer)
    assert not await looker(world).declare_dead(peer)


async def test_only_progress_under_the_dead_owners_own_fence_counts(world: World) -> None:
    earlier, own = await leased_runs(world, 2, owner="wrk_gone")
    await world.execute("UPDATE runs SET fence = 2, takeovers = 3 WHERE id = ANY(:ids)", ids=[earlier, own])
    async with transaction(world.database) as driver:
        await insert_steps(driver, [step(world, earlier, seq=2, fence=1), step(world, own, seq=2, fence=2)])
    assert await looker(world).take_from_dead("wrk_gone") == 2
    assert [(await world.run(run)).takeovers for run in (earlier, own)] == [4, 1]


async def test_looking_claiming_and_ending_read_no_history(world: World) -> None:
    """Thousands of runs are over and a few are due: whoever reads the table at large reads far more rows than that."""
    workflow = await world.add_workflow(*chain(text("a", "x")))
    first = await world.start_unrung(workflow)
    await world.execute(_HISTORY, id=first, count=FINISHED)
    for _ in range(5):
        await world.start_unrung(workflow)
    await world.execute("ANALYZE")
    parameters = {
        "worker": "wrk_me",
        "now": world.clock.now(),
        "slots": 5,
        "cap": 5,
        "held_orgs": [],
        "held_counts": [],
        "ending": [first],
        "others": [],
        "ids": [first],
    }
    looked = (looking._LOOK, looking._RIPEN, claim._CLAIM_IN_ROUNDS, claim._CLAIM_SUSPECT, claim._CLAIM_HINTED)
    for statement in (*looked, locks._LOCK_FAMILY, ends._WAITS, ends._CLOSE_WAITS):
        assert await rows_read(world, str(statement), parameters) < 100


async def rows_read(world: World, statement: str, parameters: dict[str, object]) -> int:
    """Return how many rows the statement's scans touched, those that they threw away included."""
    async with world.database.connect() as connection:
        await connection.execute(*world.statement("SET enable_seqscan = off"))
        explained = await connection.scalar(
            *world.statement(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", **_asked(statement, parameters))
        )
        await connection.rollback()
    plan = explained if isinstance(explained, list) else json.loads(explained)
    return _touched(plan[0]["Plan"])


def _asked(statement: str, parameters: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if f":{name}" in statement}


def _touched(plan: dict[str, object]) -> int:
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    own = (
        [plan.get("Actual Rows", 0), plan.get("Rows Removed by Filter", 0)] if "Scan" in str(plan["Node Type"]) else []
    )
    loops = plan.get("Actual Loops", 1)
    assert isinstance(loops, int | float)
    return round(sum(float(str(rows)) for rows in own) * loops) + sum(map(_touched, below))


_HISTORY = """
    INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,
                      created_at, completed_at, takeovers)
    SELECT :id || lpad(number::text, 5, '0'), org_id, workflow_id, 1, 'completed', 'manual', '{}', false,
           created_at, created_at, number % 4
    FROM runs, generate_series(1, :count) AS number WHERE id = :id
"""
