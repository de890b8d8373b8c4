"""Addresses of mail, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.mailboxes import MOST, Mailbox, mailboxes_of, one_line, one_mailbox_of

NO_ADDRESS = "is no e-mail address: write name@example.com, or Name <name@example.com>."


def read(value: JsonValue) -> list[tuple[str, str]]:
    return [(mailbox.name, mailbox.address) for mailbox in mailboxes_of("to", value)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a@example.com", [("", "a@example.com")]),
        (" <a@example.com> ", [("", "a@example.com")]),
        ("Ann <a@example.com>", [("Ann", "a@example.com")]),
        ('"Doe, Jane" <j@example.com>', [("Doe, Jane", "j@example.com")]),
        (r'"a \"b\" \\ c" <j@example.com>', [('a "b" \\ c', "j@example.com")]),
        ("a@example.com, Bob <b@example.com>,", [("", "a@example.com"), ("Bob", "b@example.com")]),
        (["a@example.com", "b@example.com, c@example.com"], [("", f"{one}@example.com") for one in "abc"]),
        ("a@Example.COM, x <a@example.com>", [("", "a@example.com")]),
        ("root@localhost", [("", "root@localhost")]),
        ("o'hara+tag.x_y@example.com", [("", "o'hara+tag.x_y@example.com")]),
        ("jörg@example.com", [("", "jörg@example.com")]),
        ("a@bücher.example", [("", "a@xn--bcher-kva.example")]),
        ("a\tb\r\nBcc: x <a@example.com>", [("a b Bcc: x", "a@example.com")]),
        ("", []),
        (" , ", []),
        ([], []),
        (None, []),
    ],
)
def test_addresses_are_read(written: JsonValue, expected: list[tuple[str, str]]) -> None:
    assert read(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        *("a", "@example.com", "a@", "a b@example.com", "a@b@", "a@b c", "a@-b.example", "a@b-.example"),
        *("a@b..example", ".a@example.com", "a.@example.com", "a..b@example.com", "<a@example.com", "a@example.com>"),
        *("a(b)@example.com", '"a b"@example.com', "a\r\n@example.com", "a\x00@example.com", "a@exa\nmple.com"),
        *("a@[127.0.0.1]", "a@b_c.d", "a;b@example.com", "a@straße.example", "\ud800@example.com", "a@\ud800.example"),
        *("x" * 65 + "@example.com", "a@" + "b" * 64 + ".example", "a@" + "b." * 126 + "example", "a@b>c"),
        "a" * 600 + " <a@example.com>",
    ],
)
def test_what_is_no_address_is_said(written: str) -> None:
    with pytest.raises(ValueError, match=r"^The text ") as caught:
        read(written)
    assert str(caught.value).endswith(NO_ADDRESS)


@pytest.mark.parametrize(("given", "shown"), [({}, "an object"), (5, "5"), ([1], "a list"), ([["a@b"]], "a list")])
def test_other_things_than_texts_are_no_addresses(given: JsonValue, shown: str) -> None:
    with pytest.raises(ValueError, match=rf'^"to" must be a text with addresses, or a list of them; it is {shown}\.$'):
        read(given)


@pytest.mark.parametrize(
    "given", [",".join(f"a{n}@b.example" for n in range(MOST + 1)), "," * 60_000, ["a" * 60_000]], ids=len
)
def test_there_are_at_most_a_hundred(given: JsonValue) -> None:
    with pytest.raises(ValueError, match=r'^"to" has more than 100 addresses\.$'):
        read(given)


@pytest.mark.parametrize(("given", "count"), [("", "none"), ("a@b.example, c@d.example", "2")])
def test_a_sender_is_one_address(given: str, count: str) -> None:
    with pytest.raises(ValueError, match=rf'^"from" must have one address; it has {count}\.$'):
        one_mailbox_of("from", given)
    assert one_mailbox_of("from", "A <a@b.example>") == Mailbox("A", "a", "b.example")


@given(st.text() | st.lists(st.text(), max_size=5) | st.none())
def test_any_text_is_read_or_refused(written: str | list[str] | None) -> None:
    try:
        found = mailboxes_of("to", written)
    except ValueError:
        return
    for mailbox in found:
        assert mailbox.domain.isascii()
        assert mailbox.local.isprintable()
        assert one_line(mailbox.name) == mailbox.name
