import pytest

from app.core.json import JsonValue
from app.graph.outcome import Iterate
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of


async def iterate(settings: dict[str, JsonValue], **roots: JsonValue) -> Iterate:
    outcome = await outcome_of("iterator", settings, StepContext(roots))
    assert isinstance(outcome, Iterate), outcome
    return outcome


@pytest.mark.parametrize(
    ("array", "items"),
    [
        ("{{ n1.list }}", [1, "two", None, {"three": [3.5]}]),
        ([], []),
        ([1, "{{ n1.list[1] }}"], [1, "two"]),
        ("{{ n1.words | split: ' ' }}", ["a", "b"]),
    ],
)
async def test_the_array_is_a_template_or_a_list(array: JsonValue, items: list[JsonValue]) -> None:
    found = await iterate({"array": array}, n1={"list": [1, "two", None, {"three": [3.5]}], "words": "a b"})
    assert list(found.items) == items


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (1, True)),
        ({"mode": "sequential", "concurrency": 9}, (1, True)),
        ({"mode": "parallel"}, (10, True)),
        ({"mode": "parallel", "concurrency": 50, "on_item_error": "continue"}, (50, False)),
    ],
)
async def test_the_mode_says_how_many_run_at_a_time(settings: dict[str, JsonValue], expected: tuple[int, bool]) -> None:
    found = await iterate({"array": [1], **settings})
    assert (found.concurrency, found.stops) == expected


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ("{{ n1.none }}", '"array" must be an array; it is null.'),
        ("{{ n1 }}", '"array" must be an array; it is an object.'),
        ("{{ n1.text }}", '"array" must be an array; it is the text "[1]".'),
        ("{{ n1.many }}", '"array" has 1,001 items; an iterator takes at most 1,000.'),
    ],
)
async def test_what_is_no_array_fails(array: str, message: str) -> None:
    assert await failure_of("iterator", {"array": array}, n1={"text": "[1]", "many": [0] * 1001}) == message


@pytest.mark.parametrize(
    ("settings", "setting", "message"),
    [
        ({"array": {"a": 1}}, "array", '"array" must be an array; it is an object.'),
        ({"array": "a, b"}, "array", '"array" must be an array; it is the text "a, b".'),
        ({"array": [0] * 1001}, "array", '"array" has 1,001 items; an iterator takes at most 1,000.'),
        ({}, "array", '"array" is required.'),
        (
            {"array": [], "mode": "both"},
            "mode",
            "\"mode\" must be 'sequential' or 'parallel'; it is the text \"both\".",
        ),
        ({"array": [], "concurrency": 51}, "concurrency", '"concurrency" must be at most 50; it is 51.'),
        ({"array": [], "concurrency": True}, "concurrency", '"concurrency" must be a number; it is true.'),
        ({"array": [], "concurrency": 0}, "concurrency", '"concurrency" must be at least 1; it is 0.'),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, JsonValue], setting: str, message: str) -> None:
    assert faults("iterator", settings) == {setting: message}


def test_it_has_a_handle_for_items_and_one_for_afterwards() -> None:
    assert action("iterator", {"array": []}).handles() == ("item", "done", "error")
