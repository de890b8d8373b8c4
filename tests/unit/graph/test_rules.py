import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.leaf import Compared, Comparison, Leaf
from app.graph.rules import MAX_DEPTH, MAX_RULES
from app.graph.template import StepBudget, iter_templates
from tests.unit.graph.rule_settings import RuleSettings, bind, bound, group, leaf

NOW = "2026-03-04T05:06:07Z"
YES = leaf("string", "a", "equals", "a")
NO = leaf("string", "a", "equals", "b")
FAILS = leaf("number", "{{ x }}", "equals", 1)


def is_so(rule: JsonValue, **roots: JsonValue) -> bool:
    return bound(rule).render({"now": NOW, **roots}, StepBudget())


def failure(rule: JsonValue, **roots: JsonValue) -> str:
    with pytest.raises(PermanentError) as caught:
        is_so(rule, **roots)
    return caught.value.message


def faults(rule: JsonValue) -> dict[str, str]:
    found = bind(rule)
    assert isinstance(found, list), found
    return {issue.path.removeprefix("nodes[0].data."): issue.message for issue in found}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (leaf("string", "{{ n1.name }}", "starts_with", "rou"), True),
        (leaf("string", "{{ n1.name }}", "equals", "ROUTER"), False),
        (leaf("string", "{{ n1.name }}", "equals", "ROUTER", case_sensitive=False), True),
        (leaf("string", "{{ n1.name }}", "is_empty", 5), False),
        (leaf("number", "{{ n1.count }}", "greater_than", "{{ n1.least }}"), True),
        (leaf("boolean", "{{ n1.on }}", "is_true"), True),
        (leaf("date", "{{ n1.at }}", "before", "now"), True),
        (leaf("date", "{{ n1.at }}", "within", amount="{{ n1.least }}"), True),
        (leaf("date", "{{ n1.at }}", "within", amount=1, unit="hours"), False),
        (leaf("date", "2026-03-05T00:00:00+13:00", "is_today", timezone="Pacific/Auckland"), False),
        (leaf("date", "2026-03-04T00:00:00+13:00", "is_today", timezone="Pacific/Auckland"), True),
        (leaf("array", "{{ n1.tags }}", "contains", "b"), True),
        (leaf("array", ["{{ n1.name }}"], "length_equals", 1), True),
        (leaf("array", "{{ n1.tags }}", "any", leaf("string", "{{ item }}", "equals", "b")), True),
        (leaf("array", "{{ n1.tags }}", "all", leaf("string", "{{ item }}", "equals", "b")), False),
        (leaf("array", [], "any", YES), False),
        (leaf("array", [], "all", NO), True),
        (
            leaf(
                "array",
                [[1], [2, 3]],
                "all",
                leaf("array", "{{ item }}", "any", leaf("number", "{{ item }}", "between", [1, 2])),
            ),
            True,
        ),
        (
            leaf(
                "array",
                [1, 5],
                "any",
                group("and", leaf("number", "{{ item }}", "greater_than", "{{ n1.least }}"), YES),
            ),
            True,
        ),
        (group("and", YES, YES), True),
        (group("and", YES, NO), False),
        (group("or", NO, YES), True),
        (group("or", NO, NO), False),
        (group("and", group("or", NO, YES), YES), True),
    ],
)
def test_rules(rule: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    values: JsonValue = {
        "name": "router",
        "count": "10",
        "least": 4,
        "on": "yes",
        "at": "2026-03-02",
        "tags": ["a", "b"],
    }
    assert is_so(rule, n1=values) is expected


@pytest.mark.parametrize(
    "rule", [group("or", YES, FAILS), leaf("array", [1, "x"], "any", leaf("number", "{{ item }}", "equals", 1))]
)
def test_rules_behind_the_one_that_decides_are_not_looked_at(rule: JsonValue) -> None:
    assert is_so(rule)


def test_an_and_ends_with_the_first_that_does_not_hold() -> None:
    assert not is_so(group("and", NO, FAILS))
    assert failure(group("and", YES, FAILS)) == '"input" must be a number; it is null.'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (FAILS, '"input" must be a number; it is the text "x".'),
        (leaf("array", "{{ x }}", "any", YES), '"input" must be an array; it is the text "x".'),
        (leaf("array", "{{ x }}", "is_empty"), '"input" must be an array; it is the text "x".'),
        (
            leaf("date", "{{ x }}", "is_past"),
            '"input" must be a date, such as "2026-01-15T09:30:00Z"; it is the text "x".',
        ),
        (leaf("date", "now", "within", amount="{{ x }}"), "This must come to a number."),
        (leaf("date", "now", "within", amount=-1), '"amount" must be a length of time, in days; it is -1.'),
        (leaf("string", "{{ x | divided_by: 0 }}", "is_empty"), "`divided_by` cannot divide by 0."),
    ],
)
def test_an_operand_of_the_wrong_kind_is_a_failure_never_silently_false(rule: JsonValue, message: str) -> None:
    assert failure(rule, x="x") == message


def test_a_rule_ends_with_the_time_of_its_step() -> None:
    ticks = iter(range(1_000_000))
    budget = StepBudget(lambda: next(ticks), seconds=50)
    rule = bound(leaf("array", list(range(1_000)), "all", leaf("string", "x", "equals", "x")))
    with pytest.raises(PermanentError, match="took longer than 50000 ms"):
        rule.render({}, budget)


@pytest.mark.parametrize(
    ("rule", "is_slow"),
    [
        (YES, False),
        (leaf("string", "a", "regex", "a"), True),
        (leaf("array", [], "any", YES), True),
        (group("or", NO, YES), False),
        (group("or", NO, group("and", leaf("string", "a", "regex", "a"))), True),
    ],
)
def test_what_may_take_long_is_known(rule: JsonValue, is_slow: bool) -> None:  # noqa: FBT001 -- a table
    assert bound(rule).is_slow is is_slow


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (5, {"rule": '"rule" must be an object; it is 5.'}),
        (None, {"rule": '"rule" must be an object; it is null.'}),
        ([YES], {"rule": '"rule" must be an object; it is a list.'}),
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


def test_templates_of_rules_are_found_at_their_places() -> None:
    settings = RuleSettings.model_validate(
        {
            "rule": group(
                "or",
                leaf("date", "{{ a }}", "within", amount="{{ b }}"),
                leaf("array", "{{ c }}", "any", leaf("string", "{{ item.x }}{{ d }}", "is_empty")),
            )
        }
    )
    dynamic = {setting.path for setting in iter_templates(settings) if setting.template.reads}
    assert dynamic == {
        "rule.rules[0].input",
        "rule.rules[0].amount",
        "rule.rules[1].input",
        "rule.rules[1].value.input",
    }


def test_the_item_is_read_of_the_rule_and_not_of_the_context() -> None:
    rule = leaf("array", "{{ item }}", "any", leaf("string", "{{ item.x }}{{ d }}", "is_empty"))
    settings = iter_templates(RuleSettings.model_validate({"rule": rule}))
    readings = {setting.path: {read.root for read in setting.reads} for setting in settings if setting.reads}
    assert readings == {"rule.input": {"item"}, "rule.value.input": {"d"}}


def test_a_comparison_shows_its_operands() -> None:
    rule = bound(leaf("string", "{{ x }}", "regex", "^r"))
    assert isinstance(rule, Leaf)
    compared = Compared(rule)
    assert compared.is_slow
    assert compared.render({"x": "router"}, StepBudget()) == Comparison(result=True, input="router", value="^r")


def test_a_bound_rule_can_be_handed_on() -> None:
    rule = bound(group("and", YES))
    assert RuleSettings(rule=rule).rule is rule
