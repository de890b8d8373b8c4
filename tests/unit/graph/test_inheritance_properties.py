"""What a resumed run inherits, over random graphs and random old runs."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from app.graph.frontier import Frontier
from app.graph.graph import Graph
from app.graph.inheritance import NotResumableError, OldStep, inherited_steps
from app.graph.model import EdgeSpec
from app.graph.settle import StepStatus, handle_of_failure
from tests.unit.graph.test_frontier_properties import choices, graphs, walk

DONE, FAILED = StepStatus.SUCCESS, StepStatus.ERROR


def inherited(graph: Graph, steps: Mapping[str, OldStep], node_id: str) -> set[str]:
    return set(inherited_steps(graph, steps, node_id))


def old_run(data: st.DataObject, graph: Graph) -> tuple[dict[str, OldStep], list[str]]:
    """Run the graph with random outcomes until nothing goes on, and return its steps in order."""
    succeeds = {node_id: data.draw(st.booleans()) or node_id == "t" for node_id in graph.order}
    chosen = data.draw(choices(graph))
    ways = {
        node_id: (way or "default") if succeeds[node_id] else handle_of_failure(graph, node_id)
        for node_id, way in chosen.items()
    }
    _, order = walk(data, graph, ways)
    order = order[: data.draw(st.integers(1, len(order)))]
    return {
        node_id: OldStep(graph.nodes[node_id].component_id, DONE if succeeds[node_id] else FAILED, ways[node_id])
        for node_id in order
    }, order


def descendants(graph: Graph, starts: set[str]) -> set[str]:
    found: set[str] = set()
    pending = list(starts)
    while pending:
        targets = {edge.target for edge in graph.outgoing[pending.pop()]} - found
        found |= targets
        pending += targets
    return found


@st.composite
def resumed(draws: st.DrawFn) -> tuple[Graph, dict[str, OldStep], list[str], str, set[str]]:
    """Return a graph, an old run of another one or the same over it, and what is inherited from a node of it."""
    graph = draws(graphs())
    old_graph = draws(graphs()) if draws(st.booleans()) else graph
    data = draws(st.data())
    steps, order = old_run(data, old_graph)
    node_id = data.draw(st.sampled_from(order))
    try:
        return graph, steps, order, node_id, inherited(graph, steps, node_id)
    except NotResumableError:
        return graph, steps, order, "t", inherited(graph, steps, "t")


Resumed = tuple[Graph, dict[str, OldStep], list[str], str, set[str]]


@given(resumed())
def test_nothing_inherited_descends_from_the_node_or_from_what_runs_anew(case: Resumed) -> None:
    graph, _, _, node_id, kept = case
    trigger = {graph.trigger.node_id}
    anew = _run_to_its_end(graph, case)[1]
    assert not kept & descendants(graph, {node_id} - trigger)
    assert not kept & descendants(graph, anew)


@given(resumed())
def test_whatever_is_inherited_had_a_way_on_and_is_what_it_was(case: Resumed) -> None:
    graph, steps, _, _, kept = case
    for node_id in kept:
        old = steps[node_id]
        assert old.handle in graph.nodes[node_id].handles()
        assert old.component_id == graph.nodes[node_id].component_id
        assert old.status is DONE or old.handle == handle_of_failure(graph, node_id)


@given(resumed())
def test_a_resumed_run_executes_exactly_what_it_has_not_inherited(case: Resumed) -> None:
    graph, _, _, _, kept = case
    frontier, executed = _run_to_its_end(graph, case)
    assert not executed & kept
    assert executed | kept | frontier.skipped() | {"t"} == graph.reachable
    assert not kept & frontier.skipped()


@given(resumed())
def test_what_is_inherited_could_be_replayed_as_a_run_of_its_own(case: Resumed) -> None:
    """Each inherited node becomes ready, one after the other, with nothing but inherited ones recorded."""
    graph, steps, _, _, kept = case
    frontier = Frontier(graph)
    frontier.record("t", "default")
    left = set(kept)
    while left:
        startable = left.intersection(frontier.ready())
        assert startable
        for node_id in startable:
            frontier.start(node_id)
            frontier.record(node_id, steps[node_id].handle)
        left -= startable


@given(resumed())
def test_inherited_is_what_the_rule_says(case: Resumed) -> None:
    graph, steps, _, node_id, kept = case
    settled: dict[str, str] = {}

    def arrival(edge: EdgeSpec) -> str:
        if edge.source == "t" and node_id != "t":
            return "taken" if edge.source_handle == "default" else "dead"
        state = "anew" if edge.source == node_id else settle(edge.source)
        if state != "kept":
            return state
        return "taken" if steps[edge.source].handle == edge.source_handle else "dead"

    def settle(name: str) -> str:
        if name not in settled:
            arrivals = {arrival(edge) for edge in graph.incoming[name] if edge.source in graph.reachable}
            fits = name in steps and steps[name].handle is not None and _fits(graph, name, steps[name])
            settled[name] = "dead" if arrivals == {"dead"} else "kept" if "anew" not in arrivals and fits else "anew"
        return settled[name]

    assert kept == {name for name in graph.reachable - {"t"} if settle(name) == "kept"}


def _fits(graph: Graph, name: str, step: OldStep) -> bool:
    return step.component_id == graph.nodes[name].component_id and (
        step.status is DONE or step.handle == handle_of_failure(graph, name)
    )


def _run_to_its_end(graph: Graph, case: Resumed) -> tuple[Frontier, set[str]]:
    """Do as a worker does: replay what is inherited in the old order, and execute what is ready from then on."""
    _, steps, order, _, kept = case
    frontier = Frontier(graph)
    frontier.record("t", "default")
    for node_id in order:
        if node_id in kept:
            frontier.record(node_id, steps[node_id].handle)
    executed = set()
    while ready := frontier.ready():
        frontier.start(ready[0])
        frontier.record(ready[0], "default")
        executed.add(ready[0])
    return frontier, executed
