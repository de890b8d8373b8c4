from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS
from app.graph.errors import PermanentError
from tests.factories.budgets import standing_budget
from tests.unit.graph.rule_settings import RuleSettings, bind, bound, group, leaf
from tests.unit.graph.test_condition_properties import JSON

KEYS = st.sampled_from(["type", "input", "operator", "value", "logic", "rules", "amount", "unit", "timezone"])
NAMES = st.sampled_from([name for operators in OPERATORS.values() for name in operators])
OPERANDS = JSON | st.sampled_from(
    ["{{ x }}", "{{ item }}", "{{ now }}", "2026-01-01", "now", "UTC", "10", [], ["a", 1]]
)
LEAVES = st.builds(
    lambda kind, given_input, operator, value, amount: leaf(kind, given_input, operator, value, amount=amount),
    *(st.sampled_from([*OPERATORS, "x"]), OPERANDS, NAMES, OPERANDS, st.integers(0, 3) | OPERANDS),
)
ANYTHING = st.recursive(
    LEAVES | JSON | st.sampled_from(["string", "and", "or", "any", "{{ x }}", "{{"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.builds(
            lambda logic, rules: group(logic, *rules), st.sampled_from(["and", "or"]), st.lists(inner, max_size=3)
        )
        | st.builds(lambda items, rule: leaf("array", items, "any", rule), st.just("{{ x }}") | st.lists(JSON), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(ANYTHING, JSON)
def test_any_json_is_a_rule_or_refused_with_sentences_and_holds_or_not_or_fails_with_one(
    rule: JsonValue, value: JsonValue
) -> None:
    settled = bind(rule)
    if not isinstance(settled, RuleSettings):
        assert settled
        assert all(issue.path.startswith("nodes[0].data.rule") and issue.message.endswith(".") for issue in settled)
        return
    try:
        assert settled.rule.render({"x": value, "now": "2026-03-04T05:06:07Z"}, standing_budget()) in {True, False}
    except PermanentError as error:
        assert error.message.endswith(".")  # noqa: PT017 -- either is right


TREES = st.recursive(
    st.booleans() | st.none(),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=4)),
    max_leaves=12,
)


def rule_of(tree: object) -> JsonValue:
    """Write a tree as a rule; None is a leaf that fails."""
    if isinstance(tree, tuple):
        logic, inner = tree
        return group(logic, *[rule_of(one) for one in inner])
    return leaf("number", "x" if tree is None else int(tree is True), "equals", 1)


def reference(tree: object) -> bool | None:
    """Return what a tree comes to, None where a leaf that fails is reached."""
    if not isinstance(tree, tuple):
        return None if tree is None else tree is True
    logic, inner = tree
    for one in inner:
        result = reference(one)
        if result is None or result is bool(logic == "or"):
            return result
    return bool(logic == "and")


@settings(deadline=None)
@given(TREES)
def test_groups_agree_with_a_slow_obvious_reference(tree: object) -> None:
    try:
        result: bool | None = bound(rule_of(tree)).render({}, standing_budget())
    except PermanentError:
        result = None
    assert result is reference(tree)
