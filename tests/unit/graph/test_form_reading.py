"""What fields make of what people and programs enter."""

from typing import Any

import pytest

from app.core.json import JsonValue
from app.graph.form.prompt import Field, Option
from app.graph.form.reading import FaultError, read, require

DATE = "must be a date written as year-month-day, such as 2026-01-15"
NUMBER = "must be a number, such as 12.5"
EMAIL = "must be an e-mail address, such as name@example.com"
OPTIONS = (Option(value="eu", label="Europe"), Option(value="7", label="Seven"))


def field(kind: str, **limits: object) -> Field:
    options: Any = OPTIONS if kind == "select" else ()
    return Field.model_validate({"name": "a", "label": "A", "type": kind, "options": options, **limits})


def fault_of(asked: Field, given: JsonValue) -> str:
    with pytest.raises(FaultError) as raised:
        read(asked, given)
    return str(raised.value)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", " hi ", "hi"),
        ("text", "a\u00e4\U0001f600", "a\u00e4\U0001f600"),
        ("textarea", " a\r\nb \n", " a\nb \n"),
        ("email", " ada@example.com ", "ada@example.com"),
        ("email", "a.b+c@x.co.uk", "a.b+c@x.co.uk"),
        ("number", 5, 5),
        ("number", "5", 5),
        ("number", " +5.0 ", 5),
        ("number", "-0.5", -0.5),
        ("number", 12.5, 12.5),
        ("number", "1e3", 1000),
        ("number", 2**63 - 1, 2**63 - 1),
        ("number", 0, 0),
        ("select", "eu", "eu"),
        ("select", "7", "7"),
        ("select", 7, "7"),
        ("checkbox", True, True),
        ("checkbox", "true", True),
        ("checkbox", "on", True),
        ("checkbox", "false", False),
        ("checkbox", 0, False),
        ("date", "2026-01-15", "2026-01-15"),
        ("date", " 2024-02-29 ", "2024-02-29"),
    ],
)
def test_a_value_gets_the_fields_type(kind: str, given: JsonValue, expected: JsonValue) -> None:
    found = read(field(kind), given)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("given", [None, "", "  ", "\n"])
@pytest.mark.parametrize("kind", ["text", "textarea", "email", "number", "select", "date"])
def test_nothing_is_null(kind: str, given: JsonValue) -> None:
    assert read(field(kind), given) is None


@pytest.mark.parametrize("given", [None, "", " "])
def test_a_box_of_which_nothing_is_said_is_not_ticked(given: JsonValue) -> None:
    assert read(field("checkbox"), given) is False


REFUSED: list[tuple[str, str, list[JsonValue]]] = [
    ("text", "must be a text", [5, True, ["a"], {}]),
    ("textarea", "must be a text", [5, True, ["a"], {}]),
    ("text", "must be a single line", ["a\nb", "a\rb"]),
    ("text", "must have no NUL character", ["a\0b"]),
    ("email", "must be a text", [5]),
    ("email", EMAIL, ["ada", "ada@", "@x.com", "ada@x", "a b@x.com", "a@b@x.com", "a@x..com", "a@.com", "<a@x.com>"]),
    ("number", NUMBER, ["x", "1,5", "1 000", "NaN", "Infinity", "0x10", True, [], {}]),
    ("number", "must be a number of ordinary size", ["1e999", "1e-9999"]),
    ("select", "must be one of the options", ["Europe", "EU", "x", True, ["eu"], {}]),
    ("checkbox", "must be true or false", ["maybe", 2, ["on"], {"a": 1}]),
    ("date", DATE, ["15.1.2026", "2026-02-30", "20260115", "2026-W01-1", "2026-1-5", "2026-01-15T00:00", 5, []]),
]


@pytest.mark.parametrize(
    ("kind", "given", "fault"), [(kind, one, fault) for kind, fault, many in REFUSED for one in many]
)
def test_a_value_of_another_kind_is_refused(kind: str, given: JsonValue, fault: str) -> None:
    assert fault_of(field(kind), given) == fault


@pytest.mark.parametrize(
    ("kind", "limits", "given", "fault"),
    [
        ("number", {"min": 2}, 1, "must be at least 2"),
        ("number", {"max": 0.5}, "0.6", "must be at most 0.5"),
        ("date", {"min": "2026-01-15"}, "2026-01-14", "must not be before 2026-01-15"),
        ("date", {"max": "2026-01-15"}, "2026-01-16", "must not be after 2026-01-15"),
        ("text", {"min_length": 3}, "ab", "must have at least 3 characters"),
        ("text", {"max_length": 3}, "abcd", "must have at most 3 characters; it has 4"),
        ("text", {}, "x" * 1_001, "must have at most 1000 characters; it has 1001"),
        ("textarea", {}, "x" * 20_001, "must have at most 20000 characters; it has 20001"),
        ("email", {}, f"{'x' * 250}@x.com", "must have at most 254 characters; it has 256"),
    ],
)
def test_a_value_past_a_limit_is_refused(kind: str, limits: dict[str, object], given: JsonValue, fault: str) -> None:
    assert fault_of(field(kind, **limits), given) == fault


@pytest.mark.parametrize(
    ("kind", "limits", "given"),
    [
        ("number", {"min": 2, "max": 2}, 2),
        ("date", {"min": "2026-01-15", "max": "2026-01-15"}, "2026-01-15"),
        ("text", {"min_length": 3, "max_length": 3}, "abc"),
        ("textarea", {"max_length": 30_000}, "x" * 30_000),
    ],
)
def test_a_limit_is_allowed_itself(kind: str, limits: dict[str, object], given: JsonValue) -> None:
    assert read(field(kind, **limits), given) == given


@pytest.mark.parametrize(
    ("value", "fault"), [(None, "is required"), (False, "must be ticked"), (0, None), ("x", None), (True, None)]
)
def test_what_is_required_must_be_there(value: JsonValue, fault: str | None) -> None:
    if fault is None:
        require(field("text", required=True), value)
    else:
        with pytest.raises(FaultError, match=fault):
            require(field("text", required=True), value)
    require(field("text"), value)
