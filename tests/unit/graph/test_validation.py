import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.errors import GraphError, Issue, Severity
from app.graph.graph import build
from app.graph.limits import GraphLimits
from app.graph.validation import validate
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.factories.graphs import edge, node
from tests.factories.judging import judged, question, text, trigger

WARNING, ERROR = Severity.WARNING, Severity.ERROR


def test_a_right_workflow_has_no_issues() -> None:
    nodes: list[JsonValue] = [trigger(), question("q"), text("a", "{{ q.result }}"), text("b", "{{ trigger.run_id }}")]

    assert judged(nodes, "t > q", "q:true > a", "q:false > b", "q:error > b") == []


def test_the_published_request_has_no_issues() -> None:
    nodes: list[JsonValue] = [
        node("n1", "manual_trigger", description="Manually trigger this onboarding flow."),
        node(
            "n2",
            "webhook",
            method="POST",
            url="https://example.com/api/welcome",
            body='{"message": "Welcome!", "run_id": "{{ n1.run_id }}"}',
        ),
    ]

    assert judged(nodes, "n1 > n2") == []


def test_a_workflow_needs_a_trigger() -> None:
    message = 'A workflow begins with exactly one trigger; this one has none. Add a node such as "manual_trigger".'

    assert judged([text("a")]) == [Issue("nodes", message)]
    assert judged([]) == [Issue("nodes", message)]


def test_a_workflow_has_no_second_trigger() -> None:
    message = "A workflow begins with exactly one trigger; this one has 3: t, w, u."
    nodes: list[JsonValue] = [trigger(), text("a"), node("w", "webhook_trigger"), trigger("u")]

    assert judged(nodes, "t > a") == [Issue("nodes[2]", message, "w")]


def test_a_trigger_whose_settings_are_wrong_is_a_trigger_all_the_same() -> None:
    assert [issue.path for issue in judged([trigger(description=5)])] == ["nodes[0].data.description"]


@pytest.mark.parametrize(
    ("drawn", "issue"),
    [
        ("t > gone", Issue("edges[0].target", "Edge t-default-gone leads to gone, and there is no such node.")),
        ("gone > t2", Issue("edges[0].source", "Edge gone-default-t2 comes from gone, and there is no such node.")),
    ],
)
def test_an_edge_needs_a_node_at_both_ends(drawn: str, issue: Issue) -> None:
    found = judged([trigger(), text("t2")], drawn, "t > t2")

    assert found == [issue]


def test_an_edge_from_nowhere_to_nowhere_has_two_faults() -> None:
    assert [issue.path for issue in judged([trigger()], "a > b")] == ["edges[0].source", "edges[0].target"]


def test_nothing_leads_into_a_trigger() -> None:
    message = "Edge a-default-t leads into the trigger t; nothing comes before a trigger."

    assert Issue("edges[1].target", message, "t") in judged([trigger(), text("a")], "t > a", "a > t")


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ("a:true > b", 'Edge a-true-b leaves a by the handle "true"; a has "default", "error".'),
        ("t:error > b", 'Edge t-error-b leaves t by the handle "error"; t has "default".'),
        ("q > b", 'Edge q-default-b leaves q by the handle "default"; q has "true", "false", "error".'),
    ],
)
def test_an_edge_leaves_by_a_handle_that_its_node_has(drawn: str, message: str) -> None:
    nodes: list[JsonValue] = [trigger(), text("a"), question("q"), text("b")]
    found = judged(nodes, "t > a", "t > q", "q:true > b", "q:false > b", drawn)

    assert found == [Issue("edges[4].sourceHandle", message, drawn[0])]


def test_handles_of_a_node_with_wrong_settings_are_not_judged() -> None:
    nodes: list[JsonValue] = [trigger(), node("a", "switch_condition", input=1, cases=[]), text("b")]

    assert [issue.path for issue in judged(nodes, "t > a", "a:x > b")] == ["nodes[1].data.cases"]


def test_a_cycle_is_named_along_its_edges() -> None:
    nodes: list[JsonValue] = [trigger(), text("a"), text("b"), text("c")]
    message = "The nodes a → c → b → a form a cycle; a workflow only goes forward. Remove one of the edges."

    assert judged(nodes, "t > a", "a > c", "c > b", "b > a") == [Issue("nodes[1]", message, "a")]


def test_a_node_that_leads_to_itself_is_a_cycle() -> None:
    found = judged([trigger(), text("a")], "t > a", "a > a")

    assert [issue.message.partition(";")[0] for issue in found] == ["The nodes a → a form a cycle"]


def test_a_long_cycle_is_named_by_its_first_ten_nodes() -> None:
    names = [f"n{number}" for number in range(11)]
    drawn = [f"{source} > {target}" for source, target in zip(names, [*names[1:], names[0]], strict=True)]

    def message(count: int) -> str:
        nodes: list[JsonValue] = [trigger(), *(text(name) for name in names[:count])]
        ring = [*drawn[: count - 1], f"n{count - 1} > n0"]
        return judged(nodes, "t > n0", *ring)[0].message

    assert message(11).startswith("The nodes n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n9 → … → n0 form")
    assert message(10).startswith("The nodes n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n9 → n0 form")


def test_every_cycle_is_named() -> None:
    nodes: list[JsonValue] = [trigger(), *(text(name) for name in "abcd")]
    found = judged(nodes, "t > a", "a > b", "b > a", "t > c", "c > d", "d > c")

    assert [issue.node_id for issue in found] == ["a", "c"]


def test_settings_are_judged_with_all_the_rest_at_once() -> None:
    nodes: list[JsonValue] = [
        "no node",
        trigger(),
        trigger("u"),
        node("x", "unheard_of"),
        node("w", "webhook"),
        text("bad", "{{ a | }}{% if %}"),
        text("a", "{{ nowhere.x }}"),
        text("b"),
        text("a"),
        node("n", ""),
    ]
    found = judged(nodes, "t > a", "a > b", "b > a", "a > gone", "a:maybe > b", extra=({"id": "e", "source": "a"},))

    assert [(issue.path, issue.severity) for issue in found] == [
        ("nodes[0]", ERROR),
        ("nodes[8].id", ERROR),
        ("edges[5].target", ERROR),
        ("nodes[3].data.componentId", ERROR),
        ("nodes[4].data.url", ERROR),
        ("nodes[5].data.template", ERROR),
        ("nodes[9].data.componentId", ERROR),
        ("nodes[2]", ERROR),
        ("edges[3].target", ERROR),
        ("edges[4].sourceHandle", ERROR),
        ("nodes[6]", ERROR),
        *((f"nodes[{place}]", WARNING) for place in (3, 4, 5, 9)),
        ("nodes[6].data.template", WARNING),
    ]


def test_a_workflow_has_at_most_as_many_nodes_as_the_limit() -> None:
    nodes: list[JsonValue] = [trigger(), text("a"), text("a2", "{{ vault.x }}")]
    definition, _ = read(nodes, [])

    assert validate(definition, CATALOGUE, GraphLimits(nodes=2)) == [
        Issue("nodes", "A workflow has at most 2 nodes; this one has 3.")
    ]
    assert len(validate(definition, CATALOGUE, GraphLimits(nodes=3))) > 1


def test_the_limit_is_five_hundred_nodes_unless_set() -> None:
    assert GraphLimits().nodes == 500


def test_five_hundred_nodes_in_any_shape_are_judged() -> None:
    names = [f"n{number}" for number in range(499)]
    nodes: list[JsonValue] = [trigger(), *(text(name, f"{{{{ n0.x }}}}{name}") for name in names)]
    drawn = [edge("t", "n0")]
    drawn += [edge(names[place // 2], name) for place, name in enumerate(names) if place]
    drawn += [edge(names[place - 1], name) for place, name in enumerate(names) if place > 2]

    assert [issue.node_id for issue in judged(nodes, extra=tuple(drawn))] == ["n0"]


@given(
    st.lists(
        st.tuples(st.sampled_from("tabcq"), st.sampled_from(["default", "true", "error"]), st.sampled_from("tabcqx"))
    ),
    st.lists(st.sampled_from("tabcq"), unique=True),
)
def test_a_graph_can_be_built_exactly_when_it_has_no_errors(
    drawn: list[tuple[str, str, str]], names: list[str]
) -> None:
    kinds = {"t": trigger, "q": question}
    nodes: list[JsonValue] = [kinds.get(name, text)(name) for name in names]
    posted: list[JsonValue] = [
        {"id": str(place), "source": source, "target": target, "sourceHandle": handle}
        for place, (source, handle, target) in enumerate(drawn)
    ]
    definition, _ = read(nodes, posted)
    errors = [issue for issue in validate(definition, CATALOGUE, GraphLimits()) if issue.severity is ERROR]
    refusals: tuple[Issue, ...] = ()
    try:
        build(definition, CATALOGUE)
    except GraphError as error:
        refusals = error.issues
    assert list(refusals) == errors
