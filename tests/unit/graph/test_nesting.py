from hypothesis import given
from hypothesis import strategies as st

from app.graph.nesting import Nesting
from tests.factories.graphs import definition, edges, node


def nesting(*drawn: str, iterators: tuple[str, ...]) -> Nesting:
    posted = edges(*drawn)
    names = dict.fromkeys(str(end) for one in posted for end in (one["source"], one["target"]))
    return Nesting.of(definition([node(name) for name in names], posted), iterators)


def test_a_body_is_what_is_reached_by_the_handle_item() -> None:
    found = nesting("t > loop", "loop:item > a", "a > b", "b:error > c", "loop:done > z", iterators=("loop",))

    assert found.bodies == {"loop": {"a", "b", "c"}}
    assert found.owners == {"a": "loop", "b": "loop", "c": "loop"}


def test_an_edge_from_nowhere_leads_into_no_body() -> None:
    posted = edges("t > loop", "loop:item > a", "gone > b", "a > gone")
    found = Nesting.of(definition([node(name) for name in ("t", "loop", "a", "b")], posted), ["loop"])

    assert found.bodies == {"loop": {"a"}}


def test_a_body_does_not_go_through_its_iterator() -> None:
    found = nesting("t > loop", "loop:item > a", "a > loop", "loop:done > z", iterators=("loop",))

    assert found.bodies == {"loop": {"a"}}


def test_nodes_belong_to_the_innermost_iterator() -> None:
    drawn = ("t > outer", "outer:item > a", "a > inner", "inner:item > x", "x > inner", "inner:done > b", "b > outer")
    found = nesting(*drawn, iterators=("outer", "inner"))

    assert found.owners == {"a": "outer", "inner": "outer", "b": "outer", "x": "inner"}
    assert (found.around("x"), found.around("inner"), found.around("t")) == (["inner", "outer"], ["outer"], [])


def test_an_edge_back_to_the_iterator_ends_an_item() -> None:
    posted = edges("t > loop", "loop:item > a", "a > loop", "loop:done > z")
    read = definition([node(name) for name in ("t", "loop", "a", "z")], posted)
    found = Nesting.of(read, ["loop"])

    assert [edge.id for edge in read.edges if found.ends_item(edge)] == ["a-default-loop"]
    assert [edge.id for edge in found.forward(read).edges] == ["t-default-loop", "loop-item-a", "loop-done-z"]


def test_without_iterators_nothing_is_nested() -> None:
    found = nesting("t > a", "a:item > b", iterators=())

    assert (found.bodies, found.owners) == ({}, {})


@given(st.integers(1, 4), st.integers(1, 3))
def test_a_tree_of_iterators_is_nested_as_it_is_drawn(depth: int, length: int) -> None:
    """Each iterator's body is a chain, then the next iterator, whose body lies within."""
    drawn, before, iterators = ["t > i0"], "i0:item", ["i0"]
    for level in range(depth):
        for place in range(length):
            drawn.append(f"{before} > n{level}_{place}")
            before = f"n{level}_{place}"
        if level + 1 < depth:
            drawn.append(f"{before} > i{level + 1}")
            before = f"i{level + 1}:item"
            iterators.append(f"i{level + 1}")
    found = nesting(*drawn, iterators=tuple(iterators))

    for level in range(depth):
        around = [f"i{outer}" for outer in range(level, -1, -1)]
        assert all(found.around(f"n{level}_{place}") == around for place in range(length))
        assert len(found.bodies[f"i{level}"]) == (depth - level) * (length + 1) - 1
