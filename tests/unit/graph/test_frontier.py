import pytest

from app.graph.frontier import Frontier
from tests.factories.graphs import draw, node

LOOP = node("loop", "loop")


def walked(frontier: Frontier, *steps: tuple[str, str | None]) -> Frontier:
    for node_id, handle in steps:
        frontier.record(node_id, handle)
    return frontier


def test_nothing_is_ready_before_the_trigger_is_recorded() -> None:
    frontier = Frontier(draw("t > a"))

    assert frontier.ready() == []
    assert not frontier.is_exhausted


def test_recording_the_trigger_opens_the_graph() -> None:
    frontier = walked(Frontier(draw("t > a", "a > b")), ("t", "default"))

    assert frontier.ready() == ["a"]
    assert not frontier.is_exhausted


def test_a_trigger_alone_exhausts_the_path() -> None:
    assert walked(Frontier(draw()), ("t", "default")).is_exhausted


def test_ready_nodes_come_in_order_of_y_then_x_then_place_in_the_list() -> None:
    graph = draw(
        "t > low",
        "t > right",
        "t > left",
        "t > second",
        low=node("low", y=9, x=0),
        right=node("right", y=1, x=5),
        left=node("left", y=1, x=2),
        second=node("second", y=1, x=2),
    )

    assert walked(Frontier(graph), ("t", "default")).ready() == ["left", "second", "right", "low"]


def test_a_started_node_is_in_flight_and_no_longer_ready() -> None:
    frontier = walked(Frontier(draw("t > a", "t > b")), ("t", "default"))
    frontier.start("a")

    assert frontier.ready() == ["b"]
    assert frontier.in_flight() == {"a"}
    assert not frontier.is_exhausted


def test_a_path_with_a_node_in_flight_is_not_exhausted() -> None:
    frontier = walked(Frontier(draw("t > a")), ("t", "default"))
    frontier.start("a")

    assert frontier.ready() == []
    assert not frontier.is_exhausted


def test_a_recorded_node_is_no_longer_in_flight() -> None:
    frontier = walked(Frontier(draw("t > a")), ("t", "default"))
    frontier.start("a")
    frontier.record("a", "default")

    assert frontier.in_flight() == frozenset()
    assert frontier.is_exhausted


@pytest.mark.parametrize("node_id", ["b", "t", "unknown"])
def test_only_a_ready_node_can_be_started(node_id: str) -> None:
    frontier = walked(Frontier(draw("t > a", "a > b")), ("t", "default"))

    with pytest.raises(ValueError, match=f"^{node_id} is not ready$"):
        frontier.start(node_id)


def test_a_node_cannot_be_recorded_twice() -> None:
    frontier = walked(Frontier(draw("t > a")), ("t", "default"))

    with pytest.raises(ValueError, match=r"^t is not part of this path, or recorded already$"):
        frontier.record("t", "default")


def test_a_node_that_nobody_reaches_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match=r"^lost is not part of this path"):
        Frontier(draw("t > a", "lost > a")).record("lost", "default")


def test_only_the_edges_of_the_chosen_handle_are_taken() -> None:
    frontier = walked(Frontier(draw("t > q", "q:a > yes", "q:b > no")), ("t", "default"), ("q", "a"))

    assert frontier.ready() == ["yes"]
    assert frontier.skipped() == {"no"}


def test_what_hangs_on_a_dead_branch_is_skipped_to_its_end() -> None:
    graph = draw("t > q", "q:a > yes", "q:b > n1", "n1 > n2", "n2:error > n3")
    frontier = walked(Frontier(graph), ("t", "default"), ("q", "a"), ("yes", "default"))

    assert frontier.skipped() == {"n1", "n2", "n3"}
    assert frontier.is_exhausted


def test_a_join_waits_for_all_its_branches() -> None:
    frontier = walked(Frontier(draw("t > a", "t > b", "a > j", "b > j")), ("t", "default"), ("a", "default"))

    assert frontier.ready() == ["b"]
    frontier.record("b", "default")
    assert frontier.ready() == ["j"]


def test_a_join_runs_when_one_branch_is_taken_and_the_others_are_dead() -> None:
    frontier = walked(Frontier(draw("t > q", "q:a > j", "q:b > n", "n > j")), ("t", "default"), ("q", "a"))

    assert frontier.ready() == ["j"]
    assert frontier.skipped() == {"n"}


def test_a_join_is_skipped_when_all_its_branches_are_dead() -> None:
    graph = draw("t > p", "t > q", "p:a > j", "q:a > j", "j > k")
    frontier = walked(Frontier(graph), ("t", "default"), ("p", "b"), ("q", "c"))

    assert frontier.skipped() == {"j", "k"}
    assert frontier.is_exhausted


def test_two_edges_between_the_same_nodes_both_count() -> None:
    frontier = walked(Frontier(draw("t > q", "q:a > j", "q:b > j")), ("t", "default"), ("q", "b"))

    assert frontier.ready() == ["j"]


def test_behind_a_failure_without_a_way_on_nothing_is_ready_and_nothing_skipped() -> None:
    graph = draw("t > a", "a > b", "a:error > c")
    frontier = walked(Frontier(graph), ("t", "default"), ("a", None))

    assert frontier.ready() == []
    assert frontier.skipped() == frozenset()
    assert frontier.is_exhausted


def test_a_join_behind_a_failure_without_a_way_on_never_becomes_ready() -> None:
    graph = draw("t > a", "t > b", "a > j", "b > j")
    frontier = walked(Frontier(graph), ("t", "default"), ("a", None), ("b", "default"))

    assert frontier.ready() == []
    assert frontier.skipped() == frozenset()


def test_edges_from_nodes_that_nobody_reaches_do_not_hold_a_join_open() -> None:
    frontier = walked(Frontier(draw("t > j", "lost > j", "lost > k")), ("t", "default"))

    assert frontier.ready() == ["j"]
    frontier.record("j", "default")
    assert frontier.is_exhausted
    assert frontier.skipped() == frozenset()


def test_a_step_that_was_recorded_before_it_was_ready_is_not_started_again() -> None:
    frontier = walked(Frontier(draw("t > a", "a > b", "b > c")), ("b", "default"), ("t", "default"), ("a", "default"))

    assert frontier.ready() == ["c"]


def test_a_step_that_was_recorded_before_its_branch_died_is_not_skipped() -> None:
    graph = draw("t > q", "q:a > n", "n > m")
    frontier = walked(Frontier(graph), ("n", "default"), ("t", "default"), ("q", "b"))

    assert frontier.skipped() == frozenset()
    assert frontier.ready() == ["m"]


def test_the_entries_of_a_body_are_ready_at_once() -> None:
    graph = draw("t > loop", "loop:item > x", "x > y", "loop:done > after", loop=LOOP)

    frontier = Frontier(graph, "loop")

    assert frontier.ready() == ["x"]
    assert not frontier.is_exhausted


def test_edges_from_outside_a_body_do_not_count() -> None:
    graph = draw("t > loop", "loop:item > x", "x > y", "loop:item > y", loop=LOOP)
    frontier = Frontier(graph, "loop")

    assert frontier.ready() == ["x"]
    frontier.record("x", "default")
    assert frontier.ready() == ["y"]


def test_an_entry_runs_though_the_branch_that_leads_to_it_as_well_takes_another_way() -> None:
    graph = draw("t > loop", "loop:item > x", "x:a > y", "loop:item > y", loop=LOOP)
    frontier = Frontier(graph, "loop")
    frontier.record("x", "b")
    assert frontier.ready() == ["y"]


def test_an_edge_back_to_the_iterator_leads_nowhere() -> None:
    frontier = Frontier(draw("t > loop", "loop:item > x", "x > loop", loop=LOOP), "loop")
    frontier.record("x", "default")

    assert frontier.is_exhausted
    assert frontier.ready() == []


def test_an_empty_body_is_exhausted_at_once() -> None:
    assert Frontier(draw("t > loop", loop=LOOP), "loop").is_exhausted


def test_a_body_is_no_part_of_the_run_itself() -> None:
    graph = draw("t > loop", "loop:item > x", "x > loop", "loop:done > after", loop=LOOP)
    frontier = walked(Frontier(graph), ("t", "default"))

    assert frontier.ready() == ["loop"]
    frontier.record("loop", "done")
    assert frontier.ready() == ["after"]
    assert frontier.skipped() == frozenset()


def test_an_inner_body_is_no_part_of_the_outer_one() -> None:
    graph = draw(
        *("t > outer", "outer:item > a", "a > inner", "inner:item > x", "inner:done > b", "b > outer"),
        outer=node("outer", "loop"),
        inner=node("inner", "loop"),
    )
    frontier = walked(Frontier(graph, "outer"), ("a", "default"))

    assert frontier.ready() == ["inner"]
    frontier.record("inner", "done")
    assert frontier.ready() == ["b"]
    assert Frontier(graph, "inner").ready() == ["x"]
