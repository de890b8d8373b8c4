"""What a resumed run inherits: random graphs and random old runs, and each rule by itself."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.frontier import Frontier
from app.graph.graph import Graph
from app.graph.inheritance import NotResumableError, OldStep, inherited_steps
from app.graph.model import EdgeSpec
from app.graph.settle import StepStatus, handle_of_failure
from tests.factories.graphs import draw, node
from tests.unit.graph.test_frontier_properties import choices, graphs, walk

DONE, FAILED = StepStatus.SUCCESS, StepStatus.ERROR


def step(handle: str | None = "default", *, component: str = "fork", status: StepStatus = DONE) -> OldStep:
    return OldStep(component, status, handle)


def ran(*node_ids: str, **special: OldStep) -> dict[str, OldStep]:
    """Return an old run in which these nodes succeeded, behind its trigger."""
    return {"t": step(component="start")} | {node_id: step() for node_id in node_ids} | special


def inherited(graph: Graph, steps: Mapping[str, OldStep], node_id: str) -> set[str]:
    return set(inherited_steps(graph, steps, node_id))


def refusal(graph: Graph, steps: Mapping[str, OldStep], node_id: str) -> str:
    with pytest.raises(NotResumableError) as caught:
        inherited_steps(graph, steps, node_id)
    return str(caught.value)


def test_what_lies_before_the_node_is_inherited_with_it() -> None:
    assert inherited(draw("t > a", "a > b", "b > c"), ran("a", "b", "c"), "b") == {"a", "b"}


def test_a_branch_beside_the_node_is_inherited() -> None:
    assert inherited(draw("t > a", "t > b", "b > c"), ran("a", "b", "c"), "a") == {"a", "b", "c"}


def test_a_branch_that_did_not_get_far_is_inherited_as_far_as_it_did() -> None:
    assert inherited(draw("t > a", "t > b", "b > c", "c > d"), ran("a", "b"), "a") == {"a", "b"}


def test_a_join_behind_the_node_runs_anew() -> None:
    assert inherited(draw("t > a", "t > b", "a > j", "b > j"), ran("a", "b", "j"), "a") == {"a", "b"}


def test_a_join_is_inherited_with_all_of_its_branches() -> None:
    graph = draw("t > a", "t > b", "a > j", "b > j", "j > k")
    assert inherited(graph, ran("a", "b", "j"), "j") == {"a", "b", "j"}


def test_a_join_behind_an_untaken_branch_is_inherited() -> None:
    graph = draw("t > q", "q:a > x", "q:b > y", "x > j", "y > j", "j > k")
    assert inherited(graph, ran("x", "j", q=step("a")), "j") == {"q", "x", "j"}


def test_what_descends_from_the_node_only_by_an_untaken_branch_runs_anew() -> None:
    graph = draw("t > q", "t > x", "q:b > j", "x > j")
    assert inherited(graph, ran("x", "j", q=step("a")), "q") == {"q", "x"}


def test_a_failure_that_took_its_error_edge_is_inherited() -> None:
    graph = draw("t > a", "a:error > b", "b > c")
    assert inherited(graph, ran("b", a=step("error", status=FAILED)), "b") == {"a", "b"}


def test_a_failure_that_was_passed_over_is_inherited() -> None:
    graph = draw("t > a", "a > b", a=node("a", continue_on_error=True))
    assert inherited(graph, ran("b", a=step("default", status=FAILED)), "b") == {"a", "b"}


def test_the_failure_that_ended_the_run_is_not_inherited() -> None:
    assert inherited(draw("t > a", "t > b"), ran("a", b=step(None, status=FAILED)), "a") == {"a"}


def test_a_failure_that_is_not_handled_any_more_runs_anew() -> None:
    steps = ran("x", "b", a=step("error", status=FAILED))
    assert inherited(draw("t > x", "t > a", "a > b"), steps, "x") == {"x"}


def test_the_trigger_inherits_nothing() -> None:
    assert inherited(draw("t > a", "t > b"), ran("a", "b"), "t") == set()


def test_a_step_of_another_component_runs_anew_with_what_is_behind_it() -> None:
    steps = ran("x", "b", a=step(component="answer"))
    assert inherited(draw("t > x", "t > a", "a > b"), steps, "x") == {"x"}


def test_another_name_of_the_same_component_changes_nothing() -> None:
    graph = draw("t > a", "a > b", a=node("a", "fork_alias"))
    assert inherited(graph, ran("a", "b"), "b") == {"a", "b"}


def test_a_way_that_the_node_has_no_more_makes_it_run_anew() -> None:
    steps = ran("x", "b", a=step("case_9"))
    assert inherited(draw("t > x", "t > a", "a > b"), steps, "x") == {"x"}


def test_a_node_that_is_removed_takes_nothing_else_with_it() -> None:
    assert inherited(draw("t > b", "b > c"), ran("a", "b"), "b") == {"b"}


def test_a_node_that_is_new_beside_the_node_is_left_to_the_run() -> None:
    assert inherited(draw("t > a", "t > new", "new > b"), ran("a", "b"), "a") == {"a"}


NOTHING_TO_GO_ON_FROM = 'The node "a" did not succeed in this run, so there is nothing to go on from.'
NO_WAY_THERE = (
    'The run cannot go on behind "b": in the definition to be run, a node before it is new, has another component, has'
    " lost the way by which it was left, or leads there no more."
)
CHAIN = ("t > a", "a > b")


@pytest.mark.parametrize(
    ("drawn", "steps", "node_id", "sentence"),
    [
        (CHAIN, ran(), "a", NOTHING_TO_GO_ON_FROM),
        (CHAIN, ran(a=step("error", status=FAILED)), "a", NOTHING_TO_GO_ON_FROM),
        (CHAIN, ran(a=step(None)), "a", 'The node "a" ended this run, so nothing comes behind it.'),
        (("t > b",), ran("a"), "a", 'The definition to be run has no node "a" any more.'),
        (
            CHAIN,
            ran(a=step(component="answer")),
            "a",
            'The node "a" was "answer" in this run, but is "fork" in the definition to be run.',
        ),
        (
            CHAIN,
            ran(a=step("case_9")),
            "a",
            'The node "a" was left by "case_9" in this run, a way that it does not have in the definition to be run.',
        ),
        (("t > a", "a > new", "new > b"), ran("a", "b"), "b", NO_WAY_THERE),
        (("t > a", "a:c > b"), ran("a", "b"), "b", NO_WAY_THERE),
        (CHAIN, ran("b", a=step(component="answer")), "b", NO_WAY_THERE),
        (CHAIN, ran("b", a=step("case_9")), "b", NO_WAY_THERE),
        (("t > a", "b > a"), ran("a", "b"), "b", NO_WAY_THERE),
    ],
    ids=[
        "did not run",
        "failed, though it was handled",
        "ended the run",
        "removed",
        "other component",
        "other ways",
        "behind a new node",
        "behind another branch",
        "behind another component",
        "behind a way that is gone",
        "not reached",
    ],
)
def test_a_node_that_cannot_be_resumed_from_is_refused_with_the_reason(
    drawn: tuple[str, ...], steps: dict[str, OldStep], node_id: str, sentence: str
) -> None:
    assert refusal(draw(*drawn), steps, node_id) == sentence


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
