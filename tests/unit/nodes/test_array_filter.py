from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from app.graph.filtering import Filtering
from app.graph.outcome import Failure, Success
from app.graph.template import StepBudget, iter_templates
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of, output_of
from tests.unit.graph.rule_settings import bound, group, leaf
from tests.unit.graph.test_condition_properties import JSON

OPEN = leaf("string", "{{ item.status }}", "equals", "open")
ORDERS: JsonValue = [
    {"status": "open", "total": "250", "lines": [1, None, 2.5]},
    {"status": "closed", "total": 300},
    {"status": "open", "total": 50.0},
]
NO_LIST = 'A rule is an object, not a list; join several to a group: {"logic": "and", "rules": […]}.'


async def kept(rules: JsonValue, mode: str = "include", array: JsonValue = "{{ n1.orders }}") -> JsonObject:
    return await output_of(
        "array_filter", {"array": array, "rules": rules, "mode": mode}, n1={"orders": ORDERS, "least": 100}
    )


async def test_items_that_the_rules_hold_for_are_kept_in_their_order() -> None:
    assert isinstance(ORDERS, list)

    assert await kept(OPEN) == {"items": [ORDERS[0], ORDERS[2]], "count": 2}


async def test_or_left_out() -> None:
    assert isinstance(ORDERS, list)

    assert await kept(OPEN, "exclude") == {"items": [ORDERS[1]], "count": 1}


async def test_left_to_itself_it_keeps_them() -> None:
    output = await output_of("array_filter", {"array": [1, 2], "rules": leaf("number", "{{ item }}", "less_than", 2)})

    assert output == {"items": [1], "count": 1}


async def test_a_group_reads_the_item_and_the_rest_of_the_context() -> None:
    rules = group("and", OPEN, leaf("number", "{{ item.total }}", "greater_than", "{{ n1.least }}"))

    assert (await kept(rules))["count"] == 1


async def test_items_keep_their_types() -> None:
    array: list[JsonValue] = [1, 1.0, "1", True, None, [], {}, "{{ n1.orders }}"]

    output = await kept(leaf("boolean", True, "is_true"), array=array)

    assert isinstance(output["items"], list)
    assert [repr(item) for item in output["items"]] == [repr(item) for item in [*array[:-1], ORDERS]]


async def test_of_no_item_nothing_is_kept() -> None:
    assert await kept(OPEN, array=[]) == {"items": [], "count": 0}


async def test_the_item_hides_that_of_an_iterator_around() -> None:
    rules = leaf("number", "{{ item }}", "equals", 1)

    assert (await output_of("array_filter", {"array": [1, 2], "rules": rules}, item=2))["items"] == [1]


async def test_the_array_may_be_the_item_of_an_iterator_around() -> None:
    rules = leaf("number", "{{ item }}", "equals", 1)

    assert (await output_of("array_filter", {"array": "{{ item }}", "rules": rules}, item=[1, 2]))["items"] == [1]


def test_the_item_is_read_of_the_rules_and_not_of_the_context() -> None:
    node = action("array_filter", {"array": "{{ item }}", "rules": leaf("string", "{{ item }}{{ x }}", "is_empty")})

    readings = {one.path: {read.root for read in one.reads} for one in iter_templates(node.base_settings)}
    assert {path: roots for path, roots in readings.items() if roots} == {"array": {"item"}, "rules.input": {"x"}}


@pytest.mark.parametrize(
    ("array", "shown"), [(None, "null"), ("a, b", 'the text "a, b"'), ({"a": 1}, "an object"), (5, "5")]
)
async def test_what_is_no_array_fails_the_node(array: JsonValue, shown: str) -> None:
    message = await failure_of("array_filter", {"array": "{{ n1 }}", "rules": OPEN}, n1=array)

    assert message == f'"array" must be an array; it is {shown}.'


async def test_an_item_that_cannot_be_compared_fails_the_node_and_is_named() -> None:
    settings: dict[str, JsonValue] = {"array": [1, "x"], "rules": leaf("number", "{{ item }}", "equals", 1)}

    assert await failure_of("array_filter", settings) == (
        'At item 1, counted from 0: "input" must be a number; it is the text "x".'
    )


async def test_a_large_array_stays_within_the_time_of_a_step() -> None:
    ticks = iter(range(10_000_000))
    ctx = StepContext({"n1": list(range(1_000))}, budget=StepBudget(lambda: next(ticks), seconds=2_000))
    settings: dict[str, JsonValue] = {"array": "{{ n1 }}", "rules": leaf("number", "{{ item }}", "equals", 1)}

    outcome = await outcome_of("array_filter", settings, ctx)

    assert isinstance(outcome, Failure)
    assert "took longer than" in outcome.message


def test_filtering_is_not_done_on_the_event_loop() -> None:
    assert Filtering(bound(OPEN), [], wanted=True).is_slow


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"array": "a"}, {"array": '"array" must be an array; it is the text "a".'}),
        ({"array": {}}, {"array": '"array" must be an array; it is an object.'}),
        ({"array": None}, {"array": '"array" must be an array; it is null.'}),
        ({"rules": None}, {"rules": '"rules" must be an object; it is null.'}),
        ({"rules": [OPEN]}, {"rules": NO_LIST}),
        (
            {"rules": group("and", leaf("date", "{{ item }}", "before", "x"))},
            {"rules.rules[0].value": '"value" must be a date, such as "2026-01-15T09:30:00Z"; it is the text "x".'},
        ),
        ({"mode": "only"}, {"mode": "\"mode\" must be 'include' or 'exclude'; it is the text \"only\"."}),
    ],
)
def test_a_setting_that_can_never_be_right_is_refused(wrong: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("array_filter", {"array": [], "rules": OPEN, **wrong}) == expected


def test_array_and_rules_are_required() -> None:
    assert faults("array_filter", {}) == {"array": '"array" is required.', "rules": '"rules" is required.'}


@settings(deadline=None)
@given(st.lists(JSON, max_size=6))
async def test_include_and_exclude_share_the_items_out(items: list[JsonValue]) -> None:
    rules = leaf("string", "{{ item }}", "is_empty")
    parts: list[JsonObject] = []
    for mode in ("include", "exclude"):
        outcome = await outcome_of(
            "array_filter", {"array": "{{ n1 }}", "rules": rules, "mode": mode}, StepContext({"n1": items})
        )
        assert isinstance(outcome, Success), outcome
        parts.append(outcome.output)

    for part, is_empty in zip(parts, (True, False), strict=True):
        wanted = [
            item
            for item in items
            if (item is None or (isinstance(item, str | list | Mapping) and not item)) is is_empty
        ]
        assert part == {"items": wanted, "count": len(wanted)}
