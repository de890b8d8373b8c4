"""Filters for text, HTML and encodings, at their edges."""

import base64
import hashlib
import hmac
import html
import shlex
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue, loads
from tests.unit.template.rendering import refusal, text, value

MADE: list[tuple[str, JsonValue, JsonValue]] = [
    ("{{ x | append: missing }}", "a", "a"),
    ("{{ x | append: true }}", None, "true"),
    ("{{ x | append: 1.5 }}", {"a": 1}, '{"a":1}1.5'),
    ("{{ x | prepend: n }}", [1, "b"], '7[1,"b"]'),
    ("{{ x | upcase }}", None, ""),
    ("{{ x | replace: '', '-' }}", "ab", "-a-b-"),
    ("{{ x | replace: 'a' }}", "banana", "bnn"),
    ("{{ x | replace: 'z', 'y' }}", "banana", "banana"),
    ("{{ x | replace_first: 'a' }}", "banana", "bnana"),
    ("{{ x | replace_last: 'a' }}", "banana", "banan"),
    ("{{ x | replace_last: 'b', 'c' }}", "banana", "canana"),
    ("{{ x | replace_last: 'z', 'c' }}", "banana", "banana"),
    ("{{ x | remove_last: 'b' }}", "banana", "anana"),
    ("{{ x | truncate: 3 }}", "abc", "abc"),
    ("{{ x | truncate: 3 }}", "abcd", "..."),
    ("{{ x | truncate: 2 }}", "abcd", "..."),
    ("{{ x | truncate: 4, missing }}", "abcdef", "abcd"),
    ("{{ x | truncate: missing }}", "a" * 51, "a" * 47 + "..."),
    ("{{ x | truncate: '5', '.' }}", "abcdef", "abcd."),
    ("{{ x | truncatewords: 2 }}", "one two", "one two"),
    ("{{ x | truncatewords: 2 }}", "one two  three", "one two..."),
    ("{{ x | truncatewords: 0 }}", "one two", "one..."),
    ("{{ x | truncatewords: 1000000000000000000000 }}", "one  two", "one  two"),
    ("{{ x | truncatewords: missing }}", " ".join("abcdefghijklmnop"), " ".join("abcdefghijklmno") + "..."),
    ("{{ x | split: ',' }}", "a,,b,,", ["a", "", "b"]),
    ("{{ x | split: ' ' }}", "  a   b ", ["a", "b"]),
    ("{{ x | split: '' }}", "abc", ["a", "b", "c"]),
    ("{{ x | split: missing }}", "ab", ["a", "b"]),
    ("{{ x | split: ',' }}", None, []),
    ("{{ x | split: ',' }}", ",", []),
    ("{{ x | strip_newlines }}", "a\r\nb\nc\rd", "abc\rd"),
    ("{{ x | newline_to_br }}", "a\r\nb\nc", "a<br />\nb<br />\nc"),
    ("{{ x | escape }}", "<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"),
    (
        "{{ x | escape_once }}",
        "&lt;&#39;&#xA7;& &amp &copy; \"'>",
        "&lt;&#39;&#xA7;&amp; &amp;amp &copy; &quot;&#39;&gt;",
    ),
    ("{{ x | strip_html }}", "a<script>1 < 2</script>b<style>p{}</style>c<!-- <b> -->d<br/>e", "abcde"),
    ("{{ x | strip_html }}", "1 < 2", "1 < 2"),
    ("{{ x | strip_html }}", "a<!-->b-->c", "ac"),
    ("{{ x | strip_html }}", "<script>a", "a"),
    ("{{ x | strip_html }}", "<b\nc>d", "d"),
    ("{{ x | url_encode }}", "a b/ü&~", "a+b%2F%C3%BC%26~"),
    ("{{ x | url_decode }}", "%C3%BC+a", "ü a"),
    ("{{ x | base64_decode }}", "YQ", "a"),
    ("{{ x | base64_url_safe_decode }}", "w78_", "ÿ?"),
    ("{{ x | base64_encode }}", 5, "NQ=="),
    ("{{ x | sha256 }}", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "{{ x | hmac_sha256: 'key' }}",
        "The quick brown fox jumps over the lazy dog",
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    ),
    ("{{ x | json }}", {"a": [1, None, "ü"]}, '{"a":[1,null,"ü"]}'),
    ("{{ x | json }}", 'a"b', '"a\\"b"'),
    ("{{ x | json }}", None, "null"),
    ("{{ x | capitalize }}", "ÉCOLE", "École"),
    ("{{ x | shell_quote }}", "plain-1.5/a", "plain-1.5/a"),
    ("{{ x | shell_quote }}", "a b; rm -rf /", "'a b; rm -rf /'"),
    ("{{ x | shell_quote }}", "it's $HOME", """'it'"'"'s $HOME'"""),
    ("{{ x | shell_quote }}", "", "''"),
    ("{{ x | shell_quote }}", None, "''"),
    ("{{ x | shell_quote }}", {"a": 1}, """'{"a":1}'"""),
]


@pytest.mark.parametrize(("source", "given_value", "result"), MADE)
def test_text_is_made(source: str, given_value: JsonValue, result: JsonValue) -> None:
    assert value(source, {"x": given_value, "n": 7}) == result


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ '%FF' | url_decode }}", "`url_decode` was given bytes that are no text."),
        ("{{ 'a*' | base64_decode }}", "`base64_decode` was given what is not base64 of a text."),
        ("{{ '/w==' | base64_decode }}", "`base64_decode` was given what is not base64 of a text."),
        ("{{ 'w78_' | base64_decode }}", "`base64_decode` was given what is not base64 of a text."),
        ("{{ 'ü' | base64_url_safe_decode }}", "`base64_url_safe_decode` was given what is not base64 of a text."),
        ("{{ half | base64_encode }}", "`base64_encode` cannot be applied to this value."),
        ("{{ 'a' | truncate: 'x' }}", "`truncate` needs a whole number here."),
        ("{{ 'a' | truncatewords: list }}", "`truncatewords` needs a whole number here."),
        ("{{ 'a' | slice: 'x' }}", "`slice` needs a whole number here."),
        ("{{ 'a' | slice: 0, 'x' }}", "`slice` needs a whole number here."),
        ("{{ 'a' | slice: 0, 1.5 }}", "`slice` needs a whole number here."),
        (
            "{{ list | compact: list }}",
            "`compact` works here with text, numbers, true and false, not with objects or lists.",
        ),
        ("{{ list | uniq: list }}", "`uniq` works here with text, numbers, true and false, not with objects or lists."),
    ],
)
def test_text_that_cannot_be_made_is_refused(source: str, sentence: str) -> None:
    assert refusal(source, {"list": [1], "half": "\ud83d"}).message == sentence


@given(st.text())
def test_what_is_encoded_can_be_decoded(given_text: str) -> None:
    roots: dict[str, JsonValue] = {"x": given_text}
    assert value("{{ x | base64_encode | base64_decode }}", roots) == given_text
    assert value("{{ x | base64_url_safe_encode | base64_url_safe_decode }}", roots) == given_text
    assert value("{{ x | url_encode | url_decode }}", roots) == given_text
    assert unquote_plus(text("{{ x | url_encode }}", roots)) == given_text
    assert base64.b64decode(text("{{ x | base64_encode }}", roots)).decode() == given_text
    assert loads(text("{{ x | json }}", roots)) == given_text
    assert html.unescape(text("{{ x | escape }}", roots)) == html.unescape(html.escape(given_text))


@given(st.text())
def test_what_is_quoted_is_one_word_for_a_shell(given_text: str) -> None:
    assert shlex.split(text("run {{ x | shell_quote }}", {"x": given_text})) == ["run", given_text]


@given(st.text(), st.text())
def test_hashes_are_those_of_the_standard_library(message: str, key: str) -> None:
    roots: dict[str, JsonValue] = {"m": message, "k": key}
    assert text("{{ m | sha256 }}", roots) == hashlib.sha256(message.encode()).hexdigest()
    assert text("{{ m | hmac_sha256: k }}", roots) == hmac.digest(key.encode(), message.encode(), "sha256").hex()


@given(st.text(), st.text(min_size=1), st.text())
def test_replacing_is_what_it_is_elsewhere(given_text: str, old: str, new: str) -> None:
    assert value("{{ t | replace: o, n }}", {"t": given_text, "o": old, "n": new}) == given_text.replace(old, new)


@given(st.text(alphabet="<>!-abscriptyle/ ", max_size=40))
def test_no_closed_tag_is_left_by_strip_html(given_text: str) -> None:
    stripped = text("{{ t | strip_html }}", {"t": given_text})
    opening = stripped.find("<")
    assert opening < 0 or ">" not in stripped[opening:]
