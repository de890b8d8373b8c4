"""Channels of notifications: what is delivered, and that nothing of what the operator has set up comes back."""

from dataclasses import replace

import pytest

from app.core.config import ChannelSettings
from app.core.errors import SetupError
from app.core.json import JsonValue, loads
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.mail_auth import plain_credentials
from app.graph.ports import HttpAnswer, HttpCall, Mailing, MailServer, Notification, RefusedRecipient
from app.outbound.addresses import operator_policy
from tests.factories.mail import received
from tests.factories.steps import NOW, RecordingHttp, RecordingMail, answer
from tests.fixtures.mail_servers import MailTarget
from tests.fixtures.names import stub_look_up
from worker.adapters.channels import ConfiguredChannels
from worker.adapters.mail import GuardedMail

TOKEN = "T0123456789abcdef"
URL = f"https://hooks.example.com:8443/services/B1/{TOKEN}?sig=abcdefghijklmnop&v=1"
SETTINGS: dict[str, dict[str, JsonValue]] = {
    "Ops": {"type": "webhook", "url": f" {URL} "},
    "team": {
        "type": "email",
        "host": "mail.internal",
        "username": "virga-user",
        "password": "p4ssw0rd",
        "from": "Virga <virga@example.com>",
        "to": "ann@example.com, Bob <bob@example.com>",
    },
}
SERVER = MailServer("mail.internal", 587, "starttls", "virga-user", "p4ssw0rd")
NOTICE = Notification("ops", "Site 7", "It is offline.", "run::n1", NOW, 30)


def channels(http: RecordingHttp | None = None, mail: RecordingMail | GuardedMail | None = None) -> ConfiguredChannels:
    settings = {name: ChannelSettings.model_validate(one) for name, one in SETTINGS.items()}
    return ConfiguredChannels(settings, http or RecordingHttp(answer()), mail or RecordingMail())


async def called(notice: Notification) -> HttpCall:
    http = RecordingHttp(answer(204))
    await channels(http).deliver(notice)
    (made,) = http.calls
    return made


async def mailed(notice: Notification) -> Mailing:
    mail = RecordingMail()
    await channels(mail=mail).deliver(replace(notice, channel="team"))
    (mailing,) = mail.sent
    return mailing


async def failure(answered: HttpAnswer | StepError, kind: type[StepError] = PermanentError) -> StepError:
    with pytest.raises(kind) as caught:
        await channels(RecordingHttp(answered)).deliver(NOTICE)
    return caught.value


async def mail_failure(mail: RecordingMail, kind: type[StepError] = PermanentError) -> StepError:
    with pytest.raises(kind) as caught:
        await channels(mail=mail).deliver(replace(NOTICE, channel="team"))
    return caught.value


async def test_a_webhook_is_sent_what_chats_take() -> None:
    made = await called(NOTICE)

    assert (made.method, made.url, made.timeout_seconds, made.follow_redirects) == ("POST", URL, 30, False)
    assert made.headers == [("Content-Type", "application/json"), ("Idempotency-Key", "run::n1")]
    assert loads(made.body or b"") == {"subject": "Site 7", "text": "Site 7\n\nIt is offline."}


async def test_without_a_subject_there_is_the_message_alone() -> None:
    assert loads((await called(replace(NOTICE, subject=" "))).body or b"") == {"text": "It is offline."}


async def test_what_cannot_be_sent_is_replaced() -> None:
    made = await called(replace(NOTICE, subject="a\r\nb\ud800", message="c\x00\ud800"))

    assert loads(made.body or b"") == {"subject": "a b\ufffd", "text": "a b\ufffd\n\nc\ufffd\ufffd"}


@pytest.mark.parametrize("name", ["ops", "OPS", " Ops "])
async def test_a_name_may_be_written_in_any_case(name: str) -> None:
    assert (await called(replace(NOTICE, channel=name))).url == URL


async def test_mail_goes_to_those_who_are_set_up() -> None:
    mailing = await mailed(NOTICE)
    message = received(mailing.message)

    assert mailing.server == SERVER
    assert (mailing.sender, mailing.recipients) == ("virga@example.com", ["ann@example.com", "bob@example.com"])
    assert (str(message["Subject"]), message.get_content()) == ("Site 7", "It is offline.\n")
    assert (str(message["From"]), message["Date"].datetime) == ("Virga <virga@example.com>", NOW)


async def test_a_repeated_attempt_sends_the_same_message() -> None:
    assert await mailed(NOTICE) == await mailed(NOTICE)


async def test_mail_that_somebody_gets_is_delivered() -> None:
    mail = RecordingMail(RefusedRecipient("bob@example.com", 550, "no"))
    await channels(mail=mail).deliver(replace(NOTICE, channel="team"))

    assert len(mail.sent) == 1


@pytest.mark.parametrize("name", ["nobody", ""])
async def test_an_unknown_channel_names_those_there_are(name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await channels().deliver(replace(NOTICE, channel=name))
    assert str(caught.value) == f'there is no channel "{name}" on this server; there are: ops, team'


async def test_a_server_without_channels_says_so() -> None:
    with pytest.raises(PermanentError, match=r"^no channels are set up on this server \(VIRGA_CHANNELS\)$"):
        await ConfiguredChannels({}, RecordingHttp(), RecordingMail()).deliver(NOTICE)


@pytest.mark.parametrize(
    ("answered", "kind", "said"),
    [
        (answer(403, b"invalid_token"), PermanentError, "the webhook answered 403 Forbidden: invalid_token"),
        (answer(404), PermanentError, "the webhook answered 404 Not Found"),
        (answer(302), PermanentError, "the webhook answered 302 Found"),
        (answer(500, b"a\n b"), TemporaryError, "the webhook answered 500 Internal Server Error: a b"),
        (answer(400, b"\xff\x00"), PermanentError, "the webhook answered 400 Bad Request"),
        (TemporaryError("could not connect to hooks.example.com"), TemporaryError, "could not connect to ••••"),
    ],
)
async def test_a_webhook_that_fails_says_why(
    answered: HttpAnswer | StepError, kind: type[StepError], said: str
) -> None:
    assert (await failure(answered, kind)).message == said


async def test_a_webhook_may_ask_for_a_pause() -> None:
    error = await failure(answer(429, retry_after="7"), TemporaryError)

    assert isinstance(error, TemporaryError)
    assert error.delay_seconds == 7


@pytest.mark.parametrize(
    "said", [URL, TOKEN, f"/services/B1/{TOKEN}", f"({TOKEN})", "abcdefghijklmnop", "hooks.example.com"]
)
async def test_what_a_webhook_says_back_of_its_address_is_masked(said: str) -> None:
    in_body = (await failure(answer(400, said.encode()))).message
    in_reason = (await failure(answer(400, reason="y" * 90 + said))).message

    for message in (in_body, in_reason):
        assert "••" in message
        assert not any(said[start : start + 8] in message for start in range(len(said) - 8))


async def test_a_long_answer_is_masked_before_it_is_cut() -> None:
    for before in range(440, 475):
        message = (await failure(answer(400, b"x" * before + TOKEN.encode()))).message
        assert "T0123" not in message
        assert len(message) <= 500


@pytest.mark.parametrize(
    "said",
    [
        *("mail.internal", "virga-user", "p4ssw0rd", "virga@example.com", "ann@example.com", "bob@example.com"),
        plain_credentials(SERVER),
    ],
)
async def test_nothing_of_a_mail_channel_comes_back(said: str) -> None:
    failed = await mail_failure(RecordingMail(error=TemporaryError(f"not {said}", {"seen": said})), TemporaryError)
    refused = [RefusedRecipient(f"{name}@example.com", 550, "z" * 290 + said) for name in ("ann", "bob")]
    nobody = await mail_failure(RecordingMail(*refused))

    assert (failed.message, failed.output) == ("not ••••", {})
    assert (said[:6] in nobody.message, said in nobody.message, nobody.output) == (False, False, {})


async def test_mail_reaches_a_private_server_that_the_operator_names() -> None:
    async with MailTarget(user=("virga-user", "p4ssw0rd")) as target:
        settings = ChannelSettings.model_validate({**SETTINGS["team"], "security": "none", "port": target.port})
        way = GuardedMail(operator_policy(), resolve=stub_look_up({"mail.internal": ["127.0.0.1"]}))
        made = ConfiguredChannels({"team": settings}, RecordingHttp(), way)
        await made.deliver(replace(NOTICE, channel="team"))
    assert target.got[0].rcpt_tos == ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Ops", {"url": "hooks"}, "VIRGA_CHANNELS__OPS: The URL must start with https:// or http://."),
        ("team", {"to": ","}, 'VIRGA_CHANNELS__TEAM: "to" names nobody; give at least one address.'),
        ("team", {"from": "a@b.c, d@e.f"}, 'VIRGA_CHANNELS__TEAM: "from" must have one address; it has 2.'),
    ],
)
def test_a_channel_that_cannot_be_used_stops_the_start(name: str, changes: dict[str, str], said: str) -> None:
    settings = ChannelSettings.model_validate({**SETTINGS[name], **changes})

    with pytest.raises(SetupError) as caught:
        ConfiguredChannels({name: settings}, RecordingHttp(), RecordingMail())
    assert str(caught.value) == said


LINK = "t0ken-of-a-form"


@pytest.mark.parametrize("before", range(440, 500, 7))
async def test_what_a_webhook_says_back_of_a_secret_message_is_masked_before_it_is_cut(before: int) -> None:
    http = RecordingHttp(answer(403, f"{'x' * before}{LINK}".encode()))
    with pytest.raises(PermanentError) as caught:
        await channels(http).deliver(replace(NOTICE, secrets=(LINK,)))

    assert LINK[:4] not in caught.value.message
    assert "hooks.example.com" not in caught.value.message


async def test_what_a_mail_server_says_back_of_a_secret_message_is_masked_before_it_is_cut() -> None:
    refused = [
        RefusedRecipient(one, 550, f"{'x' * 290}{LINK} p4ssw0rd") for one in ("ann@example.com", "bob@example.com")
    ]
    with pytest.raises(PermanentError) as caught:
        await channels(mail=RecordingMail(*refused)).deliver(replace(NOTICE, channel="team", secrets=(LINK,)))

    assert [part for part in (LINK[:4], "p4ss") if part in caught.value.message] == []


def test_a_notification_shows_nothing_of_what_it_says() -> None:
    assert LINK not in repr(Notification("ops", LINK, LINK, "run::n1", NOW, 30, (LINK,)))
