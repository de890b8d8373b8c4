import pytest

from app.core.json import JsonValue
from app.graph.outcome import Success
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of


async def decided(component_id: str, settings: dict[str, JsonValue], **roots: JsonValue) -> Success:
    outcome = await outcome_of(component_id, settings, StepContext(roots))
    assert isinstance(outcome, Success), outcome
    return outcome


@pytest.mark.parametrize("component_id", ["string_condition", "number_condition", "boolean_condition"])
def test_a_condition_goes_one_way_or_the_other_or_fails(component_id: str) -> None:
    operator = "is_true" if component_id == "boolean_condition" else "equals"

    node = action(component_id, {"input": 1, "operator": operator, "value": 1})

    assert node.handles() == ("true", "false", "error")
    assert not node.has_effect


async def test_a_condition_shows_what_it_compared() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.status }}", "operator": "equals", "value": "{{ n1.wanted }}"}

    outcome = await decided("string_condition", settings, n1={"status": "up", "wanted": "up"})

    assert outcome == Success({"result": True, "input": "up", "value": "up"}, "true")


async def test_a_condition_that_does_not_hold_goes_the_other_way() -> None:
    outcome = await decided("string_condition", {"input": "a", "operator": "equals", "value": "b"})

    assert outcome == Success({"result": False, "input": "a", "value": "b"}, "false")


async def test_input_and_value_keep_their_types() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.total }}", "operator": "between", "value": ["{{ n1.low }}", 20]}

    outcome = await decided("number_condition", settings, n1={"total": "10", "low": 9.5})

    assert outcome.output == {"result": True, "input": "10", "value": [9.5, 20]}


async def test_an_operator_without_a_value_does_not_render_one() -> None:
    settings: dict[str, JsonValue] = {"input": "", "operator": "is_empty", "value": "{{ n1.x | json | divided_by: 0 }}"}

    assert (await decided("string_condition", settings)).output == {"result": True, "input": "", "value": None}


async def test_case_counts_unless_the_node_says_otherwise() -> None:
    settings: dict[str, JsonValue] = {"input": "UP", "operator": "equals", "value": "up"}

    assert (await decided("string_condition", settings)).handle == "false"
    assert (await decided("string_condition", {**settings, "case_sensitive": False})).handle == "true"


async def test_an_expression_is_searched_for() -> None:
    settings: dict[str, JsonValue] = {"input": "Router-7", "operator": "regex", "value": r"/^router-\d$/i"}

    assert (await decided("string_condition", settings)).handle == "true"


async def test_an_expression_from_a_template_that_is_wrong_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "x", "operator": "regex", "value": "{{ n1.pattern }}"}

    message = await failure_of("string_condition", settings, n1={"pattern": "("})

    assert message.startswith('The pattern "(" is not a valid regular expression')


async def test_an_operand_that_is_no_number_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.total }}", "operator": "equals", "value": 1}

    assert await failure_of("number_condition", settings) == '"input" must be a number; it is null.'


async def test_a_truth_is_asked_for() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.flag }}", "operator": "is_false"}

    assert (await decided("boolean_condition", settings, n1={"flag": False})).handle == "true"
    assert (await decided("boolean_condition", settings, n1={"flag": True})).handle == "false"


@pytest.mark.parametrize(
    ("component_id", "settings", "expected"),
    [
        ("string_condition", {}, {"input": '"input" is required.', "operator": '"operator" is required.'}),
        (
            "boolean_condition",
            {"input": "a", "operator": "o" * 5_000},
            {"operator": f'"{"o" * 60}…" is no operator for a boolean; there are: is_true, is_false.'},
        ),
        (
            "string_condition",
            {"input": "a", "operator": "like", "value": "b"},
            {
                "operator": '"like" is no operator for a string; there are: equals, not_equals, contains, '
                "not_contains, starts_with, ends_with, regex, is_empty, is_not_empty, in."
            },
        ),
        (
            "string_condition",
            {"input": "a", "operator": "equals"},
            {"value": '"value" is required: the operator equals compares the input with it.'},
        ),
        (
            "string_condition",
            {"input": "a", "operator": "regex", "value": "("},
            {"value": 'The pattern "(" is not a valid regular expression: missing ) at position 1.'},
        ),
        (
            "string_condition",
            {"input": "a", "operator": "in", "value": 5},
            {"value": '"value" must be a list, or a text with commas; it is 5.'},
        ),
        (
            "string_condition",
            {"input": "a", "operator": "equals", "value": "b", "case_sensitive": "x"},
            {"case_sensitive": '"case_sensitive" must be true or false; it is the text "x".'},
        ),
        (
            "number_condition",
            {"input": 1, "operator": "equals", "value": "ten"},
            {"value": '"value" must be a number; it is the text "ten".'},
        ),
        (
            "number_condition",
            {"input": 1, "operator": "between", "value": [2, 1]},
            {"value": '"value" of between must be two numbers, the smaller one first, such as [1, 10].'},
        ),
        (
            "boolean_condition",
            {"input": 1, "operator": "equals"},
            {"operator": '"equals" is no operator for a boolean; there are: is_true, is_false.'},
        ),
        ("boolean_condition", {"input": 1, "operator": []}, {"operator": '"operator" must be a text; it is a list.'}),
    ],
)
def test_a_setting_that_can_never_be_right_is_refused(
    component_id: str, settings: dict[str, JsonValue], expected: dict[str, str]
) -> None:
    assert faults(component_id, settings) == expected


@pytest.mark.parametrize(
    ("component_id", "settings"),
    [
        ("string_condition", {"input": "a", "operator": "is_empty"}),
        ("string_condition", {"input": "a", "operator": "regex", "value": "{{ n1.pattern }}"}),
        ("string_condition", {"input": "a", "operator": "equals", "value": ""}),
        ("number_condition", {"input": 1, "operator": "is_integer", "value": "ten"}),
        ("number_condition", {"input": 1, "operator": "between", "value": ["{{ n1.low }}", 0]}),
    ],
)
def test_a_setting_that_may_be_right_is_accepted(component_id: str, settings: dict[str, JsonValue]) -> None:
    action(component_id, settings)
