"""What a call may say: URLs, methods and headers."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.errors import PermanentError
from app.outbound.prepare import next_hop, prepare
from tests.unit.outbound.conftest import get


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "must start with"),
        ("example.com/path", "must start with"),
        ("ftp://example.com", "must start with"),
        ("javascript:alert(1)", "must start with"),
        ("file:///etc/passwd", "must start with"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://user:pass@example.com/", "user name or password"),
        ("https://user@example.com/", "user name or password"),
        ("https://example.com:notaport/", "not valid"),
        ("https://example.com:99999/", "not valid"),
        ("https://example.com:0/", "not valid"),
        ("https://a..b/", "not valid"),
        ("https://./", "not valid"),
        (f"https://{'a' * 64}.example/", "not valid"),
        (f"https://{'a.' * 130}example/", "not valid"),
        ("https://[::1/", "not valid"),
        ("https://exa\nmple.com/", "not valid"),
        ("https://exa\0mple.com/", "not valid"),
        ("https://\ud800.example/", "not valid"),
        ("https://example.com/\udfff", "not valid"),
        ("https://" + "a" * 70_000, "not valid"),
    ],
)
def test_a_url_that_cannot_be_called_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(PermanentError, match=sentence):
        prepare(get(url))


@given(st.text(max_size=60) | st.text(max_size=40).map("https://h".__add__))
def test_any_url_is_prepared_or_refused_with_a_sentence(url: str) -> None:
    try:
        outgoing = prepare(get(url))
    except PermanentError as refused:
        url = refused.message
    else:
        url = outgoing.url.scheme
    assert url


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "\0", "a\x7f", "\ud800"])
def test_a_header_value_cannot_start_another_line(value: str) -> None:
    with pytest.raises(PermanentError, match='the value of the header "X-Own" has'):
        prepare(get("https://h/", headers=[("X-Own", value)]))


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ä", "\0", "a\n"])
def test_a_header_name_is_a_token(name: str) -> None:
    with pytest.raises(PermanentError, match="is not a valid header name"):
        prepare(get("https://h/", headers=[(name, "v")]))


@pytest.mark.parametrize("method", ["", "GET /", "GET\r\n", "G T", "GÉT"])
def test_a_method_is_a_token(method: str) -> None:
    with pytest.raises(PermanentError, match="not a valid HTTP method"):
        prepare(get("https://h/", method=method))


@given(st.text(), st.text())
def test_no_header_puts_a_line_break_on_the_wire(name: str, value: str) -> None:
    try:
        headers = prepare(get("https://h/", headers=[(name, value)])).headers
    except PermanentError:
        headers = ()
    assert not any(mark in part for header in headers for part in header for mark in (b"\r", b"\n", b"\0"))


def test_surrounding_blanks_of_a_value_are_left_out() -> None:
    assert (b"X-Own", b"v") in prepare(get("https://h/", headers=[("X-Own", " v\t")])).headers


def test_a_port_that_is_the_default_is_the_same_origin() -> None:
    outgoing = prepare(get("https://h/", headers=[("X-Own", "v")]))
    following = next_hop(outgoing, 302, "https://h:443/next")
    assert following is not None
    assert (b"X-Own", b"v") in following.headers


@pytest.mark.parametrize("location", ["https://other/", "https://h:8443/"])
def test_another_host_or_port_is_another_origin(location: str) -> None:
    following = next_hop(prepare(get("https://h/", headers=[("X-Own", "v")])), 302, location)
    assert following is not None
    assert (b"X-Own", b"v") not in following.headers


def test_a_redirect_from_https_to_http_is_refused() -> None:
    with pytest.raises(PermanentError, match="redirected from https to http"):
        next_hop(prepare(get("https://h/")), 302, "http://h/")


def test_a_redirect_from_http_to_https_is_followed() -> None:
    following = next_hop(prepare(get("http://h/")), 302, "https://h/")
    assert following is not None
    assert following.url == httpx.URL("https://h/")
