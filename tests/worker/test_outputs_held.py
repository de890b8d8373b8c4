"""What a worker holds of outputs: items that end together must not fill its memory before their run goes on."""

from app.core.json import JsonObject, loads_object
from tests.factories.graphs import edge, node
from tests.worker.simulated import simulate

ITERATING: JsonObject = {"array": list(range(50)), "mode": "parallel", "concurrency": 50}
NODES = [node("t", "start"), node("loop", "iterator", ITERATING), node("w", "work", {"plan": ["output"]})]
EDGES = [edge("t", "loop"), edge("loop", "w", "item")]


def test_what_items_put_out_at_once_waits_as_text() -> None:
    """As values, an output takes five times as much and more."""
    alive = [loads_object(row.output)["alive"] for row in simulate(NODES, EDGES).rows if row.node_id == "w"]
    assert (len(alive), set(alive)) == (50, {1})
