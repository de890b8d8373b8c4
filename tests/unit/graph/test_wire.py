import pytest

from app.core.json import JsonValue
from app.graph.errors import Issue
from app.graph.model import EdgeSpec, NodeSpec
from app.graph.wire import RESERVED_IDS, read
from tests.factories.graphs import edge, node


def faults(nodes: list[JsonValue], edges: list[JsonValue]) -> list[tuple[str, str]]:
    return [(issue.path, issue.message) for issue in read(nodes, edges)[1]]


def test_a_node_is_read_with_its_place_and_settings() -> None:
    definition, issues = read([node("n1", "webhook", x=1.5, y=-2, url="u")], [])

    assert issues == []
    assert definition.nodes == (NodeSpec("n1", "webhook", 1.5, -2, {"componentId": "webhook", "url": "u"}, 0),)
    assert definition.nodes[0].path == "nodes[0]"


def test_an_edge_is_read_with_its_handle() -> None:
    definition, issues = read([], [edge("a", "b", "true")])

    assert issues == []
    assert definition.edges == (EdgeSpec("a-true-b", "a", "b", "true", 0),)
    assert definition.edges[0].path == "edges[0]"


@pytest.mark.parametrize("handle", [{}, {"sourceHandle": None}, {"sourceHandle": ""}])
def test_an_edge_without_a_handle_leaves_by_the_default_one(handle: dict[str, JsonValue]) -> None:
    definition, issues = read([], [{"id": "e", "source": "a", "target": "b", **handle}])

    assert issues == []
    assert definition.edges[0].source_handle == "default"


@pytest.mark.parametrize(
    ("posted", "component_id"),
    [
        ({"type": "action", "data": {"componentId": "webhook"}}, "webhook"),
        ({"type": "webhook", "data": {}}, "webhook"),
        ({"type": "webhook", "data": {"componentId": None}}, "webhook"),
        ({"type": "webhook"}, "webhook"),
        ({"data": {"componentId": "webhook"}}, "webhook"),
    ],
)
def test_the_component_is_named_in_data_or_else_by_the_type(posted: dict[str, JsonValue], component_id: str) -> None:
    definition, issues = read([{"id": "n1", **posted}], [])

    assert issues == []
    assert definition.nodes[0].component_id == component_id


def test_a_node_without_a_position_stands_at_the_origin() -> None:
    definition, issues = read([{"id": "n1", "type": "t"}, {"id": "n2", "type": "t", "position": {"y": 3}}], [])

    assert issues == []
    assert [(spec.x, spec.y) for spec in definition.nodes] == [(0, 0), (0, 3)]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [(None, "null"), (True, "true or false"), (3, "a number"), (1.5, "a number"), ("n", "a text"), ([], "a list")],
)
def test_an_entry_that_is_no_object_is_named_by_its_place_and_kind(entry: JsonValue, kind: str) -> None:
    assert faults([entry], [node("x"), entry]) == [
        ("nodes[0]", f"Each node must be an object; this one is {kind}."),
        ("edges[0].source", '"source" of edge "x" must be the id of a node.'),
        ("edges[0].target", '"target" of edge "x" must be the id of a node.'),
        ("edges[1]", f"Each edge must be an object; this one is {kind}."),
    ]


@pytest.mark.parametrize("posted", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"id": ["n"]}])
def test_an_entry_needs_an_id(posted: dict[str, JsonValue]) -> None:
    definition, issues = read([{"type": "t", **posted}], [{"source": "a", "target": "b", **posted}])

    assert definition.nodes == ()
    assert definition.edges == ()
    assert issues == [
        Issue("nodes[0].id", 'Each node needs an "id": a text that is not empty.'),
        Issue("edges[0].id", 'Each edge needs an "id": a text that is not empty.'),
    ]


def test_a_second_node_with_an_id_is_left_out_and_named() -> None:
    definition, issues = read([node("n1", "first"), node("n2"), node("n1", "second")], [])

    assert [spec.component_id for spec in definition.nodes] == ["first", "fork"]
    message = 'The id "n1" is used by more than one node; each needs its own.'
    assert issues == [Issue("nodes[2].id", message, "n1")]


def test_a_second_edge_with_an_id_is_left_out_and_named() -> None:
    definition, issues = read([], [edge("a", "b"), edge("a", "b")])

    assert len(definition.edges) == 1
    message = 'The id "a-default-b" is used by more than one edge; each needs its own.'
    assert issues == [Issue("edges[1].id", message)]


def test_a_node_and_an_edge_may_share_an_id() -> None:
    assert faults([node("a-default-b")], [edge("a", "b")]) == []


@pytest.mark.parametrize(
    "node_id", ["n" * 255, "1", "with spaces", "ünï·código", "trigger", "run", "workflow", "Vault"]
)
def test_a_node_id_is_any_text_of_up_to_255_characters(node_id: str) -> None:
    assert faults([node(node_id)], []) == []


def test_a_node_id_of_256_characters_is_too_long() -> None:
    message = "A node's id has at most 255 characters; this one has 256."

    definition, issues = read([node("n" * 256)], [])

    assert issues == [Issue("nodes[0].id", message, "n" * 256)]
    assert len(definition.nodes) == 1


@pytest.mark.parametrize("node_id", sorted(RESERVED_IDS))
def test_a_word_with_a_meaning_in_templates_is_no_node_id(node_id: str) -> None:
    message = f'No node can have the id "{node_id}": templates give this word a meaning of its own.'

    assert read([node(node_id)], [])[1] == [Issue("nodes[0].id", message, node_id)]


def test_the_roots_that_no_node_may_shadow_are_reserved() -> None:
    assert {"vault", "item", "index", "parent", "now", "nil", "contains"} <= RESERVED_IDS


@pytest.mark.parametrize(("data", "kind"), [(None, "null"), ([], "a list"), ("x", "a text"), (1, "a number")])
def test_data_must_be_an_object(data: JsonValue, kind: str) -> None:
    definition, issues = read([{"id": "n1", "type": "webhook", "data": data}], [])

    assert issues == [Issue("nodes[0].data", f'"data" must be an object; it is {kind}.', "n1")]
    assert definition.nodes[0].data == {}
    assert definition.nodes[0].component_id == "webhook"


def test_a_type_that_is_no_text_is_reported_also_where_the_component_is_named_in_data() -> None:
    _, issues = read([{"id": "n1", "type": 3, "data": {"componentId": "webhook"}}], [])

    assert issues == [Issue("nodes[0].type", '"type" must be a text, or left out; it is a number.', "n1")]


@pytest.mark.parametrize("posted", [{}, {"type": None}, {"type": ""}, {"type": "t", "data": {"componentId": ""}}])
def test_a_node_that_names_no_component_is_kept_without_one(posted: dict[str, JsonValue]) -> None:
    definition, issues = read([{"id": "n1", **posted}], [])

    assert issues == []
    assert definition.nodes[0].component_id == ""


@pytest.mark.parametrize(
    "position",
    [None, [], {"x": "1"}, {"y": None}, {"x": True}, {"x": 10**400}, {"y": float("inf")}, {"x": float("nan")}],
)
def test_a_position_must_hold_numbers(position: JsonValue) -> None:
    definition, issues = read([{"id": "n1", "type": "t", "position": position}], [])

    message = '"position" must be an object with the numbers "x" and "y".'
    assert issues == [Issue("nodes[0].position", message, "n1")]
    assert (definition.nodes[0].x, definition.nodes[0].y) == (0, 0)


@pytest.mark.parametrize("end", [None, "", 5, ["n1"]])
def test_an_end_of_an_edge_must_be_a_text(end: JsonValue) -> None:
    definition, issues = read(
        [], [{"id": "e1", "source": end, "target": "b"}, {"id": "e2", "source": "a", "target": end}]
    )

    assert definition.edges == ()
    assert issues == [
        Issue("edges[0].source", '"source" of edge "e1" must be the id of a node.'),
        Issue("edges[1].target", '"target" of edge "e2" must be the id of a node.'),
    ]


@pytest.mark.parametrize(("handle", "kind"), [(1, "a number"), (False, "true or false"), ({}, "an object")])
def test_a_handle_must_be_a_text(handle: JsonValue, kind: str) -> None:
    definition, issues = read([], [{"id": "e1", "source": "a", "target": "b", "sourceHandle": handle}])

    message = f'"sourceHandle" of edge "e1" must be a text, or left out; it is {kind}.'
    assert issues == [Issue("edges[0].sourceHandle", message)]
    assert definition.edges == ()


def test_entries_keep_the_places_they_were_posted_at() -> None:
    definition, _ = read(["bad", node("n1"), node("n2")], ["bad", edge("n1", "n2")])

    assert [spec.path for spec in definition.nodes] == ["nodes[1]", "nodes[2]"]
    assert [spec.path for spec in definition.edges] == ["edges[1]"]


def test_all_faults_of_a_node_are_reported_at_once() -> None:
    paths = [path for path, _ in faults([{"id": "vault", "data": 1, "position": 2}], [])]

    assert paths == ["nodes[0].id", "nodes[0].data", "nodes[0].position"]
