"""What each rule says of which values is in tests/unit/graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.outcome import Success
from app.graph.template import iter_templates
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of
from tests.unit.nodes.test_any_settings import JSON

RULES: JsonValue = {"email": "required|email", "items.*.count": ["required", "integer", "min:{{ n2.least }}"]}
SCHEMA: JsonValue = {
    "type": "object",
    "required": ["email"],
    "properties": {"items": {"items": {"properties": {"count": {"$ref": "#/$defs/count"}}}}},
    "$defs": {"count": {"type": "integer", "minimum": 2}},
}
RIGHT: JsonValue = {"email": "a@example.com", "items": [{"count": 2}]}
NO_SETTING = 'Write "schema" or "rules", one of them: it is what the input is checked against.'


async def checked(against: dict[str, JsonValue], value: JsonValue) -> Success:
    roots: dict[str, JsonValue] = {"n1": value, "n2": {"least": 2}}
    outcome = await outcome_of("validate", {"input": "{{ n1 }}", **against}, StepContext(roots))
    assert isinstance(outcome, Success), outcome
    return outcome


def test_it_goes_one_way_or_the_other_or_fails() -> None:
    node = action("validate", {"input": 1, "rules": RULES})

    assert node.handles() == ("true", "false", "error")
    assert not node.has_effect


@pytest.mark.parametrize("against", [{"rules": RULES}, {"schema": SCHEMA}])
async def test_what_fits_goes_the_way_true(against: dict[str, JsonValue]) -> None:
    assert await checked(against, RIGHT) == Success({"valid": True, "errors": []}, "true")


async def test_what_does_not_fit_its_rules_goes_the_way_false_and_is_told() -> None:
    outcome = await checked({"rules": RULES}, {"email": "x", "items": [{"count": 1}, {}]})

    assert outcome.handle == "false"
    assert outcome.output == {
        "valid": False,
        "errors": [
            {"path": "email", "rule": "email", "message": '"email" must be an e-mail address; it is the text "x".'},
            {"path": "items[0].count", "rule": "min", "message": '"items[0].count" must be at least 2; it is 1.'},
            {"path": "items[1].count", "rule": "required", "message": '"items[1].count" is required.'},
        ],
    }


async def test_what_does_not_fit_its_schema_goes_the_way_false_and_is_told() -> None:
    outcome = await checked({"schema": SCHEMA}, {"items": [{"count": 1}, {"count": "x"}]})

    assert outcome.handle == "false"
    assert outcome.output == {
        "valid": False,
        "errors": [
            {"path": "", "rule": "required", "message": '"email" is a required property.'},
            {"path": "items[0].count", "rule": "minimum", "message": "1 is less than the minimum of 2."},
            {"path": "items[1].count", "rule": "type", "message": '"x" is not of type "integer".'},
        ],
    }


async def test_an_input_may_be_written_out_with_templates_in_it() -> None:
    settings: dict[str, JsonValue] = {"input": {"a": "{{ n1.a }}"}, "rules": {"a": "required|integer"}}
    outcome = await outcome_of("validate", settings, StepContext({"n1": {"a": 5}}))

    assert isinstance(outcome, Success)
    assert outcome.handle == "true"


@pytest.mark.parametrize("value", [None, 5, "text", [], True])
@pytest.mark.parametrize("against", [{"rules": RULES}, {"schema": SCHEMA}])
async def test_an_input_of_the_wrong_kind_is_wrong_and_no_failure(
    against: dict[str, JsonValue], value: JsonValue
) -> None:
    assert (await checked(against, value)).handle == "false"


@pytest.mark.parametrize(
    "against",
    [{"rules": {"*.*.x.*": "integer"}}, {"schema": {"items": {"items": {"anyOf": [{"type": "string"}] * 300}}}}],
)
async def test_an_input_too_large_to_be_checked_is_wrong_and_no_failure(against: dict[str, JsonValue]) -> None:
    errors = (await checked(against, [[0] * 400] * 400)).output["errors"]

    assert isinstance(errors, list)
    assert [error["rule"] for error in errors] == ["too_large"]


async def test_rules_that_come_to_nothing_usable_fail_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": {"a": 1}, "rules": {"a": "min:{{ n1 }}"}}

    assert await failure_of("validate", settings, n1="many") == (
        'The rule min is written as min:number; "min:{{ n1 }}" does not fit.'
    )


async def test_a_pattern_that_takes_too_long_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": {"a": "a" * 60 + "b"}, "rules": {"a": ["regex:/(a|aa)+$/"]}}

    assert "took longer than 100 ms" in await failure_of("validate", settings)


async def test_now_is_the_moment_of_the_step() -> None:
    settings: dict[str, JsonValue] = {
        "input": {"a": "2026-03-04"},
        "rules": {"a": "date|before:tomorrow|after:yesterday"},
    }
    outcome = await outcome_of("validate", settings)

    assert isinstance(outcome, Success)
    assert outcome.handle == "true"


def test_what_rules_read_is_found_at_their_field() -> None:
    settings = action("validate", {"input": "{{ n1 }}", "rules": RULES}).base_settings

    readings = {one.path: {read.root for read in one.reads} for one in iter_templates(settings) if one.reads}
    assert readings == {"input": {"n1"}, "rules.items.*.count": {"n2"}}


@pytest.mark.parametrize(
    ("against", "expected"),
    [
        ({}, {"rules": NO_SETTING}),
        ({"rules": RULES, "schema": SCHEMA}, {"rules": NO_SETTING}),
        ({"rules": {}}, {"rules": '"rules" has 1 to 200 fields; here are 0.'}),
        ({"rules": "required"}, {"rules": '"rules" must be an object; it is the text "required".'}),
        (
            {"rules": {"a": 5}},
            {"rules.a": '"rules.a" must be rules such as "required|max:5", or a list of such texts; it is 5.'},
        ),
        (
            {"rules": {"a": "min:x", "b": ["date", "max:"]}},
            {
                "rules.a": '"rules.a" of n1: The rule min is written as min:number; "min:x" does not fit.',
                "rules.b": '"rules.b" of n1: The rule max is written as max:number; "max:" does not fit.',
            },
        ),
        (
            {"rules": {"a..b": "required"}},
            {"rules": '"a..b" names no field: write up to 32 names with dots between them, * for each item.'},
        ),
        (
            {"rules": {str(number): "required" for number in range(201)}},
            {"rules": '"rules" has 1 to 200 fields; here are 201.'},
        ),
        (
            {"rules": {"a": "required" + "|string" * 400, "b": ["string"] * 100}},
            {"rules": '"rules" has at most 500 rules for all fields together; here are 501.'},
        ),
        ({"schema": 5}, {"schema": "A JSON Schema must be an object, or true or false; it is 5."}),
        (
            {"schema": {"$ref": "https://example.com/x"}},
            {
                "schema": '"https://example.com/x" is out of reach: a $ref leads to a part of its own schema,'
                ' as "#/$defs/x" does.'
            },
        ),
        (
            {"schema": {"type": "text"}},
            {
                "schema": 'This is no JSON Schema of draft 2020-12: at type, "text" is not valid under any of the'
                " schemas listed in the 'anyOf' keyword."
            },
        ),
    ],
)
def test_a_setting_that_can_never_be_right_is_refused(against: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("validate", {"input": 1, **against}) == expected


def test_a_rule_that_there_is_not_is_refused_with_those_there_are() -> None:
    message = faults("validate", {"input": 1, "rules": {"a": "requird"}})["rules.a"]

    assert message.startswith('"rules.a" of n1: There is no rule "requird"; there are: accepted, after, ')
    assert message.endswith(", string, url, uuid.")


def test_an_input_is_required() -> None:
    assert faults("validate", {"rules": RULES}) == {"input": '"input" is required.'}


@settings(deadline=None)
@given(st.sampled_from([{"rules": RULES}, {"schema": SCHEMA}]), JSON)
async def test_any_input_is_right_or_wrong(against: dict[str, JsonValue], value: JsonValue) -> None:
    outcome = await checked(against, value)

    assert outcome.output["valid"] is (outcome.handle == "true") is (outcome.output["errors"] == [])
