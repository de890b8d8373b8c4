"""How forms and plain text are read."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidRequestError
from app.core.json import JsonValue
from app.http.media_types import MediaType
from app.http.text_body import MAX_FIELDS, parse_form, parse_text

TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&b=2&a=3&a=", {"a": ["1", "3", ""], "b": "2"}),
        (b"a", {"a": ""}),
        (b"=1", {"": "1"}),
        (b"&&a=1&", {"a": "1"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a+b=c%20d%2B", {"a b": "c d+"}),
        (b"a=%C3%BC&b=\xc3\xbc", {"a": "ü", "b": "ü"}),
        (b"a=%zz%4", {"a": "%zz%4"}),
        (b'payload={"a": 1}', {"payload": '{"a": 1}'}),
        (b"a[]=1&a[]=2", {"a[]": ["1", "2"]}),
    ],
)
def test_a_form_is_an_object(body: bytes, fields: dict[str, JsonValue]) -> None:
    assert parse_form(body) == fields


@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT, min_size=2)))
def test_whatever_is_encoded_is_read_unchanged(fields: Mapping[str, str | list[str]]) -> None:
    assert parse_form(urlencode(fields, doseq=True).encode()) == fields


@pytest.mark.parametrize(("charset", "octets"), [("iso-8859-1", "%FC%80"), ("windows-1252", "%FC%80")])
def test_a_form_may_be_in_an_older_charset(charset: str, octets: str) -> None:
    expected = {"iso-8859-1": "ü\x80", "windows-1252": "ü€"}[charset]
    assert parse_form(f"a={octets}".encode(), charset) == {"a": expected}


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (b"a=%00", "a", "has a NUL character"),
        (b"a=1&b=x&b=%00y", "b[1]", "has a NUL character"),
        (b"a\0=1", "", "has a NUL character"),
        (b"a=%FF", "", "A field of the form is not UTF-8."),
        (b"a=%ED%A0%80", "", "A field of the form is not UTF-8."),
        (b"%C3%28=1", "", "A field of the form is not UTF-8."),
        (b"a=\xff", "", "The body is not UTF-8."),
        (b"a&" * (MAX_FIELDS + 1), "", "more than 10000 fields"),
    ],
)
def test_a_form_that_could_not_be_kept_is_422(body: bytes, path: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_form(body)
    assert (caught.value.status, [fault.path for fault in caught.value.faults]) == (422, [path])
    assert message in caught.value.message


def test_a_form_of_as_many_fields_as_are_read_is_read() -> None:
    assert parse_form(b"&".join([b"a=1"] * MAX_FIELDS)) == {"a": ["1"] * MAX_FIELDS}


@given(TEXT)
def test_text_is_kept_as_it_is(text: str) -> None:
    assert parse_text(text.encode()) == text


@pytest.mark.parametrize(
    ("body", "charset", "message"),
    [
        (b"\xff", "utf-8", "The body is not UTF-8."),
        (b"\xed\xa0\x80", "utf8", "The body is not UTF8."),
        (b"\xc3\xbc", "us-ascii", "The body is not US-ASCII."),
        (b"\x81", "windows-1252", "The body is not WINDOWS-1252."),
        (b"a\0b", "utf-8", "body: A string has a NUL character, which cannot be stored."),
    ],
)
def test_text_that_could_not_be_kept_is_422(body: bytes, charset: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_text(body, charset)
    assert (caught.value.status, caught.value.message) == (422, message)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: quote(text, safe="=&").encode()))
def test_any_bytes_are_read_or_refused_with_a_sentence(body: bytes) -> None:
    for parse in (parse_form, parse_text):
        try:
            parse(body)
        except InvalidRequestError as refused:
            body = refused.message.encode()
    assert body is not None


@pytest.mark.parametrize(
    ("announced", "is_json", "is_form", "is_text"),
    [
        ("application/json", True, False, False),
        ("Application/Hal+JSON; charset=utf-8", True, False, False),
        ("application/x-www-form-urlencoded;charset=UTF-8", False, True, False),
        ("text/plain", False, False, True),
        ("TEXT/csv ; header=present", False, False, True),
        ("application/xml", False, False, True),
        ("application/soap+xml; action=x", False, False, True),
        ("multipart/form-data; boundary=x", False, False, False),
        ("application/octet-stream", False, False, False),
        ("text", False, False, False),
        ("", False, False, False),
        (";", False, False, False),
    ],
)
def test_a_media_type_is_json_a_form_text_or_neither(
    announced: str,
    is_json: bool,  # noqa: FBT001 -- a column of the table
    is_form: bool,  # noqa: FBT001 -- a column of the table
    is_text: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    kind = MediaType.parse(announced)
    assert (kind.is_json, kind.is_form, kind.is_text) == (is_json, is_form, is_text)


def test_the_charset_is_read_whatever_its_writing() -> None:
    assert MediaType.parse('text/plain; format=flowed; Charset="UTF-8"').charsets == ("utf-8",)
