"""Workflows that call each other, and how a test follows them."""

from typing import Any

from tests.worker.world import World, chain, edge, node, text

Graph = tuple[list[dict[str, object]], list[dict[str, object]]]


def calling(node_id: str, workflow_id: str, /, **data: object) -> dict[str, object]:
    """Return a node that calls a workflow."""
    return node(node_id, "trigger_workflow", workflow_id=workflow_id, **data)


def called(*nodes: dict[str, object], trigger: str = "workflow_trigger") -> Graph:
    """Return the nodes behind a trigger `t` that other workflows call."""
    all_nodes, edges = chain(*nodes)
    return [node("t", trigger), *all_nodes[1:]], edges


def patient() -> Graph:
    """Return a called workflow whose run waits for a minute."""
    return called(node("d", "delay", duration=60, unit="seconds"))


def greeting() -> Graph:
    """Return a called workflow that answers at once with what it was given."""
    return called(text("said", "Hello {{ t.payload.name }}"))


def with_error_branch(caller: dict[str, object]) -> Graph:
    nodes = [node("t", "manual_trigger"), caller, text("well", "well"), text("ill", "{{ c.error.message }}")]
    return nodes, [edge("t", "c"), edge("c", "well"), edge("c", "ill", "error")]


async def children(world: World, parent: str) -> list[Any]:
    """Return the runs that a run has started, oldest first."""
    return list(await world.rows("SELECT * FROM runs WHERE parent_run_id = :id ORDER BY id", id=parent))


async def child_of(world: World, parent: str) -> str:
    """Return the one run that a run has started, once it has."""
    await world.holds("SELECT count(*) > 0 FROM runs WHERE parent_run_id = :id", id=parent)
    [child] = await children(world, parent)
    return str(child.id)


async def parked(world: World, *runs: str) -> None:
    """Wait until nobody holds these runs, nor should."""
    unheld = "SELECT bool_and(NOT ready AND lease_owner IS NULL AND fence > 0) FROM runs WHERE id = ANY(:ids)"
    await world.holds(unheld, ids=list(runs))


async def output(world: World, run: str, node_id: str = "c") -> Any:
    """Return what a step of a run put out in its last attempt."""
    return [log.output for log in await world.logs(run) if log.node_id == node_id][-1]
