"""What runs have logged is counted when they end, by whoever ends them, in the same transaction."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text as sql

from app.core.statements import transaction
from app.runs.repository import ends
from app.runs.repository.cancels import cancel_run
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from tests.worker.leased import journal_of, leased_runs, step
from tests.worker.parked import pause
from tests.worker.world import World, call, chain, text
from worker.execution.entries import Entry

Plan = Mapping[str, Any]


async def counted(world: World) -> dict[str, int]:
    rows = await world.rows(
        "SELECT status, sum(count)::int AS total FROM workflow_counts WHERE status LIKE 'log_%' GROUP BY status"
    )
    return {row.status: row.total for row in rows}


async def test_every_step_of_a_run_that_a_worker_ends(world: World) -> None:
    broken = call("x", "http://127.0.0.1:1/", continue_on_error=True)
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(text("a", "x"), broken, text("b", "y"))))
        await world.ended(run)
    assert [status for _, status in await world.steps(run)] == ["success", "success", "error", "success"]
    assert await counted(world) == {"log_success": 3, "log_error": 1}


async def test_nothing_before_the_run_ends(world: World) -> None:
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(pause(60))))
        await world.holds("SELECT lease_owner IS NULL AND status = 'running' FROM runs WHERE id = :id", id=run)
    assert await counted(world) == {}


async def test_waits_that_the_end_has_closed(world: World) -> None:
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(pause(60))))
        await world.holds("SELECT lease_owner IS NULL AND status = 'running' FROM runs WHERE id = :id", id=run)
    async with transaction(world.database) as driver:
        await cancel_run(driver, run, Scribe(world.clock.now(), world.ids, 0))
    assert await counted(world) == {"log_success": 1, "log_warning": 1}


async def test_steps_that_the_same_flush_writes_and_of_all_runs_in_it(world: World) -> None:
    runs = await leased_runs(world, 3)
    journal = journal_of(world)
    ended = [
        journal.submit(Entry(run, 1, steps=[step(world, run)], transition=RunEnd(run, RunStatus.COMPLETED)))
        for run in runs
    ]
    for verdict in ended:
        await verdict
    assert await counted(world) == {"log_success": 3}


async def test_a_step_that_was_inherited_is_not_counted_again(world: World) -> None:
    [run] = await leased_runs(world)
    journal = journal_of(world)
    await journal.submit(Entry(run, 1, steps=[step(world, run, "a"), step(world, run, "b", seq=2)]))
    await world.execute("UPDATE run_logs SET inherited = true WHERE node_id = 'a'")
    await journal.submit(Entry(run, 1, transition=RunEnd(run, RunStatus.COMPLETED)))
    assert await counted(world) == {"log_success": 1}


def scans(plan: Plan) -> Iterator[Plan]:
    if "Relation Name" in plan:
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_only_the_rows_of_the_ending_runs_are_read(world: World, mode: str) -> None:
    runs = await leased_runs(world, 3)
    for run in runs:
        await world.execute(_MANY_LOGS, id=run)
    await world.execute("ANALYZE run_logs")
    [plan] = await explained(world, [runs[0], runs[1]], mode)
    executed = [scan for scan in scans(plan) if scan["Relation Name"].startswith("run_logs") and scan["Actual Loops"]]
    assert len(executed) == 1
    assert executed[0]["Node Type"] in {"Index Scan", "Bitmap Heap Scan"}
    assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in executed) == 2000
    assert sum(scan.get("Rows Removed by Filter", 0) for scan in executed) == 0


async def explained(world: World, ids: list[str], mode: str) -> list[Plan]:
    ends_of = [ids, *([word] * len(ids) for word in ("org-a", "fl_x", "completed", "said", "{}"))]
    arrays = ", ".join(f"ARRAY{each}" for each in ends_of)
    given = f"{arrays}, '2026-01-01', '{min(ids)}', '{max(ids)}', '2026-01-01', 0"
    async with world.database.begin() as connection:
        await connection.execute(sql("SELECT set_config('plan_cache_mode', :mode, true)"), {"mode": mode})
        await connection.execute(sql("SET LOCAL enable_seqscan = off"))  # as workers have it
        await connection.exec_driver_sql(f"PREPARE counting ({_TYPES}) AS {ends._END.sql}")
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE counting({given})"
        found = (await connection.exec_driver_sql(explain)).scalar_one()
        await connection.exec_driver_sql("DEALLOCATE counting")
    return [(json.loads(found) if isinstance(found, str) else found)[0]["Plan"]]


_TYPES = "text[], text[], text[], text[], text[], text[], timestamptz, text, text, date, smallint"
_MANY_LOGS = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    SELECT id, 'loop.' || number, 'n', 1, 'fl_log_' || id || number, org_id, workflow_id, number, 'text_transform',
           'success', '{}', 'default', 1, created_at, 0, created_at
    FROM runs, generate_series(1, 1000) AS number WHERE id = :id
"""
