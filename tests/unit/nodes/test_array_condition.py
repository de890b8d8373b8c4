import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS
from app.graph.outcome import Success
from app.graph.rules import MAX_DEPTH, MAX_RULES
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of, output_of
from tests.unit.graph.rule_settings import group, leaf

LARGE = leaf("number", "{{ item.total }}", "greater_than", "{{ n1.least }}")
VALUES: JsonValue = {"least": 100, "orders": [{"total": "250"}, {"total": 50}], "tags": ["a", "b"]}


async def way(settings: dict[str, JsonValue]) -> str:
    outcome = await outcome_of("array_condition", settings, StepContext({"n1": VALUES}))
    assert isinstance(outcome, Success), outcome
    return outcome.handle


def test_it_goes_one_way_or_the_other_or_fails() -> None:
    assert action("array_condition", {"input": [], "operator": "is_empty"}).handles() == ("true", "false", "error")


async def test_it_shows_what_it_compared() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.tags }}", "operator": "contains", "value": "c"}

    assert await output_of("array_condition", settings, n1=VALUES) == {
        "result": False,
        "input": ["a", "b"],
        "value": "c",
    }


async def test_of_a_rule_over_the_items_it_shows_the_array() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.orders }}", "operator": "any", "value": LARGE}

    output = await output_of("array_condition", settings, n1=VALUES)

    assert output == {"result": True, "input": [{"total": "250"}, {"total": 50}], "value": None}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"input": "{{ n1.tags }}", "operator": "contains", "value": "b"}, "true"),
        ({"input": "{{ n1.tags }}", "operator": "not_contains", "value": "b"}, "false"),
        ({"input": "{{ n1.tags }}", "operator": "is_empty"}, "false"),
        ({"input": "{{ n1.tags }}", "operator": "is_not_empty"}, "true"),
        ({"input": "{{ n1.tags }}", "operator": "length_equals", "value": "2"}, "true"),
        ({"input": "{{ n1.tags }}", "operator": "length_greater_than", "value": 2}, "false"),
        ({"input": "{{ n1.tags }}", "operator": "length_less_than", "value": 3}, "true"),
        ({"input": "{{ n1.orders }}", "operator": "any", "value": LARGE}, "true"),
        ({"input": "{{ n1.orders }}", "operator": "all", "value": LARGE}, "false"),
        ({"input": [], "operator": "any", "value": LARGE}, "false"),
        ({"input": [], "operator": "all", "value": LARGE}, "true"),
        (
            {"input": [1, 2], "operator": "all", "value": group("or", leaf("number", "{{ item }}", "is_integer"))},
            "true",
        ),
    ],
)
async def test_every_operator_goes_its_way(settings: dict[str, JsonValue], expected: str) -> None:
    assert await way(settings) == expected


@pytest.mark.parametrize("operator", OPERATORS["array"])
async def test_an_input_that_is_no_array_fails_the_node(operator: str) -> None:
    value: JsonValue = LARGE if operator in {"any", "all"} else 1
    settings: dict[str, JsonValue] = {"input": "{{ n1.tags }}", "operator": operator, "value": value}

    message = await failure_of("array_condition", settings, n1={"tags": "a, b"})

    assert message == '"input" must be an array; it is the text "a, b".'


async def test_an_item_of_the_wrong_kind_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {
        "input": ["x"],
        "operator": "any",
        "value": leaf("number", "{{ item }}", "equals", 1),
    }

    assert await failure_of("array_condition", settings) == '"input" must be a number; it is the text "x".'


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"operator": "contains"},
            {"value": '"value" is required: the operator contains compares the input with it.'},
        ),
        ({"operator": "any"}, {"value": '"value" is required: the operator any holds a rule against each item.'}),
        ({"operator": "any", "value": 5}, {"value": '"value" must be an object; it is 5.'}),
        (
            {"operator": "all", "value": group("and", leaf("number", 1, "equals", "x"))},
            {"value.rules[0].value": '"value" must be a number; it is the text "x".'},
        ),
        ({"operator": "length_equals", "value": "x"}, {"value": '"value" must be a number; it is the text "x".'}),
        (
            {"operator": "equals", "value": []},
            {
                "operator": '"equals" is no operator for an array; there are: contains, not_contains, is_empty,'
                " is_not_empty, length_equals, length_greater_than, length_less_than, any, all."
            },
        ),
    ],
)
def test_a_setting_that_can_never_be_right_is_refused(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("array_condition", {"input": [], **settings}) == expected


def test_a_rule_that_is_too_large_is_refused() -> None:
    deep: JsonValue = LARGE
    for _ in range(5_000):
        deep = group("and", deep)
    refused = {"value": f"Rules may be at most {MAX_RULES}, and stand in each other at most {MAX_DEPTH} deep."}

    assert faults("array_condition", {"input": [], "operator": "any", "value": deep}) == refused
    many = group("or", *[LARGE] * MAX_RULES)
    assert faults("array_condition", {"input": [], "operator": "any", "value": many}) == refused
