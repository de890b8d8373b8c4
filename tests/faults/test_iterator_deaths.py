"""A worker is killed in the middle of a thousand items: the next one goes on there, and repeats what was in flight."""

import random
from typing import Any

import pytest

from tests.faults.calls import repeated, step_of
from tests.faults.deaths import killed_at_call
from tests.faults.graphs import hook
from tests.faults.system import System
from tests.faults.witness import Witness
from tests.worker.looped import loop, pick
from tests.worker.world import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ITEMS = 1000
AT_ONCE = 20
SUM = pick("sum", count="{{ loop.count }}", statuses="{{ loop.items | map: 'status' | uniq }}")


async def finished_by_another(
    system: System, target: Witness, chance: random.Random, **mode: Any
) -> tuple[str, list[str], set[str]]:
    """Kill the worker of a loop at one of its items, and let another one finish it.

    Returns the run, the keys that only the second worker called with, and those that were recorded before.
    """
    workflow = await system.create(loop(list(range(ITEMS)), hook("hook", target), after=[SUM], **mode))
    worker = await system.worker()
    await killed_at_call(worker, target, chance.randint(2, ITEMS - 2), lambda: system.execute(workflow))
    [run] = system.evidence.accepted
    await until(lambda: target.closed_connections == target.connections)  # all that was sent has arrived
    rows = await system.rows("SELECT path FROM run_logs WHERE run_id = :id AND node_id = 'hook'", id=run)
    asked = len(target.requests)
    await system.worker()
    await system.verify()
    return run, [step_of(request) for request in target.requests[asked:]], {f"{run}:{row.path}:hook" for row in rows}


async def summed(system: System, run: str) -> object:
    [row] = await system.rows("SELECT output FROM run_logs WHERE run_id = :id AND node_id = 'sum'", id=run)
    return row.output


async def items_of(system: System, run: str) -> list[int]:
    """Return the items whose step is in the journal, in order."""
    rows = await system.rows("SELECT path FROM run_logs WHERE run_id = :id AND node_id = 'hook'", id=run)
    return sorted(int(row.path.removeprefix("loop.")) for row in rows)


async def test_a_sequential_loop_goes_on_at_the_item_whose_worker_was_killed(
    system: System, chance: random.Random
) -> None:
    async with system.witness() as target:
        run, after, recorded = await finished_by_another(system, target, chance)
        first = int(after[0].split(":")[1].removeprefix("loop."))
        assert first in {len(recorded), len(recorded) + 1}
        assert after == [f"{run}:loop.{index}:hook" for index in range(first, ITEMS)]
        assert repeated(target) <= {f"{run}:loop.{first}:hook"}
        assert len(target.by_step) == ITEMS
    assert await items_of(system, run) == list(range(ITEMS))
    assert await summed(system, run) == {"count": ITEMS, "statuses": [200]}


async def test_a_parallel_loop_repeats_no_more_than_ran_at_a_time(system: System, chance: random.Random) -> None:
    async with system.witness() as target:
        target.delay_seconds = 0.04
        run, after, recorded = await finished_by_another(system, target, chance, mode="parallel", concurrency=AT_ONCE)
        assert recorded.isdisjoint(after)
        assert len(repeated(target)) <= AT_ONCE
        assert len(target.by_step) == ITEMS
    assert await items_of(system, run) == list(range(ITEMS))
    assert await summed(system, run) == {"count": ITEMS, "statuses": [200]}
