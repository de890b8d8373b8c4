"""Workflows with iterators, and what tests ask of their runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.config import LimitSettings
from tests.worker.world import World, edge, node

Json = dict[str, object]
Drawn = tuple[list[Json], list[Json]]


def loop(array: object, *body: Json, after: Sequence[Json] = (), back: bool = True, **settings: Any) -> Drawn:
    """Return a trigger `t`, an iterator `loop` over `array` with a chain as its body, and a chain behind `done`."""
    nodes = [node("t", "manual_trigger"), node("loop", "iterator", array=array, **settings), *body, *after]
    edges = [edge("t", "loop"), *strung("loop", "item", body), *strung("loop", "done", after)]
    if back and body and not str(body[-1]["type"]).endswith("condition"):
        edges.append(edge(str(body[-1]["id"]), "loop"))
    return nodes, edges


def strung(source: str, handle: str | None, chained: Sequence[Json]) -> list[Json]:
    """Return edges that string nodes together, the first behind a handle of `source`."""
    edges, before, way = [], source, handle
    for one in chained:
        edges.append(edge(before, str(one["id"]), way))
        before, way = str(one["id"]), None
    return edges


async def ran(
    world: World, drawn: Drawn, *, context: Mapping[str, Any] | None = None, limits: LimitSettings | None = None
) -> tuple[Any, list[Any]]:
    """Return a run's row and its logs, once it has ended."""
    workflow = await world.add_workflow(*drawn)
    async with world.worker(limits=limits):
        run = await world.start(workflow, context=context)
        [row] = await world.ended(run)
    return row, list(await world.logs(run))


def of(logs: Sequence[Any], node_id: str) -> list[Any]:
    """Return the outputs of a node, in the order in which they were recorded."""
    return [log.output for log in logs if log.node_id == node_id]


def pick(node_id: str, **values: object) -> Json:
    """Return a node that puts out the values."""
    return node(node_id, "data_mapper", mappings=[{"key": key, "value": value} for key, value in values.items()])
