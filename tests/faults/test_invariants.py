"""Each invariant finds the violation that it stands for, and nothing in an example without one."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.faults import invariants
from tests.faults.evidence import Evidence
from tests.faults.fabricated import Fabricated
from tests.faults.graphs import diamond, links
from tests.faults.ledger import Ledger
from tests.faults.witness import Witness
from tests.worker.looped import loop
from tests.worker.world import text

SECRET = "hunter2"


@pytest.fixture
async def target() -> AsyncIterator[Witness]:
    async with Witness() as target:
        yield target


async def called(
    target: Witness, run_id: str, node_id: str, *, body: str = "x", label: str = "1", path: str = ""
) -> None:
    """Call a target as a step of a run would."""
    headers = {"Idempotency-Key": f"{run_id}:{path}:{node_id}", invariants.VERSION_HEADER: label}
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(target.url(), content=body, headers=headers)


async def of_effects(made: Fabricated, target: Witness, ledger: Ledger | None = None) -> list[str]:
    return await invariants.of_effects(made, [target], ledger or Ledger())


def api_of(status: str, logs: int) -> httpx.AsyncClient:
    """Return an API that says the same of every run."""
    said = {"status": status, "logs": [{}] * logs}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=said))
    return httpx.AsyncClient(transport=transport, base_url="http://api")


async def test_a_clean_example_has_no_violation(made: Fabricated, target: Witness) -> None:
    await made.workflow(*diamond(target))
    run = await made.due_run()
    await made.firing(run)
    await made.key("k", f'{{"id": "{run}"}}')
    await made.receipt("e", run)
    for seq, node_id in enumerate(("t", "left", "right", "join"), start=1):
        await called(target, run, node_id)
        await made.step(run, node_id, seq)
    evidence = Evidence(Ledger())
    evidence.accepted, evidence.witnesses, evidence.secrets = [run], [target], [SECRET]
    async with api_of("completed", 4) as api:
        assert await evidence.against(made, api, {"log": "nothing"}, ()) == []
    assert (evidence.ledger.accepted, evidence.ledger.called, evidence.ledger.repeated) == (1, 4, 0)


async def test_i1_names_a_run_that_is_still_live_unless_it_is_spared(made: Fabricated) -> None:
    run = await made.run(status="running", completed_at=None)
    assert await invariants.never(made) == [f"I1: still live: {run} running"]
    assert await invariants.never(made, [run]) == []


async def test_i2_names_a_call_that_came_after_its_step_was_recorded(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await made.step(run, "a", 1)
    await called(target, run, "a")
    (found,) = await of_effects(made, target)
    assert found.startswith(f"I2: {run}::a was called")


async def test_i2_names_a_call_of_an_item_that_was_recorded(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await made.step(run, "a", 1, "loop.3")
    await called(target, run, "a", path="loop.2")
    assert await of_effects(made, target) == []
    await called(target, run, "a", path="loop.3")
    (found,) = await of_effects(made, target)
    assert found.startswith(f"I2: {run}:loop.3:a was called")


async def test_i2_lets_inherited_steps_be_called_by_nobody(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await made.step(run, "a", 1, inherited=True)
    assert await of_effects(made, target) == []


async def test_i3_names_a_call_that_was_made_again_without_a_fault(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await called(target, run, "a")
    await called(target, run, "a")
    assert await of_effects(made, target) == [f"I3: {run}::a was called 2 times, and no fault touched it"]


async def test_i3_excuses_a_call_between_which_and_the_one_before_a_fault_was(
    made: Fabricated, target: Witness
) -> None:
    run, ledger = await made.run(), Ledger()
    await called(target, run, "a")
    ledger.note("a fault")
    await called(target, run, "a")
    assert await of_effects(made, target, ledger) == []
    await called(target, run, "a")
    assert await of_effects(made, target, ledger) == [f"I3: {run}::a was called 3 times, and no fault touched it"]


async def test_i3_expects_a_call_for_each_attempt(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await called(target, run, "a")
    await made.step(run, "a", 1, status="warning", handle=None)
    await called(target, run, "a")
    await made.step(run, "a", 2, attempt=2)
    assert await of_effects(made, target) == []


async def test_i3_expects_a_call_that_was_under_way_when_its_run_ended(made: Fabricated, target: Witness) -> None:
    run = await made.run()
    await called(target, run, "a")
    await made.step(run, "a", 1, status="warning", handle=None)
    await called(target, run, "a")
    assert await of_effects(made, target) == []
    await called(target, run, "a")
    assert await of_effects(made, target) == [f"I3: {run}::a was called 3 times, and no fault touched it"]


async def test_i3_asks_of_a_removed_run_only_that_its_calls_were_the_same(made: Fabricated, target: Witness) -> None:
    await called(target, "gone", "a")
    await called(target, "gone", "a")
    assert await of_effects(made, target) == []
    await called(target, "gone", "a", body="y")
    assert await of_effects(made, target) == ["I3: gone::a was called again with other bytes"]


async def test_i3_names_other_bytes_even_where_a_fault_excuses_the_call(made: Fabricated, target: Witness) -> None:
    run, ledger = await made.run(), Ledger()
    await called(target, run, "a")
    ledger.note("a fault")
    await called(target, run, "a", body="y")
    assert await of_effects(made, target, ledger) == [f"I3: {run}::a was called again with other bytes"]


@pytest.mark.parametrize(("status", "logs"), [("failed", 1), ("completed", 2)])
async def test_i4_names_a_run_of_which_the_api_says_something_else(made: Fabricated, status: str, logs: int) -> None:
    run = await made.run()
    await made.step(run, "a", 1)
    async with api_of(status, logs) as api:
        (found,) = await invariants.of_answers(made, api, [run])
    assert found.startswith(f"I4: {run} is completed with 1 logs, and the API says")


async def test_i5_names_a_join_that_was_before_one_of_its_branches(made: Fabricated, target: Witness) -> None:
    await made.workflow(*diamond(target))
    run = await made.run()
    for seq, node_id in enumerate(("t", "left", "join", "right"), start=1):
        await made.step(run, node_id, seq)
    assert await invariants.of_order(made) == [f"I5: {run}  join did not wait for right"]


async def test_i5_names_a_step_to_which_no_edge_was_taken(made: Fabricated, target: Witness) -> None:
    await made.workflow(*links(target, 2))
    run = await made.run()
    await made.step(run, "t", 1)
    await made.step(run, "n0", 2, status="error", handle="error")
    await made.step(run, "n1", 3)
    assert await invariants.of_order(made) == [f"I5: {run}  n1 ran, and no edge to it was taken"]


async def test_i5_names_a_step_behind_one_at_which_the_run_ended(made: Fabricated, target: Witness) -> None:
    await made.workflow(*links(target, 2))
    run = await made.run()
    await made.step(run, "t", 1)
    await made.step(run, "n0", 2, status="error", handle=None)
    await made.step(run, "n1", 3)
    assert await invariants.of_order(made) == [f"I5: {run}  n1 ran, and no edge to it was taken"]


async def test_i5_holds_for_the_items_of_iterators(made: Fabricated) -> None:
    await made.workflow(*loop([1, 2], text("a", "x"), text("b", "y")))
    run = await made.run()
    for seq, (node_id, path) in enumerate((("t", ""), ("a", "loop.0"), ("b", "loop.0"), ("a", "loop.1")), start=1):
        await made.step(run, node_id, seq, path)
    await made.step(run, "loop", 5, handle="done")
    assert await invariants.of_order(made) == []
    await made.step(run, "b", 6, "loop.2")
    assert await invariants.of_order(made) == [
        f"I5: {run} loop.2 b ran, and no edge to it was taken",
        f"I5: {run} loop did not wait for its item loop.2",
    ]


async def test_i8_names_each_place_where_a_secret_stands(made: Fabricated) -> None:
    run = await made.run(status="failed", error_message=f"no {SECRET}", answer={"is": SECRET})
    await made.step(run, "a", 1, output={"deep": [SECRET]})
    found = await invariants.of_secrets(made, [SECRET], {"a process": f"said {SECRET}", "another": "nothing"})
    assert sorted(found) == sorted(f"I8: a secret in {place}" for place in (run, f"{run} a", "a process"))


async def test_i9_names_a_step_that_the_runs_version_does_not_have(made: Fabricated, target: Witness) -> None:
    await made.workflow(*links(target, 1))
    run = await made.run()
    await made.step(run, "t", 1)
    await made.step(run, "n7", 2)
    assert await invariants.of_order(made) == [f"I9: {run} has a step n7 that its version does not have"]


async def test_i9_names_a_call_with_another_versions_label(made: Fabricated, target: Witness) -> None:
    await made.workflow(*links(target, 1))
    run = await made.run()
    await called(target, run, "n0", label="1")
    assert await invariants.of_versions(made, [target]) == []
    await called(target, run, "n0", label="2")
    (found,) = await invariants.of_versions(made, [target])
    assert found == f"I9: {run}::n0 was executed with the definition 2, not with {{'1'}}"
