import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.model import Definition
from app.graph.topology import Topology
from app.graph.wire import read
from tests.factories.graphs import edges, node

NAMES = "abcdef"
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=14, unique=True)


def topology(*drawn: str) -> Topology:
    return Topology(posted(*drawn))


def posted(*drawn: str) -> Definition:
    return read([node(name) for name in NAMES], edges(*drawn))[0]


def paths(pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return who reaches whom over at least one edge, the slow way."""
    found = set(pairs)
    while more := {(a, d) for a, b in found for c, d in pairs if b == c} - found:
        found |= more
    return found


def test_reachable_are_the_starts_and_all_behind_them() -> None:
    assert topology("a > b", "b > c", "d > c").reachable(["a"]) == {"a", "b", "c"}


def test_edges_to_nodes_that_do_not_exist_are_left_out() -> None:
    found = topology("a > nowhere", "nowhere > b")

    assert found.reachable(["a"]) == {"a"}
    assert found.circles() == []


def test_everything_before_a_node_is_upstream_of_it() -> None:
    upstream = topology("a > b", "b > c", "d > c").upstream()

    assert [name for name in NAMES if upstream.is_before(name, "c")] == ["a", "b", "d"]
    assert not upstream.is_before("c", "a")
    assert not upstream.is_before("c", "c")


def test_nodes_in_and_behind_a_circle_are_unknown_upstream() -> None:
    upstream = topology("a > b", "b > c", "c > b", "c > d", "a > e").upstream()

    assert [name for name in NAMES if upstream.knows(name)] == ["a", "e", "f"]


@pytest.mark.parametrize(
    ("drawn", "circles"),
    [
        (["a > b", "b > c"], []),
        (["a > a"], [["a"]]),
        (["c > b", "b > c"], [["b", "c"]]),
        (["a > c", "c > b", "b > a"], [["a", "c", "b"]]),
        (["a > b", "b > a", "c > d", "d > c"], [["a", "b"], ["c", "d"]]),
        (["a > b", "b > a", "b > c", "c > d", "d > c", "d > e"], [["a", "b"], ["c", "d"]]),
        (["d > c", "c > d", "c > b", "b > a"], [["c", "d"]]),
        (["a > b", "a > b"], []),
    ],
)
def test_circles_are_named_along_their_edges(drawn: list[str], circles: list[list[str]]) -> None:
    assert topology(*drawn).circles() == circles


def test_a_circle_is_named_from_the_node_that_was_posted_first() -> None:
    definition = read([node("z"), node("b"), node("a")], edges("a > b", "b > z", "z > a"))[0]

    assert Topology(definition).circles() == [["z", "a", "b"]]


@given(PAIRS)
def test_upstream_agrees_with_following_every_path(pairs: list[tuple[str, str]]) -> None:
    upstream = topology(*(f"{a} > {b}" for a, b in pairs)).upstream()
    reached = paths(pairs)
    circular = {a for a, b in reached if a == b}

    for later in NAMES:
        assert upstream.knows(later) == (later not in circular and not any((c, later) in reached for c in circular))
        if upstream.knows(later):
            assert {a for a in NAMES if upstream.is_before(a, later)} == {a for a, b in reached if b == later}


@given(PAIRS)
def test_circles_are_real_and_leave_none_out_once_cut(pairs: list[tuple[str, str]]) -> None:
    circles = topology(*(f"{a} > {b}" for a, b in pairs)).circles()
    in_circles = [name for circle in circles for name in circle]

    assert len(in_circles) == len(set(in_circles))
    for circle in circles:
        assert set(zip(circle, [*circle[1:], circle[0]], strict=True)) <= set(pairs)
    left = [(a, b) for a, b in pairs if a not in in_circles and b not in in_circles]
    assert all(a != b for a, b in paths(left))
