"""Settings of send_email that cannot be right, before and during a run."""

import pytest

from app.core.json import JsonValue
from app.graph.outcome import Failure
from tests.factories.steps import StepContext, faults, outcome_of

SETTINGS: dict[str, JsonValue] = {
    "host": "mail.example.com",
    "from": "Ann <ann@example.com>",
    "to": "bob@example.com",
    "subject": "Hello",
    "text": "Text.",
}
NO_ADDRESS = 'The text "{}" is no e-mail address: write name@example.com, or Name <name@example.com>.'
PORT = '"port" must be a whole number from 1 to 65535; it is {}.'
TOGETHER = '"username" and "password" belong together; give both of them or neither.'
NOBODY = '"to" names nobody; give at least one address.'
NO_NAME = '"{}" is not the name of a header: write letters, digits and dashes.'
OWN = '"headers" cannot have {}: the message gets it by itself, or should not have it.'


async def failure(settings: dict[str, JsonValue], **roots: JsonValue) -> str:
    found = await outcome_of("send_email", {**SETTINGS, **settings}, StepContext(roots))
    assert isinstance(found, Failure), found
    return found.message.removeprefix("The e-mail was not sent: ")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"host": None}, {"host": '"host" must be text, a number, true or false; it is null.'}),
        ({"host": " "}, {"host": '"host" is empty; it should look like mail.example.com.'}),
        ({"port": 0}, {"port": PORT.format(0)}),
        ({"port": 65_536}, {"port": PORT.format(65_536)}),
        ({"port": 25.5}, {"port": PORT.format(25.5)}),
        ({"port": "smtp"}, {"port": '"port" of n1: This must come to a number.'}),
        (
            {"security": "ssl"},
            {"security": "\"security\" must be 'none', 'starttls' or 'tls'; it is the text \"ssl\"."},
        ),
        ({"username": "a"}, {"password": TOGETHER}),
        ({"password": "a"}, {"password": TOGETHER}),
        ({"from": "a"}, {"from": NO_ADDRESS.format("a")}),
        ({"from": ""}, {"from": '"from" must have one address; it has none.'}),
        ({"from": "a@b.c, d@e.f"}, {"from": '"from" must have one address; it has 2.'}),
        ({"from": ["a@b.c"]}, {"from": '"from" must be text, a number, true or false; it is a list.'}),
        ({"to": "a@b.c, nobody"}, {"to": NO_ADDRESS.format(" nobody")}),
        ({"to": []}, {"to": NOBODY}),
        ({"to": None}, {"to": NOBODY}),
        ({"to": 5}, {"to": '"to" must be a text with addresses, or a list of them; it is 5.'}),
        ({"cc": ["a@b.c", "x"]}, {"cc": NO_ADDRESS.format("x")}),
        ({"bcc": {}}, {"bcc": '"bcc" must be a text with addresses, or a list of them; it is an object.'}),
        ({"reply_to": "@"}, {"reply_to": NO_ADDRESS.format("@")}),
        ({"subject": None}, {"subject": '"subject" must be text, a number, true or false; it is null.'}),
        ({"text": None}, {"html": '"text" or "html" is required; both together are two forms of one message.'}),
        ({"text": []}, {"text": '"text" must be text, a number, true or false; it is a list.'}),
        ({"attachments": "a"}, {"attachments": '"attachments" must be a list; it is the text "a".'}),
        ({"attachments": [{"filename": "a"}]}, {"attachments[0].content": '"attachments[0].content" is required.'}),
        (
            {"attachments": [{"filename": "a", "content": "b", "encoding": "hex"}]},
            {
                "attachments[0].encoding": "\"attachments[0].encoding\" must be 'text' or 'base64'; "
                'it is the text "hex".'
            },
        ),
        (
            {"attachments": [{"filename": "a", "content": "b", "content_type": "message/rfc822"}]},
            {
                "attachments[0].content_type": '"message/rfc822" is no content type: '
                "it should look like application/pdf."
            },
        ),
        (
            {"attachments": [{"filename": "a", "content": "b"}] * 21},
            {"attachments": '"attachments" must have at most 20 entries; it has 21.'},
        ),
        ({"headers": 5}, {"headers": '"headers" must be a list; it is 5.'}),
        ({"headers": {"Bcc": "a@b.c"}}, {"headers.Bcc": OWN.format("bcc")}),
        ({"headers": {"content-TYPE": "x"}}, {"headers.content-TYPE": OWN.format("content-type")}),
        ({"headers": {"Resent-To": "x"}}, {"headers.Resent-To": OWN.format("resent-to")}),
        (
            {"headers": {"a b": "x"}},
            {"headers.a b": NO_NAME.format("a b")},
        ),
        (
            {"headers": [{"key": "X", "value": "y"}] * 51},
            {"headers": '"headers" must have at most 50 entries; it has 51.'},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("send_email", {**SETTINGS, **settings}) == expected


@pytest.mark.parametrize("missing", ["host", "from", "to", "subject"])
def test_a_missing_setting_is_named(missing: str) -> None:
    given = {name: value for name, value in SETTINGS.items() if name != missing}

    assert faults("send_email", given) == {missing: f'"{missing}" is required.'}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": "{{ n1.zero }}"}, PORT.format(0)),
        ({"port": "{{ n1.text }}"}, "This must come to a number."),
        ({"from": "{{ n1.text }}"}, NO_ADDRESS.format("x")),
        ({"from": "{{ n1.none }}"}, '"from" must have one address; it has none.'),
        ({"to": "{{ n1.none }}"}, NOBODY),
        ({"to": "{{ n1.zero }}"}, '"to" must be a text with addresses, or a list of them; it is 0.'),
        ({"cc": ["{{ n1.text }}"]}, NO_ADDRESS.format("x")),
        ({"username": "{{ n1.none }}", "password": "x"}, "the user name or the password is empty."),
        ({"username": "x", "password": "{{ n1.none }}"}, "the user name or the password is empty."),
        ({"headers": {"{{ n1.bcc }}": "x"}}, OWN.format("bcc")),
        ({"headers": {"{{ n1.none }}": "x"}}, NO_NAME.format("")),
        ({"attachments": [{"filename": "{{ n1.none }}", "content": "x"}]}, "An attachment has an empty filename."),
        (
            {"attachments": [{"filename": "a", "content": "{{ n1.text }}", "encoding": "base64"}]},
            'The attachment "a" cannot be sent: its content is not base64; set "encoding" to text for a plain text.',
        ),
        (
            {"attachments": [{"filename": "a", "content": "é", "encoding": "base64"}]},
            'The attachment "a" cannot be sent: its content is not base64; set "encoding" to text for a plain text.',
        ),
        (
            {"attachments": [{"filename": "a", "content": "x", "content_type": "{{ n1.text }}"}]},
            'The attachment "a" cannot be sent: "x" is no content type: it should look like application/pdf.',
        ),
        (
            {"to": [f"a{n}@example.com" for n in range(60)], "bcc": [f"b{n}@example.com" for n in range(60)]},
            "A message can have 100 recipients at most; this has 120.",
        ),
    ],
)
async def test_what_turns_out_wrong_fails_the_node(settings: dict[str, JsonValue], message: str) -> None:
    assert await failure(settings, n1={"zero": 0, "text": "x", "none": None, "bcc": "Bcc"}) == message
