"""Rules that can never be right, each refused at its place, and how large they may be."""

import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS
from app.graph.rules import MAX_DEPTH, MAX_RULES
from tests.unit.graph.rule_settings import bind, group, is_so, leaf

YES = leaf("string", "a", "equals", "a")
NO_OPERATOR = f'"{"y" * 60}…" is no operator for a number; there are: {", ".join(OPERATORS["number"])}.'
NO_LIST = 'A rule is an object, not a list; join several to a group: {"logic": "and", "rules": […]}.'


def faults(rule: JsonValue) -> dict[str, str]:
    found = bind(rule)
    assert isinstance(found, list), found
    return {issue.path.removeprefix("nodes[0].data."): issue.message for issue in found}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (5, {"rule": '"rule" must be an object; it is 5.'}),
        (None, {"rule": '"rule" must be an object; it is null.'}),
        ([YES], {"rule": NO_LIST}),
        ({}, {"rule.type": '"rule.type" is required.'}),
        (
            leaf("text", "a", "equals", "a"),
            {
                "rule.type": (
                    "\"rule.type\" must be 'string', 'number', 'boolean', 'date' or 'array'; it is the text \"text\"."
                )
            },
        ),
        (
            {"type": "string"},
            {"rule.input": '"rule.input" is required.', "rule.operator": '"rule.operator" is required.'},
        ),
        (
            leaf("number", "a", "y" * 70, "b"),
            {"rule.operator": NO_OPERATOR},
        ),
        ({"logic": "and"}, {"rule.rules": '"rule.rules" is required.'}),
        ({"rules": [YES]}, {"rule.logic": '"rule.logic" is required.'}),
        (group("and"), {"rule.rules": '"rules" needs at least one rule.'}),
        ({"logic": "and", "rules": {"a": 1}}, {"rule.rules": '"rule.rules" must be a list; it is an object.'}),
        (
            group("xor", YES, 5, group("or", {"type": "number", "input": "{{", "operator": "equal"})),
            {
                "rule.logic": "\"rule.logic\" must be 'and' or 'or'; it is the text \"xor\".",
                "rule.rules[1]": '"rule.rules[1]" must be an object; it is 5.',
                "rule.rules[2].rules[0].input": "…",
                "rule.rules[2].rules[0].operator": (
                    '"equal" is no operator for a number; there are: equals, not_equals, greater_than,'
                    " greater_than_or_equal, less_than, less_than_or_equal, between, is_integer."
                ),
            },
        ),
        (
            leaf("number", 1, "equals", "ten"),
            {"rule.value": '"value" must be a number; it is the text "ten".'},
        ),
        (
            leaf("array", [], "any", leaf("number", 1, "equals", "ten")),
            {"rule.value.value": '"value" must be a number; it is the text "ten".'},
        ),
        (
            leaf("array", [], "all"),
            {"rule.value": '"value" is required: the operator all holds a rule against each item.'},
        ),
        (leaf("array", [], "any", 5), {"rule.value": '"rule.value" must be an object; it is 5.'}),
        (
            leaf("array", [], "contains"),
            {"rule.value": '"value" is required: the operator contains compares the input with it.'},
        ),
        (leaf("array", [], "none", 5), {"rule.operator": "…"}),
        (
            leaf("date", "now", "within"),
            {"rule.amount": '"amount" is required: the operator within says how far from now the date may be.'},
        ),
        (
            leaf("date", "now", "is_past", timezone="Mars"),
            {"rule.timezone": 'There is no such time zone; a name such as "Europe/Berlin" is one.'},
        ),
        (
            leaf("date", "now", "within", amount=1, unit="years"),
            {
                "rule.unit": (
                    "\"rule.unit\" must be 'seconds', 'minutes', 'hours', 'days' or 'weeks'; it is the text \"years\"."
                )
            },
        ),
    ],
)
def test_a_rule_that_can_never_be_right_is_refused_at_its_place(rule: JsonValue, expected: dict[str, str]) -> None:
    found = faults(rule)
    assert found.keys() == expected.keys()
    assert all(found[path] == message for path, message in expected.items() if message != "…"), found


def nested(depth: int) -> JsonValue:
    rule: JsonValue = YES
    for _ in range(depth):
        rule = group("and", rule)
    return rule


def nested_in_items(depth: int) -> JsonValue:
    rule: JsonValue = YES
    for _ in range(depth):
        rule = leaf("array", [1], "any", rule)
    return rule


TOO_LARGE = {"rule": f"Rules may be at most {MAX_RULES}, and stand in each other at most {MAX_DEPTH} deep."}


def test_rules_stand_in_each_other_up_to_a_depth() -> None:
    assert is_so(nested(MAX_DEPTH))
    assert is_so(nested_in_items(MAX_DEPTH))
    assert faults(nested(MAX_DEPTH + 1)) == faults(nested_in_items(MAX_DEPTH + 1)) == TOO_LARGE
    assert faults(nested(5_000)) == TOO_LARGE


def test_rules_are_at_most_so_many() -> None:
    assert is_so(group("and", *[YES] * (MAX_RULES - 1)))
    assert faults(group("and", *[YES] * MAX_RULES)) == TOO_LARGE


def test_a_value_that_only_looks_like_rules_is_not_counted() -> None:
    deep: JsonValue = "x"
    for _ in range(MAX_DEPTH * 2):
        deep = {"value": deep}
    assert not is_so(leaf("string", "a", "equals", deep))
