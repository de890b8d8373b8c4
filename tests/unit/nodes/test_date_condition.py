"""The step's moment is 2026-03-04T05:06:07Z; what each operator says of which dates is in tests/unit/graph."""

import time

import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS
from app.graph.outcome import Success
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of, output_of

NO_DATE = 'must be a date, such as "2026-01-15T09:30:00Z"; it is '


async def way(settings: dict[str, JsonValue], **roots: JsonValue) -> str:
    outcome = await outcome_of("date_condition", settings, StepContext(roots))
    assert isinstance(outcome, Success), outcome
    return outcome.handle


def test_it_goes_one_way_or_the_other_or_fails() -> None:
    node = action("date_condition", {"input": "now", "operator": "is_past"})

    assert node.handles() == ("true", "false", "error")
    assert not node.has_effect


async def test_it_shows_what_it_compared() -> None:
    settings: dict[str, JsonValue] = {"input": "{{ n1.at }}", "operator": "before", "value": "{{ n1.end }}"}

    output = await output_of("date_condition", settings, n1={"at": "2026-01-01", "end": 1767312000})

    assert output == {"result": True, "input": "2026-01-01", "value": 1767312000}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"operator": "before", "value": "2026-03-02"}, "false"),
        ({"operator": "after", "value": "2026-03-01"}, "true"),
        ({"operator": "equals", "value": "2 March 2026"}, "true"),
        ({"operator": "between", "value": ["2026-03-02", "{{ now }}"]}, "true"),
        ({"operator": "is_today"}, "false"),
        ({"operator": "is_past"}, "true"),
        ({"operator": "is_future"}, "false"),
        ({"operator": "within", "amount": 3}, "true"),
        ({"operator": "within", "amount": 3, "unit": "hours"}, "false"),
        ({"operator": "within", "amount": "{{ n1.weeks }}", "unit": "weeks"}, "true"),
        ({"operator": "equals", "value": "2026-03-01T23:00:00Z", "timezone": "Europe/Berlin"}, "true"),
        ({"operator": "equals", "value": "2026-03-01T23:00:00Z", "timezone": "{{ n1.zone }}"}, "true"),
        ({"operator": "equals", "value": "2026-03-02T00:00:00Z", "timezone": "{{ n1.missing }}"}, "true"),
        ({"operator": "equals", "value": "2026-03-02T00:00:00Z", "timezone": " "}, "true"),
    ],
)
async def test_every_operator_goes_its_way(settings: dict[str, JsonValue], expected: str) -> None:
    n1: dict[str, JsonValue] = {"at": "2026-03-02", "weeks": "1", "zone": "Europe/Berlin"}

    assert await way({"input": "{{ n1.at }}", **settings}, n1=n1) == expected


async def test_without_a_zone_it_is_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, JsonValue] = {"operator": "equals", "value": "2026-03-02T00:00:00Z", "timezone": "{{ n1 }}"}
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = await way({"input": "2026-03-02", **settings}, n1="")
    time.tzset()

    assert found == "true"


async def test_a_time_zone_that_there_is_none_of_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "now", "operator": "is_today", "timezone": "{{ n1 }}"}

    assert "There is no such time zone" in await failure_of("date_condition", settings, n1="Mars")


@pytest.mark.parametrize("operator", OPERATORS["date"])
async def test_an_input_that_is_no_date_fails_the_node(operator: str) -> None:
    value: JsonValue = ["2026-01-01", "2026-01-02"] if operator == "between" else "2026-01-01"
    settings: dict[str, JsonValue] = {"input": "{{ n1.at }}", "operator": operator, "value": value, "amount": 1}

    assert await failure_of("date_condition", settings, n1={"at": "soon"}) == f'"input" {NO_DATE}the text "soon".'


async def test_a_value_that_is_no_date_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "now", "operator": "before", "value": "{{ n1 }}"}

    assert await failure_of("date_condition", settings, n1=None) == f'"value" {NO_DATE}null.'


async def test_an_amount_that_is_no_length_of_time_fails_the_node() -> None:
    settings: dict[str, JsonValue] = {"input": "now", "operator": "within", "amount": "{{ n1 }}"}

    assert await failure_of("date_condition", settings, n1="x") == '"amount": This must come to a number.'
    assert await failure_of("date_condition", settings, n1=-1) == (
        '"amount" must be a length of time, in days; it is -1.'
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"operator": "before", "value": "soon"}, {"value": f'"value" {NO_DATE}the text "soon".'}),
        (
            {"operator": "between", "value": ["2026-01-01"]},
            {"value": '"value" of between must be two dates, the earlier one first.'},
        ),
        (
            {"operator": "before"},
            {"value": '"value" is required: the operator before compares the input with it.'},
        ),
        (
            {"operator": "within"},
            {"amount": '"amount" is required: the operator within says how far from now the date may be.'},
        ),
        ({"operator": "within", "amount": -1}, {"amount": '"amount" must be a length of time; it is -1.'}),
        (
            {"operator": "is_past", "timezone": "Mars"},
            {"timezone": 'There is no such time zone; a name such as "Europe/Berlin" is one.'},
        ),
        (
            {"operator": "greater_than", "value": 1},
            {
                "operator": '"greater_than" is no operator for a date; there are: before, after, equals, between,'
                " is_today, is_past, is_future, within."
            },
        ),
    ],
)
def test_a_setting_that_can_never_be_right_is_refused(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("date_condition", {"input": "now", **settings}) == expected
