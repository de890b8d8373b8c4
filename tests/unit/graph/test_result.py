from collections.abc import Sequence
from dataclasses import dataclass

from app.graph.graph import Graph
from app.graph.result import responding_step
from tests.factories.graphs import draw, node


@dataclass(frozen=True)
class Step:
    node_id: str
    handle: str | None = "default"


def result_of(graph: Graph, steps: Sequence[Step]) -> str | None:
    step = responding_step(graph, steps)
    return step.node_id if step else None


def test_the_result_is_the_output_of_the_last_leaf() -> None:
    graph = draw("t > a", "a > b")

    assert result_of(graph, [Step("t"), Step("a"), Step("b")]) == "b"


def test_of_several_leaves_the_one_recorded_last_counts() -> None:
    graph = draw("t > a", "t > b")

    assert result_of(graph, [Step("t"), Step("b"), Step("a")]) == "a"


def test_a_node_whose_chosen_handle_has_no_edge_is_a_leaf() -> None:
    graph = draw("t > q", "q:a > x", "t > z", "z > y")

    assert result_of(graph, [Step("t"), Step("z"), Step("y"), Step("q", "b")]) == "q"


def test_a_node_that_finished_late_but_led_on_is_no_leaf() -> None:
    graph = draw("t > a", "t > b", "b > c")

    assert result_of(graph, [Step("t"), Step("a"), Step("b")]) == "a"


def test_a_responding_node_comes_before_the_last_leaf() -> None:
    graph = draw("t > r", "r > a", r=node("r", "answer"))

    assert result_of(graph, [Step("t"), Step("r"), Step("a")]) == "r"


def test_of_several_responding_nodes_the_last_counts() -> None:
    graph = draw("t > r", "r > s", r=node("r", "answer"), s=node("s", "answer"))

    assert result_of(graph, [Step("t"), Step("r"), Step("s")]) == "s"


def test_a_responding_node_that_took_its_error_edge_does_not_respond() -> None:
    graph = draw("t > r", "r:error > a", r=node("r", "answer"))

    assert result_of(graph, [Step("t"), Step("r", "error"), Step("a")]) == "a"


def test_the_node_that_ended_the_run_comes_before_all_others() -> None:
    graph = draw("t > r", "r > e", "t > a", r=node("r", "answer"), e=node("e", "end"))

    assert result_of(graph, [Step("t"), Step("r"), Step("e", None), Step("a")]) == "e"


def test_a_node_that_would_have_ended_the_run_but_failed_is_as_any_other() -> None:
    graph = draw("t > e", "e:error > a", e=node("e", "end"))

    assert result_of(graph, [Step("t"), Step("e", "error"), Step("a")]) == "a"


def test_a_step_without_a_way_on_is_no_result() -> None:
    assert result_of(draw("t > a"), [Step("t"), Step("a", None)]) is None


def test_a_run_of_the_trigger_alone_results_in_its_output() -> None:
    assert result_of(draw(), [Step("t")]) == "t"


def test_no_steps_have_no_result() -> None:
    assert result_of(draw(), []) is None


def test_a_node_whose_edge_leads_back_to_its_iterator_is_a_leaf_of_the_item() -> None:
    graph = draw("t > loop", "loop:item > x", "x > y", "y > loop", loop=node("loop", "loop"))

    assert result_of(graph, [Step("x"), Step("y")]) == "y"
