"""Mail handed to real servers, over loopback: what arrives."""

import asyncio
from pathlib import Path

import pytest

from app.graph.ports import MailSecurity, RefusedRecipient
from app.outbound.addresses import operator_policy
from tests.fixtures.certificates import self_signed
from tests.fixtures.mail_servers import CLOSE, HANG, MailTarget, ScriptedServer
from tests.unit.adapters.mailing import MESSAGE, OPEN, PASSWORD, failure, mail, mailing


async def test_a_message_arrives_as_it_was_written() -> None:
    async with MailTarget() as target:
        assert await mail().send(mailing(target.port)) == []
    [envelope] = target.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ann@example.com", ["bob@example.com"])
    assert target.messages == [MESSAGE]


async def test_a_large_message_arrives_whole() -> None:
    text = b"Subject: x\r\n\r\n" + b"line\r\n.dot\r\n" * 100_000
    async with MailTarget() as target:
        await mail().send(mailing(target.port, message=text))
    assert target.messages == [text]


async def test_every_recipient_gets_it() -> None:
    everybody = [f"{name}@example.com" for name in "abc"]
    async with MailTarget() as target:
        await mail().send(mailing(target.port, recipients=everybody))
    assert target.got[0].rcpt_tos == everybody


async def test_no_name_server_is_asked_for_our_own_name() -> None:
    async with MailTarget() as target:
        await mail().send(mailing(target.port))
    assert len(target.introductions) == 1
    assert target.introductions[0] == "[127.0.0.1]" or "." in target.introductions[0]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_is_sent_over_tls(tmp_path: Path, security: MailSecurity) -> None:
    served, trusted = self_signed(tmp_path, "mail.example")
    async with MailTarget(tls=served, is_tls_from_the_beginning=security == "tls", user=("ann", PASSWORD)) as target:
        await mail(tls=trusted).send(mailing(target.port, security, user="ann"))
    assert target.messages == [MESSAGE]


async def test_several_messages_at_once_do_not_mind_each_other() -> None:
    async with MailTarget() as target:
        way = mail()
        await asyncio.gather(*(way.send(mailing(target.port, sender=f"{name}@example.com")) for name in "abcde"))
    assert sorted(str(envelope.mail_from) for envelope in target.got) == [f"{name}@example.com" for name in "abcde"]


async def test_old_servers_that_know_no_ehlo_are_spoken_to() -> None:
    async with ScriptedServer({"EHLO": "502 what", "HELO": "250 here"}) as server:
        assert await mail().send(mailing(server.port)) == []
    assert [command.split()[0] for command in server.commands] == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_some_refused_recipients_do_not_keep_the_others_from_getting_it() -> None:
    refused = {"b@example.com": "550 5.1.1 no such user", "c@example.com": "452 full"}
    async with MailTarget(refused=refused) as target:
        found = await mail().send(mailing(target.port, recipients=[f"{name}@example.com" for name in "abc"]))
    assert found == [
        RefusedRecipient("b@example.com", 550, "5.1.1 no such user"),
        RefusedRecipient("c@example.com", 452, "full"),
    ]
    assert target.got[0].rcpt_tos == ["a@example.com"]


async def test_where_everybody_is_refused_nothing_is_sent() -> None:
    async with MailTarget(refused={"bob@example.com": "550 no"}) as target:
        assert await mail().send(mailing(target.port)) == [RefusedRecipient("bob@example.com", 550, "no")]
    assert target.got == []


@pytest.mark.parametrize("word", [HANG, CLOSE, "500 no"])
async def test_what_comes_after_the_message_was_taken_changes_nothing(word: str) -> None:
    async with ScriptedServer({"QUIT": word}) as server:
        assert await mail().send(mailing(server.port)) == []


async def test_addresses_beyond_ascii_go_to_servers_that_take_them() -> None:
    international = {"sender": "jörg@example.com", "recipients": ["zoë@example.com"], "is_international": True}
    async with MailTarget(takes_utf8=True) as target:
        await mail().send(mailing(target.port, **international))  # type: ignore[arg-type] # the fields of a mailing
    assert (target.got[0].mail_from, target.got[0].rcpt_tos) == ("jörg@example.com", ["zoë@example.com"])
    async with MailTarget() as target:
        said = await failure(mail(), mailing(target.port, **international))  # type: ignore[arg-type] # as above
    assert said == "mail.example takes no addresses with letters beyond ASCII before the @"


async def test_within_the_allowed_ranges_it_is() -> None:
    async with MailTarget(user=("ann", PASSWORD)) as target:
        await mail(OPEN).send(mailing(target.port, "none", user="ann"))
    assert target.messages == [MESSAGE]


async def test_an_operators_server_may_be_private() -> None:
    async with MailTarget(user=("ann", PASSWORD)) as target:
        await mail(operator_policy()).send(mailing(target.port, "none", user="ann"))
    assert target.messages == [MESSAGE]
