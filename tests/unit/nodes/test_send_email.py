"""Messages that a node sends by the server of its settings."""

import base64
from email.message import EmailMessage

import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemporaryError
from app.graph.outcome import Outcome, Success
from app.graph.ports import Mailing, MailServer, RefusedRecipient
from tests.factories.mail import received
from tests.factories.steps import RecordingMail, StepContext, action, outcome_of

SETTINGS: dict[str, JsonValue] = {
    "host": "mail.example.com",
    "from": "Ann <ann@example.com>",
    "to": "bob@example.com",
    "subject": "Hello",
    "text": "Text.",
}


async def sent(settings: dict[str, JsonValue], vault: dict[str, str] | None, **roots: JsonValue) -> Mailing:
    """Return the one message that the node hands over."""
    mail = RecordingMail()
    outcome = await outcome_of("send_email", {**SETTINGS, **settings}, StepContext(roots, mail=mail, vault=vault or {}))
    assert isinstance(outcome, Success), outcome
    (mailing,) = mail.sent
    return mailing


async def message(settings: dict[str, JsonValue], **roots: JsonValue) -> EmailMessage:
    return received((await sent(settings, None, **roots)).message)


async def outcome(mail: RecordingMail, **settings: JsonValue) -> Outcome:
    return await outcome_of("send_email", {**SETTINGS, **settings}, StepContext(mail=mail))


async def test_a_message_is_handed_over_as_the_settings_say() -> None:
    mailing = await sent({"cc": "c@example.com", "bcc": ["d@example.com"]}, None)

    assert mailing.server == MailServer("mail.example.com", 587, "starttls")
    assert (mailing.sender, mailing.timeout_seconds, mailing.is_international) == ("ann@example.com", 30, False)
    assert mailing.recipients == ["bob@example.com", "c@example.com", "d@example.com"]


async def test_the_output_says_who_got_it() -> None:
    found = await outcome(RecordingMail())

    assert isinstance(found, Success)
    assert found.output == {"message_id": found.output["message_id"], "accepted": ["bob@example.com"], "rejected": []}
    assert str(found.output["message_id"]).endswith("@example.com>")


async def test_a_repeated_attempt_sends_the_same_message() -> None:
    mail = RecordingMail()
    node = action("send_email", {**SETTINGS, "html": "<p>", "attachments": [{"filename": "a", "content": "b"}]})
    for attempt in (1, 2):
        await node.run(StepContext(mail=mail, attempt=attempt))

    assert mail.sent[0] == mail.sent[1]


def test_sending_changes_something_outside() -> None:
    assert action("send_email", SETTINGS).has_effect


@pytest.mark.parametrize(
    ("settings", "server"),
    [
        ({"security": "none"}, MailServer("mail.example.com", 25, "none")),
        ({"security": " TLS "}, MailServer("mail.example.com", 465, "tls")),
        ({"port": 2525}, MailServer("mail.example.com", 2525, "starttls")),
        ({"port": "{{ n1.port }}", "host": " {{ n1.host }} "}, MailServer("smtp.example.org", 26, "starttls")),
        ({"port": "26.0"}, MailServer("mail.example.com", 26, "starttls")),
        ({"port": None}, MailServer("mail.example.com", 587, "starttls")),
    ],
)
async def test_the_server_is_that_of_the_settings(settings: dict[str, JsonValue], server: MailServer) -> None:
    assert (await sent(settings, None, n1={"port": "26", "host": "smtp.example.org"})).server == server


async def test_the_password_comes_from_the_vault() -> None:
    settings: dict[str, JsonValue] = {"username": "vlt_1", "password": "{{ vault.mail }}"}
    server = (await sent(settings, {"vlt_1": "ann", "mail": "p4ssw0rd"})).server

    assert (server.username, server.password) == ("ann", "p4ssw0rd")
    assert "p4ssw0rd" not in repr(server)


async def test_every_text_of_a_message_is_a_template() -> None:
    settings: dict[str, JsonValue] = {
        "from": "{{ n1.name }} <{{ n1.mail }}>",
        "to": "{{ n1.all }}",
        "cc": ["{{ n1.mail }}"],
        "reply_to": "{{ n1.mail }}",
        "subject": "S {{ n1.name }}",
        "text": "T {{ n1.name }}",
        "html": "<p>{{ n1.name }}",
        "headers": {"X-{{ n1.name }}": "{{ n1.name }}\r\nBcc: eve@example.com"},
    }
    found = await message(settings, n1={"name": "Ann", "mail": "a@example.com", "all": ["b@example.com", "C <c@d.e>"]})

    assert {name: str(found[name]) for name in ("From", "To", "Cc", "Reply-To", "Subject", "X-Ann")} == {
        "From": "Ann <a@example.com>",
        "To": "b@example.com, C <c@d.e>",
        "Cc": "a@example.com",
        "Reply-To": "a@example.com",
        "Subject": "S Ann",
        "X-Ann": "Ann Bcc: eve@example.com",
    }
    assert [part.get_content() for part in found.iter_parts()] == ["T Ann\n", "<p>Ann\n"]


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        ({"filename": "a.txt", "content": "é"}, ("a.txt", "text/plain", "é")),
        ({"filename": "a", "content": "x"}, ("a", "text/plain", "x")),
        ({"filename": "a.JSON", "content": "{{ n1 }}"}, ("a.JSON", "application/json", b'{"x":1}')),
        ({"filename": "a", "content": "AP8=", "encoding": "base64"}, ("a", "application/octet-stream", b"\x00\xff")),
        ({"filename": "a.pdf", "content": "A P\n8=", "encoding": "base64"}, ("a.pdf", "application/pdf", b"\x00\xff")),
        ({"filename": "a", "content": "x", "content_type": " Image/SVG+xml "}, ("a", "image/svg+xml", b"x")),
        ({"filename": "a", "content": "x", "content_type": "{{ n1.type }}"}, ("a", "text/plain", "x")),
        ({"filename": "a", "content": "x", "content_type": None}, ("a", "text/plain", "x")),
    ],
)
async def test_files_are_sent_along(attachment: dict[str, JsonValue], expected: tuple[str, str, object]) -> None:
    found = await message({"attachments": [attachment]}, n1={"x": 1})
    [part] = found.iter_attachments()

    assert (part.get_filename(), part.get_content_type(), part.get_content()) == expected


@pytest.mark.parametrize("settings", [{"attachments": None}, {"attachments": []}, {"headers": None}, {"headers": []}])
async def test_there_need_be_nothing_else(settings: dict[str, JsonValue]) -> None:
    assert (await message(settings)).get_content() == "Text.\n"


async def test_some_refused_recipients_are_told_of() -> None:
    refused = RefusedRecipient("c@example.com", 550, "no\nsuch  user \ud800" + "x" * 400)
    found = await outcome(RecordingMail(refused), cc="c@example.com")

    assert isinstance(found, Success)
    assert found.output["accepted"] == ["bob@example.com"]
    assert found.output["rejected"] == [
        {"address": "c@example.com", "code": 550, "message": f"no such user \ufffd{'x' * 286}…"}
    ]


@pytest.mark.parametrize(("code", "kind"), [(550, PermanentError), (450, TemporaryError)])
async def test_where_everybody_is_refused_the_step_fails(code: int, kind: type[Exception]) -> None:
    refused = [RefusedRecipient(f"{name}@example.com", 550, "no") for name in "abcd"]
    mail = RecordingMail(*refused[:3], RefusedRecipient("d@example.com", code, "not now"))
    node = action("send_email", {**SETTINGS, "to": [one.address for one in refused]})

    with pytest.raises(kind) as caught:
        await node.run(StepContext(mail=mail))
    assert str(caught.value) == (
        "The e-mail was not sent: mail.example.com refused every recipient: "
        "a@example.com (550 no); b@example.com (550 no); c@example.com (550 no); and 1 more"
    )
    assert caught.value.output["accepted"] == []  # type: ignore[attr-defined] # both are errors of steps


@pytest.mark.parametrize("error", [TemporaryError("gone"), PermanentError("refused", {"a": 1})])
async def test_a_failure_says_that_nothing_was_sent(error: PermanentError | TemporaryError) -> None:
    node = action("send_email", SETTINGS)

    with pytest.raises(type(error)) as caught:
        await node.run(StepContext(mail=RecordingMail(error=error)))
    assert (str(caught.value), caught.value.output) == (f"The e-mail was not sent: {error.message}", error.output)


async def test_a_large_file_is_sent_as_it_is() -> None:
    content = bytes(range(256)) * 2_000
    written = base64.b64encode(content).decode()
    found = await message(
        {"attachments": [{"filename": "a", "content": "{{ n1.x }}", "encoding": "base64"}]}, n1={"x": written}
    )

    assert [part.get_content() for part in found.iter_attachments()] == [content]
