"""What is left when all is over: the invariants that ask for it find what is too much, and nothing else."""

import pytest

from tests.faults import invariants
from tests.faults.fabricated import Fabricated
from tests.faults.slots import held_of
from tests.fixtures.clock import NOON


async def test_i6_names_two_runs_of_a_due_time_and_one_without_a_firing(made: Fabricated) -> None:
    first, second = await made.due_run(), await made.due_run()
    await made.firing(first)
    assert await invariants.never(made) == [
        f"I6: two runs of a due time: {made.workflow_id} {NOON.isoformat()}",
        f"I6: a firing without its run, or a run without its firing: {second}",
    ]


async def test_i6_names_no_firing_that_was_passed_over(made: Fabricated) -> None:
    await made.firing(None)
    assert await invariants.never(made) == []


async def test_i6_names_a_firing_whose_run_is_not_there(made: Fabricated) -> None:
    await made.firing("gone")
    assert await invariants.never(made) == ["I6: a firing without its run, or a run without its firing: gone"]


async def test_i6_names_keys_and_events_whose_runs_are_not_there(made: Fabricated) -> None:
    await made.key("k1", '{"id": "gone"}')
    await made.key("k2", "")
    await made.key("k3", '{"new_run": {"id": "gone too"}}')
    await made.receipt("e1", "gone")
    missing = "I6: a key without the run that it was answered with"
    found = await invariants.never(made)
    assert sorted(found) == [
        *(f"{missing}: k{number}" for number in (1, 2, 3)),
        "I6: an event whose runs are not there: e1",
    ]


async def test_i6_does_not_miss_what_was_deleted(made: Fabricated) -> None:
    await made.key("k1", '{"id": "gone"}')
    await made.receipt("e1", "gone")
    await made.deletion()
    assert await invariants.never(made) == []


async def test_i6_names_a_run_of_two_keys_or_two_events(made: Fabricated) -> None:
    run = await made.run()
    for number in ("1", "2"):
        await made.key(f"k{number}", f'{{"id": "{run}"}}')
        await made.receipt(f"e{number}", run)
    assert await invariants.never(made) == [f"I6: a run of two events: {run}", f"I6: a run of two keys: {run}"]


@pytest.mark.parametrize("held", [{"lease_owner": "wrk_1"}, {"ready": True}, {"completed_at": None}])
async def test_i7_names_an_end_that_holds_on_to_something(made: Fabricated, held: dict[str, object]) -> None:
    run = await made.run(**held)
    assert await invariants.never(made) == [f"I7: an end that holds on to something: {run}"]


async def test_i7_names_a_wait_that_nobody_waits_for(made: Fabricated) -> None:
    run = await made.run()
    await made.wait(run)
    assert await invariants.never(made) == [f"I7: a wait that nobody waits for: {run} nap"]


async def test_i7_names_a_child_that_outlives_its_parent(made: Fabricated) -> None:
    child = await made.run(status="running", parent_run_id=await made.run())
    assert await invariants.never(made, []) == [
        f"I1: still live: {child} running",
        f"I7: a child whose parent ended before it: {child}",
    ]


@pytest.mark.parametrize(("line", "held"), [("0.0", 0), ("2.0", 2)])
def test_i7_reads_from_a_workers_metrics_what_it_holds(line: str, held: int) -> None:
    said = f"# TYPE virga_worker_runs_held gauge\nvirga_worker_runs_held {line}\nvirga_worker_slots_free 7.0\n"
    assert held_of(said) == held
