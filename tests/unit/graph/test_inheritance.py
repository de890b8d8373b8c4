"""What a resumed run inherits: each rule by itself."""

from collections.abc import Mapping

import pytest

from app.core.json import JsonObject
from app.graph.graph import Graph, build
from app.graph.inheritance import NotResumableError, OldStep, changed_bodies, inherited_steps
from app.graph.settle import StepStatus
from app.nodes import CATALOGUE
from tests.factories.graphs import definition, draw, edges, node

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
    'The run cannot go on behind "b": in the definition to be run, a node before it is new, has another component'
    " or another body, has lost the way by which it was left, or leads there no more."
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


LOOP = node("loop", "loop")
BODY = ("t > loop", "loop:item > x", "x > y", "loop:done > after")


@pytest.mark.parametrize(
    ("drawn", "nodes"),
    [
        ((*BODY, "y > z"), {}),
        ((*BODY, "loop:item > y"), {}),
        ((*BODY[:2], "x:a > y", BODY[3]), {}),
        (BODY, {"y": node("y", "answer")}),
        (BODY, {"y": node("y", "end")}),
        (("t > loop", "loop:item > x", "loop:done > after"), {}),
    ],
)
def test_a_body_with_other_nodes_or_ways_has_changed(drawn: tuple[str, ...], nodes: dict[str, JsonObject]) -> None:
    assert changed_bodies(draw(*BODY, loop=LOOP), draw(*drawn, loop=LOOP, **nodes)) == {"loop"}


def test_a_body_in_which_another_node_responds_has_changed() -> None:
    def loop(*, is_response: bool) -> Graph:
        text = node("x", "text_transform", template="x", is_response=is_response)
        nodes = [node("t", "manual_trigger"), node("loop", "iterator", array=[1]), text]
        return build(definition(nodes, edges("t > loop", "loop:item > x")), CATALOGUE)

    assert changed_bodies(loop(is_response=False), loop(is_response=True)) == {"loop"}


def test_a_body_in_a_body_changes_both() -> None:
    drawn = ("t > loop", "loop:item > inner", "inner:item > x")
    nodes = {"loop": LOOP, "inner": node("inner", "loop")}
    assert changed_bodies(draw(*drawn, **nodes), draw(*drawn, "x > y", **nodes)) == {"loop", "inner"}


def test_a_body_with_other_settings_and_other_ways_behind_it_is_the_same() -> None:
    new = draw(*BODY, "after > more", "y > loop", loop=LOOP, x=node("x", description="Another"))
    assert changed_bodies(draw(*BODY, loop=LOOP), new) == frozenset()


def test_an_iterator_whose_body_has_changed_runs_anew_with_all_behind_it() -> None:
    graph = draw("t > a", "t > loop", "loop:item > x", "loop:done > b", loop=LOOP)
    steps = ran("a", "b", loop=step("done", component="loop"))
    assert inherited_steps(graph, steps, "a", changed={"loop"}) == {"a"}
    with pytest.raises(NotResumableError, match='The body of the iterator "loop" is not what it was'):
        inherited_steps(graph, steps, "loop", changed={"loop"})
