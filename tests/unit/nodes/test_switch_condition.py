import pytest

from app.core.json import JsonValue
from app.graph.outcome import Success
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of
from tests.unit.graph.rule_settings import leaf

PLANS: list[JsonValue] = [
    {"id": "free", "operator": "equals", "value": "free"},
    {"id": "paid", "operator": "in", "value": ["basic", "pro"]},
]


async def taken(cases: list[JsonValue], given: JsonValue, **roots: JsonValue) -> Success:
    outcome = await outcome_of("switch_condition", {"input": given, "cases": cases}, StepContext(roots))
    assert isinstance(outcome, Success), outcome
    return outcome


def test_each_case_is_a_handle_beside_default_and_error() -> None:
    assert action("switch_condition", {"input": 1, "cases": PLANS}).handles() == ("free", "paid", "default", "error")


@pytest.mark.parametrize(
    ("given", "handle", "value"), [("free", "free", "free"), ("pro", "paid", ["basic", "pro"]), ("x", "default", None)]
)
async def test_the_case_that_matches_is_taken_else_default(given: str, handle: str, value: JsonValue) -> None:
    outcome = await taken(PLANS, "{{ n1.plan }}", n1={"plan": given})

    assert outcome == Success({"result": handle, "input": given, "value": value}, handle)


async def test_the_first_case_that_matches_wins() -> None:
    cases: list[JsonValue] = [
        {"id": "big", "operator": "greater_than", "value": 100},
        {"id": "positive", "operator": "greater_than", "value": "{{ n1.zero }}"},
    ]

    assert (await taken(cases, 500, n1={"zero": 0})).handle == "big"
    assert (await taken(cases, "50", n1={"zero": 0})).handle == "positive"


async def test_cases_behind_the_match_are_not_looked_at() -> None:
    cases: list[JsonValue] = [*PLANS, {"id": "n", "operator": "greater_than", "value": 1}]

    assert (await taken(cases, "free")).handle == "free"


async def test_a_case_may_be_an_expression() -> None:
    assert (await taken([{"id": "a", "operator": "regex", "value": "^r"}], "router")).handle == "a"


async def test_a_case_compares_texts_for_equality_unless_it_says_otherwise() -> None:
    assert (await taken([{"id": "a", "value": 10}], "10")).handle == "a"
    assert (await taken([{"id": "a", "value": 10}], "10.0")).handle == "default"
    assert (await taken([{"id": "a", "type": "number", "value": 10}], "10.0")).handle == "a"


async def test_a_case_may_ignore_case() -> None:
    assert (await taken([{"id": "a", "value": "X"}], "x")).handle == "default"
    assert (await taken([{"id": "a", "value": "X", "case_sensitive": False}], "x")).handle == "a"


async def test_a_case_may_ask_for_a_truth() -> None:
    cases: list[JsonValue] = [{"id": "on", "operator": "is_true"}]

    assert (await taken(cases, "yes")).output == {"result": "on", "input": "yes", "value": None}


@pytest.mark.parametrize(
    ("case", "given", "handle"),
    [
        ({"operator": "before", "value": "2026-01-01"}, "2025-12-31", "a"),
        ({"operator": "within", "amount": 1, "unit": "hours"}, "2026-03-04T06:00:00Z", "a"),
        ({"operator": "within", "amount": "{{ n1.amount }}", "unit": "hours"}, "2026-03-04T07:30:00Z", "default"),
        ({"type": "date", "value": "4 March 2026"}, "2026-03-04", "a"),
        ({"operator": "is_today", "timezone": "Pacific/Auckland"}, "2026-03-04T11:30:00Z", "default"),
        ({"operator": "length_equals", "value": 2}, [1, 2], "a"),
        ({"type": "array", "operator": "contains", "value": 2}, [1, 2], "a"),
        ({"operator": "any", "value": leaf("number", "{{ item }}", "equals", "{{ n1.amount }}")}, [1, 2], "a"),
        ({"operator": "all", "value": leaf("number", "{{ item }}", "equals", 1)}, [1, 2], "default"),
    ],
)
async def test_a_case_may_ask_of_dates_and_arrays(case: JsonValue, given: JsonValue, handle: str) -> None:
    assert isinstance(case, dict)

    assert (await taken([{"id": "a", **case}], given, n1={"amount": 2})).handle == handle


async def test_an_operand_of_the_wrong_kind_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "x", "cases": [{"id": "n", "operator": "less_than", "value": 1}]}

    assert await failure_of("switch_condition", settings) == '"input" must be a number; it is the text "x".'


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([], {"cases": '"cases" needs at least one case.'}),
        ("x", {"cases": '"cases" must be a list; it is the text "x".'}),
        ([5], {"cases[0]": '"cases[0]" must be an object; it is 5.'}),
        ([{"value": 1}], {"cases[0].id": '"cases[0].id" is required.'}),
        ([{"id": "", "value": 1}], {"cases[0].id": '"cases[0].id" must not be empty.'}),
        ([{"id": "i" * 256, "value": 1}], {"cases[0].id": '"cases[0].id" must have at most 255 characters.'}),
        (
            [{"id": "default", "value": 1}],
            {"cases[0].id": 'No case can have the id "default": every switch has a handle of that name already.'},
        ),
        (
            [{"id": "error", "value": 1}],
            {"cases[0].id": 'No case can have the id "error": every switch has a handle of that name already.'},
        ),
        (
            [{"id": name, "value": 1} for name in ("b", "a", "b", "a", "c")],
            {"cases": "Each case needs an id of its own; used more than once: b, a."},
        ),
        (
            [{"id": "a"}],
            {"cases[0].value": '"value" is required: the operator equals compares the input with it.'},
        ),
        (
            [{"id": "a", "type": "number", "operator": "contains", "value": 1}],
            {
                "cases[0].operator": '"contains" is no operator for a number; there are: equals, not_equals, '
                "greater_than, greater_than_or_equal, less_than, less_than_or_equal, between, is_integer."
            },
        ),
        (
            [{"id": "a", "type": "text", "value": 1}],
            {
                "cases[0].type": "\"cases[0].type\" must be 'string', 'number', 'boolean', 'date' or 'array';"
                ' it is the text "text".'
            },
        ),
        (
            [{"id": "a", "operator": "within"}],
            {"cases[0].amount": '"amount" is required: the operator within says how far from now the date may be.'},
        ),
        (
            [{"id": "a", "operator": "any", "value": leaf("number", 1, "equals", "x")}],
            {"cases[0].value.value": '"value" must be a number; it is the text "x".'},
        ),
        ([{"id": "a", "operator": []}], {"cases[0].operator": '"cases[0].operator" must be a text; it is a list.'}),
        (
            [{"id": "a", "operator": "between", "value": 1}],
            {"cases[0].value": '"value" must be a list, or a text with commas; it is 1.'},
        ),
        (
            [{"id": "a", "operator": "unheard_of", "value": 1}],
            {
                "cases[0].operator": '"unheard_of" is no operator for a string; there are: equals, not_equals, '
                "contains, not_contains, starts_with, ends_with, regex, is_empty, is_not_empty, in."
            },
        ),
    ],
)
def test_a_wrong_case_is_named(cases: JsonValue, expected: dict[str, str]) -> None:
    assert faults("switch_condition", {"input": 1, "cases": cases}) == expected


def test_a_switch_has_at_most_a_hundred_cases() -> None:
    cases: list[JsonValue] = [{"id": str(number), "value": number} for number in range(101)]

    action("switch_condition", {"input": 1, "cases": cases[:100]})
    assert faults("switch_condition", {"input": 1, "cases": cases}) == {
        "cases": '"cases" must have at most 100 entries; it has 101.'
    }
