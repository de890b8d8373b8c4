"""What each rule says of which values. The field is called `a`."""

import pytest

from app.core.json import JsonValue
from app.graph.field_rules.table import RULES
from tests.unit.graph.field_settings import failed, fits, message

UUID = "9b2f1c5e-8f0e-4d3a-9f7b-2a1c3d4e5f60"

CASES: dict[str, tuple[list[JsonValue], list[JsonValue]]] = {  # values that fit, and values that do not
    "string": (["x", "10", "é"], [10, True, None, [], {}]),
    "integer": ([10, -3, 0, 2.0, "10", "-7", "+7", " 7 "], [1.5, "1.5", "1e3", "x", "07", True, None, [], "1_0"]),
    "numeric": ([10, 1.5, "10", "-1.5", "1e3", " .5 "], ["x", "1,5", True, None, [], "NaN", "0x10"]),
    "boolean": ([True, False, 0, 1, "0", "1"], ["true", "yes", 2, None, []]),
    "array": ([[], [1], {}, {"b": 1}], ["x", 5, None, True]),
    "array:b,c": ([{}, {"b": 1}, {"b": 1, "c": 2}], [{"d": 1}, {"b": 1, "d": 2}, [1], "x"]),
    "list": ([[], [1]], [{}, "x", 5, None]),
    "object": ([{}, {"b": 1}], [[], "x", 5, None]),
    "min:3": (["abc", 3, 3.5, [1, 2, 3], {"b": 1, "c": 2, "d": 3}, "äöü"], ["ab", 2, [1], {}, None, True]),
    "max:3": (["abc", 3, -5, [1], {}, None, "äöü"], ["abcd", 4, 3.1, [1, 2, 3, 4], True]),
    "size:2": (["ab", 2, 2.0, [1, 2]], ["a", 3, [1], {}]),
    "between:2,3": (["ab", "abc", 2, 3, 2.5, [1, 2]], ["a", "abcd", 1, 4, [1]]),
    "numeric|min:3": (["3", "10", 3], ["2", "2.99", 2]),
    "integer|between:2,3": (["2", 3], ["22", 5]),
    "string|min:3": (["100"], ["99"]),
    "digits:3": (["123", "007", 123], ["12", "1234", "12a", 12, 1.25, "-12", True, []]),
    "digits_between:2,3": (["12", "123", 99], ["1", "1234", "x", None]),
    "alpha": (["abc", "äé", "日本"], ["ab1", "a b", "a-b", 5, None, True]),
    "alpha:ascii": (["abc"], ["äé", "ab1"]),
    "alpha_num": (["abc1", "é٣", 12], ["a-b", "a b", 1.5, []]),
    "alpha_num:ascii": (["abc1"], ["é1"]),
    "alpha_dash": (["a-b_1"], ["a b", "a.b", []]),
    "alpha_dash:ascii": (["a-b_1"], ["é"]),
    "regex:/^a+$/i": (["AA", "a"], ["b", None, [], "ab"]),
    "regex:^[0-9]+$": ([5, "5"], ["x"]),
    "not_regex:/b/": (["a", 5], ["abc", None, []]),
    "starts_with:a,bc": (["ax", "bcx"], ["bx", "xa", 5, None, []]),
    "ends_with:a,bc": (["xa", "xbc"], ["ax", None]),
    "email": (
        ["a@example.com", "a.b+c@sub.example.com", "ü@münchen.de", '"a b"@example.com', "a@localhost", "a@[127.0.0.1]"],
        ["a", "a@", "@example.com", "a b@example.com", "a@-x.com", "a@x-.com", "a..b@x.com", "a@x..com", 5, None, []],
    ),
    "email:rfc,filter": (["a@example.com"], ["a@localhost", "a"]),
    "url": (
        [
            "https://example.com",
            "http://localhost:8080/a?b=c#d",
            "ftp://1.2.3.4",
            "http://[::1]/",
            "HTTPS://münchen.de",
        ],
        ["example.com", "//example.com", "http://", "http:///x", "http://a b", "javascript:alert(1)", "http://a:x", 5],
    ),
    "url:http,https": (["https://example.com"], ["ftp://example.com"]),
    "ip": (["1.2.3.4", "::1"], ["1.2.3", "1.2.3.256", "::1%eth0", 5, None]),
    "ipv4": (["1.2.3.4"], ["::1", "x"]),
    "ipv6": (["::1", "2001:db8::"], ["1.2.3.4", "x"]),
    "uuid": ([UUID, UUID.upper()], [UUID[:-1], f"{{{UUID}}}", UUID.replace("-", ""), 5]),
    "uuid:4": ([UUID], [UUID.replace("-4d", "-1d")]),
    "json": (['{"a": 1}', "[]", "5", "null"], ["{", "x", 5, None, {}]),
    "date": (
        ["2026-01-15", "2026-01-15T09:30:00Z", "15.01.2026", "January 15, 2026"],
        ["soon", "now", "today", "2026-02-30", 1767312000, "1767312000", None, []],
    ),
    "date_equals:2026-01-15": (["15.01.2026"], ["2026-01-16", "x"]),
    "before:2026-01-15": (["2026-01-14"], ["2026-01-15", "x", 5]),
    "before_or_equal:2026-01-15": (["2026-01-15"], ["2026-01-16"]),
    "after:2026-01-15": (["2026-01-16"], ["2026-01-15", None]),
    "after_or_equal:2026-01-15": (["2026-01-15"], ["2026-01-14"]),
    "after:now": (["2026-03-04T05:06:08Z"], ["2026-03-04T05:06:07Z"]),
    "after_or_equal:today": (["2026-03-04"], ["2026-03-03"]),
    "before:tomorrow": (["2026-03-04T23:59:59Z"], ["2026-03-05"]),
    "after:yesterday": (["2026-03-04"], ["2026-03-03"]),
    "date_format:d/m/Y": (["31/12/2026"], ["12/31/2026", "1/1/2026", "2026-12-31", 5]),
    "date_format:Y-m-d,d.m.Y": (["2026-12-31", "31.12.2026"], ["31-12-2026"]),
    "date_format:d/m/Y|after:2026-01-31": (["01/02/2026"], ["31/01/2026"]),
    "date_format:d/m/Y|before:02/01/2026": (["01/01/2026"], ["01/02/2026"]),
    "in:a,10,true": (["a", 10, 10.0, "10", True, ["a", 10], []], ["b", "10.0", False, None, ["a", "b"], {}]),
    'in:"a,b",c': (["a,b", "c"], ["a", "b"]),
    "in:a, b": (["b"], [" b"]),
    "not_in:a,10": (["b", None, ["b"], {}], ["a", 10, ["b", "a"]]),
    "distinct": ([[1, 2], [], "x", [[1], [2]]], [[1, 2, 1], [1, "1"], [1, 1.0], [{"b": 1, "c": 2}, {"c": 2, "b": 1}]]),
    "distinct:strict": ([[1, "1"], [True, 1], ["a", "A"]], [[1, 1.0], ["a", "a"], [None, None]]),
    "distinct:ignore_case": ([["a", "b"]], [["a", "A"]]),
    "accepted": ([True, "yes", "on", 1, "1", "true"], [False, "no", 0, "", None, []]),
    "declined": ([False, "no", "off", 0, "0", "false"], [True, "yes", 1, "", None, []]),
    "required": (["x", 0, False, [0], {"b": 1}], [None, "", "  ", [], {}]),
    "filled": (["x", 0], [None, "", []]),
    "present": (["x", None, "", []], []),
    "nullable|string": (["x", None, ""], [5]),
    "bail|string": (["x"], [5]),
    "sometimes|required": (["x"], [""]),
}
OF_OTHER_FIELDS = {
    *("same", "different", "confirmed"),
    *("required_if", "required_unless"),
    *("required_with", "required_with_all", "required_without", "required_without_all"),
}


def test_every_rule_is_here_or_among_those_that_look_at_other_fields() -> None:
    shown = {rule.partition(":")[0] for written in CASES for rule in written.split("|")}

    assert shown | OF_OTHER_FIELDS == RULES.keys()


@pytest.mark.parametrize(
    ("written", "value"), [(written, value) for written, (right, _) in CASES.items() for value in right]
)
def test_what_fits(written: str, value: JsonValue) -> None:
    assert fits(written, value)


@pytest.mark.parametrize(
    ("written", "value"), [(written, value) for written, (_, wrong) in CASES.items() for value in wrong]
)
def test_what_does_not_fit(written: str, value: JsonValue) -> None:
    assert not fits(written, value)


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("required", None, '"a" is required.'),
        ("filled", "", '"a" must not be empty.'),
        ("integer", "x", '"a" must be a whole number; it is the text "x".'),
        ("min:3", 2, '"a" must be at least 3; it is 2.'),
        ("min:3", "ab", '"a" must have at least 3 characters; it has 2.'),
        ("max:1", [1, 2], '"a" must have at most 1 items; it has 2.'),
        ("between:2,3", 4.5, '"a" must be between 2 and 3; it is 4.5.'),
        ("size:2", "abc", '"a" must have exactly 2 characters; it has 3.'),
        ("max:1", True, '"a" must be a number, a text, a list or an object, to have a size; it is true.'),
        ("digits:3", 12, '"a" must be 3 digits; it is 12.'),
        ("alpha", "a b", '"a" must have letters only; it is the text "a b".'),
        ("regex:/^b/", "x", '"a" must match /^b/; it is the text "x".'),
        ("not_regex:x", "x", '"a" must not match x; it is the text "x".'),
        ("starts_with:b,c", "x", '"a" must start with one of b, c; it is the text "x".'),
        ("email", "x", '"a" must be an e-mail address; it is the text "x".'),
        ("url:http,https", 5, '"a" must be a URL that begins with http:// or https://; it is 5.'),
        ("date_format:Y,m/Y", "x", '"a" must be a date written as Y or m/Y; it is the text "x".'),
        ("after:tomorrow", "2026-01-01", '"a" must be a date after tomorrow; it is the text "2026-01-01".'),
        ("in:b,c", "x", '"a" must be one of b, c; it is the text "x".'),
        ("not_in:b", "b", '"a" must be none of b; it is the text "b".'),
        ("array:b", {"c": 1}, '"a" must have no other keys than b.'),
        ("array:b", 5, '"a" must be an object; it is 5.'),
        ("distinct", [1, 1], '"a" must not hold the same twice.'),
        ("accepted", False, '"a" must be accepted: true, yes, on or 1; it is false.'),
        ("same:b", 1, '"a" must be the same as b.'),
        ("confirmed", 1, '"a" must be the same as its confirmation.'),
    ],
)
def test_a_person_understands_what_is_wrong(written: str, value: JsonValue, expected: str) -> None:
    assert message(written, value) == expected


@pytest.mark.parametrize(
    "text", ["a@" + "a." * 5_000, "http://" + "a-" * 5_000, "(" * 10_000, "1" * 10_000, " " * 200_000 + "x"]
)
@pytest.mark.parametrize(
    "name", ["email", "url", "ip", "uuid", "json", "date", "date_format:Y-m-d", "integer", "alpha"]
)
def test_a_long_text_is_no_trouble(name: str, text: str) -> None:
    assert isinstance(fits(name, text), bool)


def test_a_text_in_the_place_of_a_number_is_measured_as_a_text() -> None:
    assert failed({"a": "numeric|max:3"}, {"a": "abcd"}) == [("a", "numeric"), ("a", "max")]
