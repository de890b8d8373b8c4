import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from app.graph.outcome import Failure, Success
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of
from tests.unit.nodes.test_date_transform import BERLIN, DATE

WRONG_DATE = 'must be a date, such as "2026-01-15T09:30:00Z"; it is'


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": "{{ n1.text }}"}, f'"input" {WRONG_DATE} the text "soon".'),
        ({"input": "{{ n1.missing }}"}, f'"input" {WRONG_DATE} null.'),
        ({"input": "{{ n1 }}"}, f'"input" {WRONG_DATE} an object.'),
        (
            {"input": "{{ n1.last }}"},
            '"input" must be a date from 0001-01-03 to 9999-12-29; it is the text "9999-12-31".',
        ),
        ({"input": DATE, "operation": "diff", "other": "{{ n1.text }}"}, f'"other" {WRONG_DATE} the text "soon".'),
        (
            {"input": DATE, "timezone": "{{ n1.text }}"},
            'There is no such time zone; a name such as "Europe/Berlin" is one.',
        ),
        (
            {"input": DATE, "operation": "add", "amount": "{{ n1.half }}", "unit": "months"},
            '"amount" must be whole for months; it is 0.5.',
        ),
        ({"input": DATE, "operation": "add", "amount": "{{ n1.text }}"}, "This must come to a number."),
        ({"input": DATE, "format": "{{ n1.long }}"}, '"format" has at most 256 characters; this has 257.'),
    ],
)
async def test_a_value_that_does_not_fit_fails_the_step(given: JsonObject, message: str) -> None:
    n1: JsonObject = {"text": "soon", "last": "9999-12-31", "half": 0.5, "long": "Y" * 257}

    assert await failure_of("date_transform", given, n1=n1) == message


@pytest.mark.parametrize(
    ("operation", "amount", "unit"),
    [
        ("add", 8000, "years"),
        ("subtract", 2026, "years"),
        ("add", 2**62, "years"),
        ("add", 2**62, "days"),
        ("add", 1e300, "hours"),
        ("add", -1e300, "days"),
        ("subtract", 30_000, "months"),
    ],
)
async def test_a_result_past_all_dates_fails_the_step(operation: str, amount: float, unit: str) -> None:
    settings: JsonObject = {"input": DATE, "operation": operation, "amount": amount, "unit": unit}
    message = "The result is past the dates that there are, which are those of the years 1 to 9999."

    assert await failure_of("date_transform", settings) == message


async def test_the_end_of_the_last_year_is_past_all_dates() -> None:
    settings: JsonObject = {"input": "9999-12-01", "operation": "end_of", "unit": "years"}

    assert "past the dates that there are" in await failure_of("date_transform", settings)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"input": "soon"}, {"input": f'"input" {WRONG_DATE} the text "soon".'}),
        ({"input": None}, {"input": f'"input" {WRONG_DATE} null.'}),
        ({"operation": "round"}, {"operation": None}),
        ({"unit": "fortnights"}, {"unit": None}),
        ({"operation": "add"}, {"amount": '"amount" is required: the operation add changes the date by it.'}),
        ({"operation": "subtract"}, {"amount": '"amount" is required: the operation subtract changes the date by it.'}),
        ({"operation": "add", "amount": 0.5}, {"amount": '"amount" must be whole for days; it is 0.5.'}),
        ({"operation": "add", "amount": "x"}, {"amount": '"amount" of n1: This must come to a number.'}),
        (
            {"operation": "diff"},
            {"other": '"other" is required: the operation diff says how far the input is from it.'},
        ),
        ({"operation": "diff", "other": "soon"}, {"other": f'"other" {WRONG_DATE} the text "soon".'}),
        ({"format": "Y" * 257}, {"format": '"format" has at most 256 characters; this has 257.'}),
        ({"timezone": "Mars"}, {"timezone": 'There is no such time zone; a name such as "Europe/Berlin" is one.'}),
    ],
)
def test_a_wrong_setting_is_named(given: JsonObject, expected: dict[str, str | None]) -> None:
    found = faults("date_transform", {"input": DATE, **given})

    assert found.keys() == expected.keys()
    assert all(message is None or found[place] == message for place, message in expected.items())


def test_an_input_is_required() -> None:
    assert faults("date_transform", {}) == {"input": '"input" is required.'}


@pytest.mark.parametrize("given", [{"amount": 0.5, "unit": "hours"}, {"amount": 0.5, "operation": "format"}])
def test_what_an_operation_does_not_use_is_not_looked_at(given: JsonObject) -> None:
    action("date_transform", {"input": DATE, "operation": "add", **given})


@settings(deadline=None)
@given(
    st.integers(-(10**9), 10**9) | st.sampled_from([0.5, 1e300]),
    st.sampled_from(["add", "subtract", "start_of", "end_of", "format"]),
    st.sampled_from(["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"]),
    st.sampled_from([DATE, "0001-01-03", "9999-12-29", "2026-10-25 02:30", -62135596800]),
    st.sampled_from(["", BERLIN, "Pacific/Apia", "America/New_York"]),
)
async def test_any_calculation_has_a_result_or_a_reason(
    amount: float, operation: str, unit: str, value: JsonValue, zone: str
) -> None:
    given: JsonObject = {"input": "{{ n1.at }}", "operation": operation, "amount": "{{ n1.n }}", "unit": unit}
    roots: JsonObject = {"n1": {"at": value, "n": amount}}
    outcome = await outcome_of("date_transform", {**given, "timezone": zone, "format": "c U z t e"}, StepContext(roots))

    assert isinstance(outcome, Success | Failure)
