import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps
from app.graph.foreign import decode_text, is_json_type, parse_json, repair_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ('{"id": 18446744073709551615, "n": [1.5, true, null, "x"]}', {"id": 2**64 - 1, "n": [1.5, True, None, "x"]}),
        ("0.1234567890123456789012", 0.1234567890123456789012),
        (r'["\u0000", "\ud83d\ude00", "\ud800", "\udfffx"]', ["\ufffd", "😀", "\ufffd", "\ufffdx"]),
        (r'{"\u0000a": {"b": "\uDCff"}}', {"\ufffda": {"b": "\ufffd"}}),
        ('"\\u00e9"', "é"),
    ],
)
def test_json_is_read_as_it_can_be_kept(text: str, value: JsonValue) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "[1,]",
        "NaN",
        "[Infinity]",
        "1e999",
        "18446744073709551616",
        "-9223372036854775809",
        "1" * 5000,
        '["\\ud800", NaN]',
        '["\\ud800", -Infinity]',
        '["\\u0000", 1e999]',
        '["\\ud800"',
        "[" * 101 + "]" * 101,
        '["\\ud800",' * 101 + "1" + "]" * 101,
        "[" * 5000 + '"\\ud800"' + "]" * 5000,
        '{"a":' * 101 + "1" + "}" * 101,
    ],
)
def test_what_would_not_survive_being_kept_is_no_json(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the parsers' own words
        parse_json(text)


def test_a_hundred_levels_are_kept() -> None:
    parse_json("[" * 100 + "]" * 100)
    parse_json('{"a":' * 99 + "[1]" + "}" * 99)


def test_many_lists_beside_each_other_are_kept() -> None:
    assert parse_json("[" + ",".join(["[]"] * 500) + "]") == [[]] * 500


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\0")), inner)
        ),
    )
)
def test_reading_what_was_written_gives_the_same(value: JsonValue) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(dumps(value)) == value


@given(st.text(alphabet=r'[]{}",:\ud80019eE.-+NaI ', max_size=30))
def test_whatever_is_read_can_be_written(text: str) -> None:
    try:
        value = parse_json(text)
    except ValueError:
        return
    dumps(value)


def test_what_the_database_cannot_hold_is_replaced() -> None:
    assert repair_text("a\0b\ud800c\udfffd😀") == "a\ufffdb\ufffdc\ufffdd😀"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/vnd.api+json", True),
        ("text/json", True),
        ("text/x.json", True),
        ("application/jsonp", False),
        ("application/notjson", False),
        ("text/plain", False),
        ("image/json", False),
        ("", False),
    ],
)
def test_a_content_type_promises_json_or_not(content_type: str, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_json_type(content_type) is expected


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "text/plain", "é"),
        (b"\xe9", "text/plain; charset=iso-8859-1", "é"),
        (b"\x80", 'text/plain; Charset="windows-1252"', "€"),
        ("é".encode("utf-16"), "text/plain;charset=utf-16", "é"),
        ("é".encode("shift_jis", "replace"), "text/html; charset=Shift_JIS", "?"),
        (b"\xe9x", "text/plain", "\ufffdx"),
        (b"a\0b", "text/plain", "a\ufffdb"),
        (b"\xe9", "application/json", "\ufffd"),
        (b"\xe9", "application/atom+xml", "\ufffd"),
        (b"\xe9", "application/javascript", "\ufffd"),
        (b"\xe9", "application/x-www-form-urlencoded", "\ufffd"),
        (b"\xe9", "application/octet-stream; charset=latin1", "é"),
        (codecs.BOM_UTF8 + b"a", "text/plain", "a"),
        (codecs.BOM_UTF8 + b"a", "", "a"),
        (b"plain", "", "plain"),
        (b"plain", "application/octet-stream", "plain"),
        (b"", "image/png", ""),
        (b"a\xff", "text/plain; charset=nonsense", "a\ufffd"),
        (b"a", "text/plain; charset=rot13", "a"),
        (b"a", "text/plain; charset=base64", "a"),
        (b"+2AA-", "text/plain; charset=utf-7", "\ufffd"),
    ],
)
def test_a_body_that_is_text_is_decoded(body: bytes, content_type: str, text: str) -> None:
    assert decode_text(body, content_type) == text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\x89PNG\xff", "image/png"),
        (b"\xff\xfe", ""),
        (b"a\0b", ""),
        (b"\xff", "application/octet-stream; charset=no"),
    ],
)
def test_a_body_that_is_no_text_is_none(body: bytes, content_type: str) -> None:
    assert decode_text(body, content_type) is None


@given(st.binary(max_size=50), st.sampled_from(["", "text/plain", "text/plain; charset=utf-7", "a; charset=utf-16-le"]))
def test_whatever_is_decoded_can_be_kept(body: bytes, content_type: str) -> None:
    text = decode_text(body, content_type)

    assert text is None or repair_text(text) == text
