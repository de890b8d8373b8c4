import pytest

from app.graph.catalogue import Catalogue
from app.graph.errors import GraphError
from app.graph.graph import build
from tests.factories.graphs import TOY_CATALOGUE, Fork, definition, draw, edges, node


def test_a_graph_knows_its_trigger_and_every_node() -> None:
    graph = draw("t > a", "lost > a")

    assert graph.trigger is graph.nodes["t"]
    assert list(graph.nodes) == ["t", "a", "lost"]
    assert [graph.specs[name].id for name in graph.nodes] == ["t", "a", "lost"]
    assert graph.reachable == {"t", "a"}


def test_edges_are_found_by_both_ends() -> None:
    graph = draw("t > a", "a:b > c", "t > c")

    assert {name: [edge.id for edge in found] for name, found in graph.outgoing.items()} == {
        "t": ["t-default-a", "t-default-c"],
        "a": ["a-b-c"],
        "c": [],
    }
    assert {name: [edge.id for edge in found] for name, found in graph.incoming.items()} == {
        "t": [],
        "a": ["t-default-a"],
        "c": ["a-b-c", "t-default-c"],
    }


def test_nodes_are_ordered_from_top_to_bottom_then_left_to_right_then_as_posted() -> None:
    nodes = [node("c", y=1), node("b", x=2), node("t", "start", x=1), node("a", x=2)]

    graph = build(definition(nodes, []), TOY_CATALOGUE)

    assert graph.order == ("t", "b", "a", "c")
    assert graph.rank == {"t": 0, "b": 1, "a": 2, "c": 3}


def test_a_larger_definition_is_estimated_larger() -> None:
    small, large = draw("t > a"), draw("t > a", a=node("a", description="x" * 1000))

    assert large.size_bytes - small.size_bytes > 1000
    assert small.size_bytes >= 2 * 1000


def test_a_definition_that_cannot_run_is_refused_with_every_reason() -> None:
    nodes = [node("a", "unknown"), node("b", continue_on_error=[])]

    with pytest.raises(GraphError) as caught:
        build(definition(nodes, edges("a > x")), TOY_CATALOGUE)

    paths = [issue.path for issue in caught.value.issues]
    assert paths == ["nodes[0].data.componentId", "nodes[1].data.continue_on_error", "nodes", "edges[0].target"]
    assert str(caught.value).startswith('nodes[0].data.componentId: There is no component "unknown".')
    assert " edges[0].target: " in str(caught.value)


def test_an_unknown_component_is_answered_with_the_known_ones() -> None:
    with pytest.raises(GraphError) as caught:
        build(definition([node("t", "start"), node("a", "unknown")], []), TOY_CATALOGUE)

    (issue,) = caught.value.issues
    assert issue.message == 'There is no component "unknown". There are: answer, end, fork, loop, start.'
    assert issue.node_id == "a"


def test_a_node_without_a_component_is_told_where_to_name_it() -> None:
    with pytest.raises(GraphError) as caught:
        build(definition([node("t", "start"), node("a", "")], []), TOY_CATALOGUE)

    (issue,) = caught.value.issues
    assert issue.path == "nodes[1].data.componentId"
    assert issue.message == (
        'A node names its component in "data.componentId", or else in "type": a text that is not empty.'
    )


def test_a_component_is_found_by_its_alias() -> None:
    assert TOY_CATALOGUE.get("fork_alias") is Fork
    assert TOY_CATALOGUE.get("nothing") is None
    assert list(Catalogue([Fork])) == [Fork]
