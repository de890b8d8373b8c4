from collections.abc import Sequence

import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Severity
from tests.factories.graphs import node
from tests.factories.judging import judged, text, trigger


def loop(node_id: str = "loop", array: JsonValue = "{{ t.list }}") -> JsonObject:
    return node(node_id, "iterator", array=array)


def errors(nodes: Sequence[JsonObject], *drawn: str) -> list[tuple[str, str]]:
    found = [issue for issue in judged(list(nodes), *drawn) if issue.severity is Severity.ERROR]
    return [(issue.path, issue.message) for issue in found]


def warnings(nodes: Sequence[JsonObject], *drawn: str) -> list[str]:
    return [issue.message for issue in judged(list(nodes), *drawn) if issue.severity is Severity.WARNING]


@pytest.mark.parametrize("end", [(), ("a > loop",)])
def test_a_body_may_end_by_itself_or_lead_back(end: tuple[str, ...]) -> None:
    nodes = [trigger(), loop(), text("a", "{{ item }} {{ index }} {{ t.x }}"), text("z", "{{ loop.items }}")]
    assert judged(list(nodes), "t > loop", "loop:item > a", *end, "loop:done > z") == []


def test_what_comes_after_the_last_item_is_no_part_of_the_body() -> None:
    nodes = [trigger(), loop(), text("a"), text("z")]
    assert errors(nodes, "t > loop", "loop:item > a", "a > z", "loop:done > z") == [
        (
            "edges[3].target",
            (
                'z is reached both by "item" and by "done" of loop: what runs once an item cannot also come after the'
                " last one. Let the last node of the body lead nowhere, or back to loop."
            ),
        )
    ]


def test_a_body_is_not_entered_from_outside() -> None:
    nodes = [trigger(), loop(), text("a"), text("b")]
    assert errors(nodes, "t > loop", "loop:item > a", "t > b", "b > a", "loop:done > b") == [
        (
            "edges[3].target",
            (
                "Edge b-default-a leads from outside into the body of loop, of which a is a part:"
                ' what runs once an item is reached by the handle "item" of loop only.'
            ),
        )
    ]


def test_an_inner_body_is_not_entered_from_the_outer_one() -> None:
    nodes = [trigger(), loop("outer"), loop("inner", "{{ item }}"), text("x"), text("y")]
    drawn = ("t > outer", "outer:item > inner", "inner:item > x", "outer:item > y", "y > x")
    [(path, message)] = errors(nodes, *drawn)
    assert (path, "into the body of inner" in message) == ("edges[4].target", True)


def test_an_inner_body_does_not_lead_to_the_outer_iterator() -> None:
    nodes = [trigger(), loop("outer"), loop("inner", "{{ item }}"), text("x")]
    found = errors(nodes, "t > outer", "outer:item > inner", "inner:item > x", "x > outer")
    assert any("The iterators inner and outer each stand in the body of the other" in message for _, message in found)


def test_a_body_is_not_read_from_outside() -> None:
    nodes = [trigger(), loop(), text("a"), text("z", "{{ a.text }}")]
    assert errors(nodes, "t > loop", "loop:item > a", "loop:done > z") == [
        (
            "nodes[3].data.template",
            (
                "z reads a, which runs once for each item of loop."
                " From outside read {{ loop.items }}: it has the result of each item."
            ),
        )
    ]


def test_an_inner_body_reads_the_outer_one() -> None:
    nodes = [
        trigger(),
        loop("outer"),
        text("a"),
        loop("inner", "{{ item }}"),
        text("x", "{{ a.text }} {{ parent.item }}"),
    ]
    drawn = ("t > outer", "outer:item > a", "a > inner", "inner:item > x", "outer:done > z", "inner:done > y")
    nodes += [text("y", "{{ inner.items }}"), text("z", "{{ outer.items }}")]
    assert judged(list(nodes), *drawn) == []


def test_iterators_stand_in_each_other_five_deep() -> None:
    names = [f"i{level}" for level in range(6)]
    nodes = [trigger(), *(loop(name, [1]) for name in names), text("leaf")]
    drawn = ["t > i0", *(f"i{level}:item > i{level + 1}" for level in range(5)), "i5:item > leaf"]
    assert errors(nodes, *drawn) == [("nodes[6]", "Iterators stand within each other at most 5 deep; i5 is the 6th.")]


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{{ loop.count }}", "loop, which has not ended while its items run"),
        ("{{ parent.item }}", "parent, which exists only where iterators stand within each other"),
    ],
)
def test_what_an_item_cannot_know_is_warned_of(template: str, fault: str) -> None:
    nodes = [trigger(), loop(), text("a", template), text("z")]
    assert warnings(nodes, "t > loop", "loop:item > a", "loop:done > z") == [
        f"a reads {fault}, so it renders as nothing."
    ]


def test_items_are_warned_of_outside_iterators() -> None:
    nodes = [trigger(), loop(), text("a"), text("z", "{{ item }}")]
    assert warnings(nodes, "t > loop", "loop:item > a", "loop:done > z") == [
        "z reads item, which exists only inside iterators, so it renders as nothing."
    ]


def test_a_circle_within_a_body_is_refused() -> None:
    nodes = [trigger(), loop(), text("a"), text("b")]
    [(_, message)] = errors(nodes, "t > loop", "loop:item > a", "a > b", "b > a")
    assert message.startswith("The nodes a → b → a form a cycle")


def test_a_synchronous_workflow_has_no_iterator() -> None:
    nodes = [node("t", "sync_request_trigger"), loop(), text("a")]
    [(path, _)] = errors(nodes, "t > loop", "loop:item > a")
    assert path == "nodes[1].data.componentId"
