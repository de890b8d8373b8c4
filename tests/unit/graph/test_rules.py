import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.leaf import Compared, Comparison, Leaf
from app.graph.template import StepBudget, iter_templates
from tests.factories.budgets import standing_budget
from tests.unit.graph.rule_settings import RuleSettings, bound, group, is_so, leaf

YES = leaf("string", "a", "equals", "a")
NO = leaf("string", "a", "equals", "b")
FAILS = leaf("number", "{{ x }}", "equals", 1)


def failure(rule: JsonValue, **roots: JsonValue) -> str:
    with pytest.raises(PermanentError) as caught:
        is_so(rule, **roots)
    return caught.value.message


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
        (leaf("date", "now", "within", amount="{{ x }}"), '"amount": This must come to a number.'),
        (
            leaf("date", "now", "within", amount="{{ x | size | minus: 2 }}"),
            '"amount" must be a length of time, in days; it is -1.',
        ),
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
    assert compared.render({"x": "router"}, standing_budget()) == Comparison(result=True, input="router", value="^r")


def test_a_bound_rule_can_be_handed_on() -> None:
    rule = bound(group("and", YES))
    assert RuleSettings(rule=rule).rule is rule
