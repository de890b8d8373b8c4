"""Which rules count for which fields: of those that are missing, empty, null, or in lists."""

import pytest

from app.core.json import JsonValue
from tests.unit.graph.field_settings import Written, failed, found


@pytest.mark.parametrize("written", ["string|min:3", "email", "in:a,b", "integer|between:1,2", "confirmed", "distinct"])
@pytest.mark.parametrize("value", [{}, {"a": ""}, {"a": "  "}, 5, None, [], "x"])
def test_a_field_that_is_missing_or_blank_is_not_checked(written: str, value: JsonValue) -> None:
    assert failed({"a": written}, value) == []


def test_null_counts_as_a_value_unless_it_is_allowed() -> None:
    assert failed({"a": "string"}, {"a": None}) == [("a", "string")]
    assert failed({"a": "nullable|string|min:3"}, {"a": None}) == []
    assert failed({"a": "nullable|required"}, {"a": None}) == [("a", "required")]


def test_sometimes_leaves_a_missing_field_alone() -> None:
    assert failed({"a": "sometimes|required"}, {}) == []
    assert failed({"a": "sometimes|required"}, {"a": ""}) == [("a", "required")]


def test_present_asks_for_the_field_and_not_for_a_value() -> None:
    assert failed({"a": "present"}, {}) == [("a", "present")]
    assert failed({"a": "present"}, {"a": None}) == []


def test_a_field_that_is_required_and_missing_has_no_further_faults() -> None:
    assert failed({"a": "string|required|min:3"}, {"a": None}) == [("a", "string"), ("a", "required")]
    assert failed({"a": "required|string|min:3"}, {"a": None}) == [("a", "required")]


def test_all_faults_of_a_field_are_named_unless_it_bails() -> None:
    assert failed({"a": "string|in:b|min:3"}, {"a": 1}) == [("a", "string"), ("a", "in"), ("a", "min")]
    assert failed({"a": "bail|string|in:b|min:3"}, {"a": 1}) == [("a", "string")]


@pytest.mark.parametrize(
    ("written", "value", "is_required"),
    [
        ("required_if:b,x,y", {"b": "y"}, True),
        ("required_if:b,x,y", {"b": "z"}, False),
        ("required_if:b,x,y", {}, False),
        ("required_if:b,true", {"b": True}, True),
        ("required_if:b,true", {"b": False}, False),
        ("required_if:b,1", {"b": 1.0}, True),
        ("required_if:b,null", {"b": None}, True),
        ("required_if:b,null", {}, False),
        ("required_if:c.d,x", {"c": {"d": "x"}}, True),
        ("required_unless:b,x", {"b": "x"}, False),
        ("required_unless:b,x", {"b": "y"}, True),
        ("required_unless:b,x", {}, True),
        ("required_unless:b,null", {}, False),
        ("required_with:b,c", {"c": 1}, True),
        ("required_with:b,c", {"c": ""}, False),
        ("required_with:b,c", {}, False),
        ("required_with_all:b,c", {"b": 1, "c": 1}, True),
        ("required_with_all:b,c", {"b": 1}, False),
        ("required_without:b,c", {"b": 1}, True),
        ("required_without:b,c", {"b": 1, "c": 1}, False),
        ("required_without_all:b,c", {}, True),
        ("required_without_all:b,c", {"b": 1}, False),
    ],
)
def test_what_other_fields_hold_can_make_a_field_required(
    written: str,
    value: dict[str, JsonValue],
    is_required: bool,  # noqa: FBT001 -- a table
) -> None:
    assert bool(failed({"a": written}, value)) is is_required
    assert failed({"a": written}, {**value, "a": "here"}) == []


@pytest.mark.parametrize(
    ("written", "value", "is_right"),
    [
        ("same:b", {"a": "x", "b": "x"}, True),
        ("same:b", {"a": 1, "b": 1.0}, True),
        ("same:b", {"a": 1, "b": "1"}, False),
        ("same:b", {"a": 1, "b": True}, False),
        ("same:b", {"a": [{"c": 1, "d": 2}], "b": [{"d": 2, "c": 1}]}, True),
        ("same:b", {"a": "x"}, False),
        ("different:b,c", {"a": "x", "b": "y", "c": "z"}, True),
        ("different:b,c", {"a": "x", "b": "y", "c": "x"}, False),
        ("different:b", {"a": 1, "b": "1"}, True),
        ("different:b", {"a": None}, True),
        ("confirmed", {"a": "x", "a_confirmation": "x"}, True),
        ("confirmed", {"a": "x", "a_confirmation": "y"}, False),
        ("confirmed", {"a": "x"}, False),
        ("confirmed:again", {"a": "x", "again": "x"}, True),
        ("after:b", {"a": "2026-01-02", "b": "2026-01-01"}, True),
        ("after:b", {"a": "2026-01-01", "b": "2026-01-01"}, False),
        ("after:b", {"a": "2026-01-01"}, False),
        ("after:b", {"a": "2026-01-01", "b": "x"}, False),
        ("date_format:d/m/Y|after:b", {"a": "01/02/2026", "b": "31/01/2026"}, True),
    ],
)
def test_fields_are_compared_with_each_other(
    written: str,
    value: JsonValue,
    is_right: bool,  # noqa: FBT001 -- a table
) -> None:
    assert (failed({"a": written}, value) == []) is is_right


@pytest.mark.parametrize(
    ("name", "value", "paths"),
    [
        ("a.b", {"a": {"b": 1}}, []),
        ("a.b", {"a": {}}, ["a.b"]),
        ("a.b", {"a": 5}, ["a.b"]),
        ("a.b", {}, ["a.b"]),
        ("a.1", {"a": [0, 1]}, []),
        ("a.1", {"a": [0]}, ["a[1]"]),
        ("a.*", {"a": [1, None, ""]}, ["a[1]", "a[2]"]),
        ("a.*", {"a": {"x": 1, "y": None}}, ["a.y"]),
        ("a.*", {"a": []}, []),
        ("a.*", {}, []),
        ("a.*", {"a": "text"}, []),
        ("a.*.b", {"a": [{"b": 1}, {}, 5, {"b": None}]}, ["a[1].b", "a[2].b", "a[3].b"]),
        ("a.*.b.*.c", {"a": [{"b": [{"c": 1}, {}]}, {}, {"b": [5]}]}, ["a[0].b[1].c", "a[2].b[0].c"]),
        ("*.b", [{"b": 1}, {}], ["[1].b"]),
        ("*", [1, ""], ["[1]"]),
        (r"a\.b", {"a.b": 1}, []),
        (r"a\.b", {"a": {"b": 1}}, ["a.b"]),
        (r"a.\*", {"a": {"*": 1}}, []),
        (r"a.\*", {"a": [1]}, ["a.*"]),
    ],
)
def test_a_name_leads_into_objects_and_to_each_item_of_lists(name: str, value: JsonValue, paths: list[str]) -> None:
    assert failed({name: "required"}, value) == [(path, "required") for path in paths]


@pytest.mark.parametrize(
    ("name", "written", "item", "is_right"),
    [
        ("a.*.b", "required_if:a.*.kind,x", {"kind": "x"}, False),
        ("a.*.b", "required_if:a.*.kind,x", {"kind": "y"}, True),
        ("a.*.end", "after:a.*.start", {"start": "2026-01-02", "end": "2026-01-03"}, True),
        ("a.*.end", "after:a.*.start", {"start": "2026-01-04", "end": "2026-01-03"}, False),
        ("a.*.b", "confirmed", {"b": 1, "b_confirmation": 1}, True),
        ("a.*.b", "confirmed", {"b": 1, "b_confirmation": 2}, False),
        ("a.*.b", "same:top", {"b": 1}, True),
        ("a.*.b", "same:a.*.c.*.d", {"b": 1}, False),
    ],
)
def test_stars_of_another_field_stand_for_the_same_items(
    name: str,
    written: str,
    item: JsonValue,
    is_right: bool,  # noqa: FBT001 -- a table
) -> None:
    value: JsonValue = {"top": 1, "a": [{}, item]}

    paths = [path for path, _ in failed({name: written}, value)]
    assert paths == ([] if is_right else [name.replace(".*", "[1]")])


def test_distinct_compares_all_fields_of_a_name_with_stars() -> None:
    value: JsonValue = {"a": [{"b": 1}, {"b": 2}, {"b": "1"}, {}, {}]}

    assert failed({"a.*.b": "distinct"}, value) == [("a[0].b", "distinct"), ("a[2].b", "distinct")]
    assert failed({"a.*.b": "distinct:strict"}, value) == []


@pytest.mark.parametrize("rule", ["distinct", "distinct:strict"])
def test_distinct_compares_what_json_cannot_write_too(rule: str) -> None:
    items: list[JsonValue] = [{"a": 10**30}, {"a": 10**30}, {"a": 10**31}]

    assert failed({"*": rule}, items) == [("[0]", rule.partition(":")[0]), ("[1]", rule.partition(":")[0])]


@pytest.mark.parametrize(
    "rules",
    [{"a.*.b": "required"}, {"a.*.b": ["required"]}, {"a": "array", "a.*": "object", "a.*.b": "required|string"}],
)
def test_faults_come_in_the_order_of_rules_and_fields(rules: dict[str, Written]) -> None:
    paths = [path for path, _ in failed(rules, {"a": [{}, {"b": "x"}, {}]})]

    assert paths == ["a[0].b", "a[2].b"]


def test_faults_are_listed_up_to_a_number() -> None:
    assert len(found({"*": "integer"}, ["x"] * 1_000)) == 50


def test_a_value_too_large_for_its_rules_is_a_fault() -> None:
    assert [tuple(fault) for fault in found({"*.*.x.*": "integer"}, [[0] * 400] * 400)] == [
        ("", "too_large", "This is too large to be checked against its rules.")
    ]


def test_a_fault_stays_short_whatever_the_keys() -> None:
    (fault,) = found({"*": "integer"}, {"k" * 100_000: "v" * 100_000})

    assert (len(fault.path), len(fault.message) < 400, fault.message.startswith('"kkk')) == (301, True, True)
