import pytest
from hypothesis import given, settings

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.explained import SHOWN_CHARACTERS, Explained
from app.graph.rules import MAX_DEPTH, MAX_RULES, Group
from tests.factories.budgets import standing_budget
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of, output_of
from tests.unit.graph.rule_settings import bound, group, leaf
from tests.unit.graph.test_rule_properties import TREES, reference, rule_of

YES = leaf("string", "a", "equals", "a")
NO = leaf("string", "a", "equals", "b")
FAILS = leaf("number", "{{ x }}", "equals", 1)


def looked_at(rule: JsonValue, result: bool) -> JsonObject:  # noqa: FBT001 -- as in a table
    assert isinstance(rule, dict)
    shown = {"input": rule["input"], "value": rule["value"]}
    return {"type": rule["type"], "operator": rule["operator"], "result": result, **shown}


def test_it_goes_one_way_or_the_other_or_fails() -> None:
    node = action("logical_group_condition", group("and", YES))

    assert node.handles() == ("true", "false", "error")
    assert not node.has_effect


@pytest.mark.parametrize(
    ("rule", "handle"),
    [
        (group("and", YES, YES), "true"),
        (group("and", YES, NO), "false"),
        (group("or", NO, YES), "true"),
        (group("or", NO, NO), "false"),
        (group("and", YES, group("or", NO, group("and", YES, YES))), "true"),
        (group("or", NO, FAILS), None),
    ],
)
async def test_it_goes_where_its_rules_lead(rule: dict[str, JsonValue], handle: str | None) -> None:
    outcome = await outcome_of("logical_group_condition", rule)

    assert getattr(outcome, "handle", None) == handle


async def test_it_shows_what_each_rule_came_to() -> None:
    rule = group("and", YES, group("or", NO, leaf("number", "{{ n1 }}", "greater_than", "9")))

    assert await output_of("logical_group_condition", rule, n1="10") == {
        "result": True,
        "input": None,
        "value": None,
        "logic": "and",
        "rules": [
            looked_at(YES, result=True),
            {
                "logic": "or",
                "result": True,
                "rules": [
                    looked_at(NO, result=False),
                    {"type": "number", "operator": "greater_than", "result": True, "input": "10", "value": "9"},
                ],
            },
        ],
    }


@pytest.mark.parametrize(("logic", "decides"), [("or", YES), ("and", NO)])
async def test_rules_behind_the_one_that_decides_are_neither_looked_at_nor_shown(
    logic: str, decides: dict[str, JsonValue]
) -> None:
    output = await output_of("logical_group_condition", group(logic, decides, FAILS))

    assert output["rules"] == [looked_at(decides, result=decides is YES)]


async def test_the_rule_that_cannot_be_answered_is_named() -> None:
    rule = group("and", YES, group("or", NO, FAILS))

    message = await failure_of("logical_group_condition", rule, x="ten")

    assert message == 'In rules[1].rules[1]: "input" must be a number; it is the text "ten".'


@pytest.mark.parametrize(
    ("given_input", "shown"),
    [
        ("x" * SHOWN_CHARACTERS, "x" * SHOWN_CHARACTERS),
        ("x" * 1_000, "x" * SHOWN_CHARACTERS + "…"),
        (["y" * 1_000], f'["{"y" * (SHOWN_CHARACTERS - 2)}…'),
        ({"a": [1]}, {"a": [1]}),
        (None, None),
        (["z" * 1_000] * 1_100, "a list"),
    ],
)
async def test_long_operands_are_cut(given_input: JsonValue, shown: JsonValue) -> None:
    output = await output_of("logical_group_condition", group("and", leaf("string", given_input, "is_empty")))

    assert isinstance(output["rules"], list)
    assert output["rules"][0]["input"] == shown


async def test_what_it_shows_stays_small_whatever_it_compared() -> None:
    rule = group("and", *[leaf("string", "{{ n1 }}", "equals", "{{ n1 }}") for _ in range(8)])

    outcome = await outcome_of("logical_group_condition", rule, StepContext({"n1": "x" * 60_000}))

    assert len(dumps(getattr(outcome, "output", None))) < 10_000


@settings(deadline=None)
@given(TREES.filter(lambda tree: isinstance(tree, tuple)))
def test_what_is_explained_is_what_holds(tree: object) -> None:
    expected = reference(tree)
    rule = bound(rule_of(tree))
    assert isinstance(rule, Group)
    if expected is not None:
        assert Explained(rule).render({}, standing_budget())["result"] is rule.render({}, standing_budget()) is expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, {"logic": '"logic" is required.', "rules": '"rules" is required.'}),
        (group("and"), {"rules": '"rules" needs at least one rule.'}),
        (group("nor", YES), {"logic": "\"logic\" must be 'and' or 'or'; it is the text \"nor\"."}),
        (group("or", 5), {"rules[0]": '"rules[0]" must be an object; it is 5.'}),
        (
            group("or", YES, leaf("number", 1, "equals", "x")),
            {"rules[1].value": '"value" must be a number; it is the text "x".'},
        ),
        (
            group("or", *[YES] * MAX_RULES),
            {"rules": f"Rules may be at most {MAX_RULES}, and stand in each other at most {MAX_DEPTH} deep."},
        ),
    ],
)
def test_a_group_that_can_never_be_right_is_refused(wrong: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("logical_group_condition", wrong) == expected


def test_a_group_that_nests_too_deeply_is_refused() -> None:
    deep: dict[str, JsonValue] = group("and", YES)
    for _ in range(5_000):
        deep = group("and", deep)

    assert faults("logical_group_condition", deep).keys() == {"rules"}
