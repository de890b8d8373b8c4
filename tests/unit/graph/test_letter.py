"""Messages of mail as they are written down."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graph import letter as letters
from app.graph.letter import Attached, Letter
from app.graph.mailboxes import Mailbox, mailbox_of, mailboxes_of, one_line
from tests.factories.mail import received

LETTER = Letter(
    sender=mailbox_of("Ann <ann@example.com>"),
    to=mailboxes_of("to", "bob@example.com, Carl <carl@example.org>"),
    subject="Hello",
    text="Text.",
    key="run:path:node",
    sent_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
)
HOSTILE = st.text(max_size=120) | st.text('ab ",<>@\\;:()é=?_\t\r\n', max_size=150)


def read(letter: Letter) -> EmailMessage:
    return received(letter.written())


def body(message: EmailMessage, *kinds: str) -> str:
    part = message.get_body(kinds)
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text


def test_a_message_has_the_headers_that_it_needs() -> None:
    assert read(LETTER).items() == [
        ("From", "Ann <ann@example.com>"),
        ("To", "bob@example.com, Carl <carl@example.org>"),
        ("Subject", "Hello"),
        ("Date", "Wed, 04 Mar 2026 05:06:07 +0000"),
        ("Message-ID", LETTER.message_id),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "7bit"),
        ("MIME-Version", "1.0"),
    ]


def test_who_gets_a_hidden_copy_stands_nowhere() -> None:
    letter = replace(LETTER, cc=[mailbox_of("dan@example.com")], bcc=[mailbox_of("eve@example.com")])
    assert letter.recipients == ["bob@example.com", "carl@example.org", "dan@example.com", "eve@example.com"]
    assert b"eve" not in letter.written()
    assert read(letter)["Cc"] == "dan@example.com"


def test_who_is_named_twice_gets_one_message() -> None:
    letter = replace(LETTER, cc=LETTER.to, bcc=LETTER.to)
    assert letter.recipients == ["bob@example.com", "carl@example.org"]


def test_answers_can_go_elsewhere() -> None:
    assert read(replace(LETTER, reply_to=[mailbox_of("help@example.com")]))["Reply-To"] == "help@example.com"


def test_the_message_id_is_of_the_step_and_of_the_senders_domain() -> None:
    assert LETTER.message_id == replace(LETTER, subject="other").message_id
    assert LETTER.message_id != replace(LETTER, key="another").message_id
    assert LETTER.message_id.endswith("@example.com>")


def test_a_repeated_attempt_writes_the_same_bytes() -> None:
    letter = replace(LETTER, html="<p>", attachments=[Attached("a.txt", b"a", "text/plain")])
    assert letter.written() == replace(letter).written()


def test_text_and_html_are_two_forms_of_one_message() -> None:
    message = read(replace(LETTER, text="Plain é", html="<b>é</b>"))
    assert (body(message, "plain"), body(message, "html")) == ("Plain é\n", "<b>é</b>\n")
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    ("text", "html", "kind"), [("x", None, "text/plain"), (None, "x", "text/html"), (None, None, "text/plain")]
)
def test_one_form_is_enough(text: str | None, html: str | None, kind: str) -> None:
    assert read(replace(LETTER, text=text, html=html)).get_content_type() == kind


def test_attachments_come_with_their_names_and_types() -> None:
    files = [Attached("ä.pdf", b"\x00\xff", "application/pdf"), Attached("b.txt", "é".encode(), "text/plain")]
    message = read(replace(LETTER, html="<p>", attachments=files))
    found = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()]
    assert found == [("ä.pdf", "application/pdf", b"\x00\xff"), ("b.txt", "text/plain", "é")]


@pytest.mark.parametrize("name", ["Müller, Jürgen", "x" * 200, 'a "quoted" name', "a\r\nBcc: eve@example.com"])
def test_any_name_can_stand_before_an_address(name: str) -> None:
    letter = replace(LETTER, to=[Mailbox(one_line(name), "bob", "example.com")])
    [address] = read(letter)["To"].addresses
    assert (address.display_name, address.addr_spec) == (one_line(name), "bob@example.com")


def test_a_header_of_the_authors_own_that_fits_on_a_line_stays_as_it_is() -> None:
    url = f"<https://example.com/{'a' * 300}>"
    assert f"List-Unsubscribe: {url}\r\n".encode() in replace(LETTER, headers=[("List-Unsubscribe", url)]).written()


@pytest.mark.parametrize("value", ["ü" * 300, "a" * 3_000, "word " * 500])
def test_longer_ones_are_folded(value: str) -> None:
    letter = replace(LETTER, headers=[("X-Own", value)])
    assert max(map(len, letter.written().split(b"\r\n"))) <= 998
    assert read(letter)["X-Own"].split() == value.split()


def test_a_message_is_ascii_unless_an_address_is_not() -> None:
    letter = replace(LETTER, subject="é", text="é", to=[mailbox_of("Jürgen <j@bücher.example>")])
    assert (letter.written().isascii(), letter.is_international) == (True, False)
    international = replace(LETTER, to=[mailbox_of("jürgen@example.com")])
    assert ("To: jürgen@example.com".encode() in international.written(), international.is_international) == (
        True,
        True,
    )


def test_a_message_is_never_larger_than_servers_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MAX_BYTES", 1_000)
    replace(LETTER, text="x" * 500).written()
    with pytest.raises(ValueError, match=r"^The message has 1,\d\d\d bytes; it may have 1,000\.$"):
        replace(LETTER, text="x" * 900).written()


@pytest.mark.parametrize("length", range(1, 40))
def test_a_long_name_takes_no_other_recipient_with_it(length: int) -> None:
    everybody = [Mailbox("é" * length, "bob", "example.com"), Mailbox("00𐀀" * length, "ann", "example.com")]
    letter = replace(LETTER, to=[*everybody, mailbox_of("carl@example.org")])
    addresses = [one.addr_spec for one in read(letter)["To"].addresses]
    assert addresses == ["bob@example.com", "ann@example.com", "carl@example.org"]


@settings(deadline=None)
@given(subject=HOSTILE, name=HOSTILE, value=HOSTILE, text=HOSTILE, filename=HOSTILE)
def test_nothing_that_is_written_becomes_a_header(
    subject: str, name: str, value: str, text: str, filename: str
) -> None:
    letter = replace(
        LETTER,
        to=[Mailbox(one_line(name), "bob", "example.com"), mailbox_of("carl@example.org")],
        subject=subject,
        text=text,
        html=text,
        attachments=[Attached(filename, b"x", "text/plain")],
        headers=[("X-Own", value)],
    )
    written = letter.written()
    lines = written.split(b"\r\n")
    message = read(letter)

    assert message.keys() == ["From", "To", "Subject", "Date", "Message-ID", "X-Own", "MIME-Version", "Content-Type"]
    assert [one.addr_spec for one in message["To"].addresses] == ["bob@example.com", "carl@example.org"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["multipart/alternative", "text/plain"]
    assert (message["Subject"].split(), message["X-Own"].split()) == (
        one_line(subject).split(),
        one_line(value).split(),
    )
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line for line in lines)
