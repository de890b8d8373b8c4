"""Keys that are no settings: which of them are warned of."""

import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue, Severity
from tests.factories.graphs import node
from tests.factories.judging import judged, text, trigger

URL = "https://example.com"


def warned_of(component_id: str, data: JsonObject) -> list[str]:
    """Return the places of warnings about keys, which are all that there is to say."""
    found = judged([trigger(), node("n", component_id, data)], "t > n")
    assert all(issue.severity is Severity.WARNING for issue in found), found
    return [issue.path.removeprefix("nodes[1].data.") for issue in found if "is no setting" in issue.message]


def test_a_key_like_a_setting_that_is_not_set_is_warned_of_with_its_name() -> None:
    message = '"header" of w is no setting of webhook, so it does nothing; "headers" is one.'

    found = judged([trigger(), node("w", "webhook", url=URL, header={"X": "1"})], "t > w")

    assert found == [Issue("nodes[1].data.header", message, "w", Severity.WARNING)]


def test_an_unknown_key_within_a_setting_is_warned_of_with_those_that_there_are() -> None:
    message = (
        '"operations[1].replace" of s is no setting of string_transform, so it does nothing; '
        "there are operation, search, replacement."
    )
    replace: JsonObject = {"operation": "replace", "search": "a", "replace": "b"}

    found = judged([trigger(), node("s", "string_transform", input="x", operations=["trim", replace])], "t > s")

    assert found == [Issue("nodes[1].data.operations[1].replace", message, "s", Severity.WARNING)]


@pytest.mark.parametrize(
    ("component_id", "data", "expected"),
    [
        ("webhook", {"url": URL, "timeout": 5}, ["timeout"]),
        ("webhook", {"url": URL, "retries": {"max_attempts": 2}}, ["retries"]),
        ("webhook", {"url": URL, "retry": {"attempts": 2}}, ["retry.attempts"]),
        ("webhook", {"url": URL, "auth": {"type": "bearer", "token": "x", "prefix": "Token"}}, ["auth.prefix"]),
        ("webhook", {"url": URL, "headers": {"X": "1"}, "header": {"Y": "2"}}, []),
        ("webhook", {"url": URL, "headers": [{}, {"key": "X", "value": "1", "secret": True}]}, []),
        ("webhook", {"url": URL, "label": "Call", "icon": "phone", "color": "#fff"}, []),
        ("webhook", {"url": URL, "retry": {"x" * 40: 1, "y" * 41: 1}}, ["retry." + "x" * 40]),
        (
            "array_filter",
            {"array": [], "rules": {"id": "r1", "_key": 1, "type": "string", "input": "a", "operator": "is_empty"}},
            [],
        ),
        (
            "logical_group_condition",
            {
                "logic": "and",
                "rules": [
                    {"logic": "or", "rules": [{"type": "string", "input": "a", "operator": "is_empty", "case": False}]}
                ],
            },
            ["rules[0].rules[0].case"],
        ),
    ],
)
def test_other_keys(component_id: str, data: JsonObject, expected: list[str]) -> None:

    assert warned_of(component_id, data) == expected


def test_of_very_many_keys_the_first_thousand_are_compared() -> None:
    many: dict[str, JsonValue] = {f"x{number}": 1 for number in range(999)}

    assert warned_of("webhook", {"url": URL, **many, "header": {}}) == ["header"]
    assert warned_of("webhook", {"url": URL, **many, "y": 1, "header": {}}) == []


def test_a_node_whose_settings_are_wrong_is_told_of_those_alone() -> None:
    found = judged([trigger(), node("w", "webhook", header={}), text("a", "x")], "t > w", "w > a")

    assert [issue.path for issue in found] == ["nodes[1].data.url"]
