"""Mail that a server does not take, or should not get: what the failure says, and that nothing stays behind."""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.ports import MailSecurity, MailServer
from tests.fixtures.certificates import self_signed
from tests.fixtures.mail_servers import CLOSE, DEAF, HANG, MailTarget, ScriptedServer
from tests.unit.adapters.mailing import CLOSED, MESSAGE, PASSWORD, closed, failure, mail, mailing, scripted
from worker.adapters.smtp_failures import explain


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_name_is_refused(tmp_path: Path, security: MailSecurity) -> None:
    served, trusted = self_signed(tmp_path, "mail.example")
    async with MailTarget(tls=served, is_tls_from_the_beginning=security == "tls") as target:
        said = await failure(mail(tls=trusted), mailing(target.port, security, host="other.example"))
    assert said.startswith("the TLS certificate of other.example is not valid: ")
    assert target.got == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_unknown_authority_is_refused_by_default(tmp_path: Path, security: MailSecurity) -> None:
    served, _ = self_signed(tmp_path, "mail.example")
    async with MailTarget(tls=served, is_tls_from_the_beginning=security == "tls") as target:
        said = await failure(mail(), mailing(target.port, security))
    assert said == "the TLS certificate of mail.example is not valid: self-signed certificate"


async def test_a_server_without_starttls_gets_nothing() -> None:
    async with MailTarget(user=("ann", PASSWORD)) as target:
        said = await failure(mail(), mailing(target.port, "starttls", user="ann"))
    assert said == "mail.example offers no STARTTLS; try the security tls with its port, which is often 465"
    assert target.got == []


async def test_a_server_without_tls_is_a_connection_failure() -> None:
    async with MailTarget() as target:
        said = await failure(mail(), mailing(target.port, "tls"), TemporaryError)
    advice = "try the security starttls with its port, which is often 587"
    assert said == f"no TLS connection to mail.example could be made; {advice}"


def test_a_starttls_that_fails_is_a_connection_failure() -> None:
    error = explain(ssl.SSLError(), MailServer("mail.example", 587, "starttls"), "refused STARTTLS")
    assert (type(error), error.message) == (TemporaryError, "no TLS connection to mail.example could be made")


async def test_what_was_injected_before_tls_is_not_believed(tmp_path: Path) -> None:
    _, trusted = self_signed(tmp_path, "mail.example")
    injected = b"220 go\r\n250-here\r\n250 AUTH PLAIN\r\n"
    async with ScriptedServer({"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": injected}) as server:
        one = mailing(server.port, "starttls", user="ann", timeout_seconds=0.3)
        await failure(mail(tls=trusted), one, TemporaryError)
    assert [command.split()[0] for command in server.commands] == ["EHLO", "STARTTLS"]


async def test_a_wrong_password_says_so() -> None:
    async with MailTarget(user=("ann", "another")) as target:
        said = await failure(mail(), mailing(target.port, user="ann"))
    assert said.startswith("mail.example did not accept the user name and the password: 535 5.7.8 ")
    assert target.got == []


async def test_a_wrong_password_is_tried_once() -> None:
    script = {"EHLO": "250-here\r\n250 AUTH LOGIN PLAIN CRAM-MD5", "AUTH": "535 no"}
    async with ScriptedServer(script) as server:
        await failure(mail(), mailing(server.port, user="ann"))
    plain = base64.b64encode(f"\0ann\0{PASSWORD}".encode()).decode()
    assert server.commands[1:] == [f"AUTH PLAIN {plain}"]


async def test_a_way_to_sign_in_that_a_server_does_not_have_after_all_is_followed_by_the_next() -> None:
    script = {"EHLO": "250-here\r\n250 AUTH LOGIN PLAIN", "AUTH": "504 not this"}
    async with ScriptedServer(script) as server:
        await failure(mail(), mailing(server.port, user="ann"))
    assert [command[:10] for command in server.commands[1:]] == ["AUTH PLAIN", "AUTH LOGIN"]


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        ({"": "554 go away"}, PermanentError, "mail.example does not take mail: 554 go away"),
        ({"": "421 later"}, TemporaryError, "mail.example does not take mail: 421 later"),
        ({"": b"HTTP/1.1 400\r\n"}, PermanentError, "mail.example sent an answer that is not valid SMTP"),
        ({"": b"000 \r\n"}, PermanentError, "mail.example sent an answer that is not valid SMTP"),
        ({"": b"2" * 100_000}, PermanentError, "mail.example sent an answer that is not valid SMTP"),
        (
            {"EHLO": "502 what", "HELO": "550 no"},
            PermanentError,
            "mail.example does not take mail: 550 no",
        ),
        (
            {"MAIL": "550-5.7.1 not\r\n550 you \x00\x07"},
            PermanentError,
            "mail.example refused the sender ann@example.com: 550 5.7.1 not you \ufffd\x07",
        ),
        (
            {"MAIL": b"451 caf\xe9\r\n"},
            TemporaryError,
            "mail.example refused the sender ann@example.com: 451 caf\ufffd",
        ),
        ({"MAIL": "552 big"}, PermanentError, "the message is too large for mail.example: 552 big"),
        ({"DATA": "554 no"}, PermanentError, "mail.example refused the message: 554 no"),
        ({"DATA": "250 no"}, PermanentError, "mail.example refused the message: 250 no"),
        ({".": "554 spam"}, PermanentError, "mail.example refused the message: 554 spam"),
        ({".": "552 big"}, PermanentError, "the message is too large for mail.example: 552 big"),
        ({".": "451 later"}, TemporaryError, "mail.example refused the message: 451 later"),
        (
            {"EHLO": "250-here\r\n250 SIZE 10"},
            PermanentError,
            f"the message is too large for mail.example: it has {len(MESSAGE)} bytes of at most 10",
        ),
        *(
            ({word: CLOSE}, TemporaryError, "mail.example closed the connection before it had accepted the message")
            for word in ("", "EHLO", "MAIL", "RCPT", "DATA", ".")
        ),
    ],
)
async def test_each_failure_has_a_sentence(script: Mapping[str, str | bytes], kind: type[StepError], said: str) -> None:
    assert await scripted(script, kind) == said


@pytest.mark.parametrize("word", ["EHLO", "MAIL", "RCPT", "DATA", ".", "AUTH", "STARTTLS"])
async def test_a_server_that_stays_silent_fails_the_step_and_is_let_go(word: str) -> None:
    script = {"EHLO": "250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN", word: HANG}
    one = mailing(0, "starttls" if word == "STARTTLS" else "none", user="ann", timeout_seconds=0.3)
    async with ScriptedServer(script) as server:
        said = await failure(mail(), replace(one, server=replace(one.server, port=server.port)), TemporaryError)
        await closed(server)
    assert said == "mail.example did not answer within 0.3 s"


@pytest.mark.parametrize("security", ["none", "starttls"])
async def test_a_server_that_waits_for_tls_and_greets_nobody_is_told_of(tmp_path: Path, security: MailSecurity) -> None:
    served, _ = self_signed(tmp_path, "mail.example")
    async with MailTarget(tls=served, is_tls_from_the_beginning=True) as target:
        said = await failure(mail(), mailing(target.port, security, timeout_seconds=0.3), TemporaryError)
    advice = "if it encrypts from the beginning, as on port 465, set the security tls"
    assert said == f"mail.example did not answer within 0.3 s; {advice}"


async def test_a_server_that_stays_silent_under_tls_is_told_of_without_advice() -> None:
    async with ScriptedServer({"": HANG}) as server:
        said = await failure(mail(), mailing(server.port, "tls", timeout_seconds=0.3), TemporaryError)
    assert said == "mail.example did not answer within 0.3 s"


async def test_a_message_that_was_given_up_does_not_arrive_afterwards() -> None:
    async with ScriptedServer({"DATA": DEAF}) as server:
        one = mailing(server.port, timeout_seconds=0.5, message=b"x" * 9_000_000)
        assert "did not answer within" in await failure(mail(), one, TemporaryError)
        server.hearing.set()
        await closed(server)
    assert len(server.heard) < len(one.message)


async def test_refused_credentials_that_may_pass_are_tried_again_later() -> None:
    script = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "454 later"}
    said = await scripted(script, TemporaryError, user="ann")
    assert said == "mail.example did not accept the user name and the password: 454 later"


async def test_a_server_where_nobody_can_sign_in_says_so() -> None:
    said = await scripted({"EHLO": "250-here\r\n250 AUTH GSSAPI"}, user="ann")
    assert said == "mail.example offers no way to sign in that is known here"


async def test_a_server_that_refuses_starttls_says_so() -> None:
    script = {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": "454 not now"}
    assert await scripted(script, TemporaryError, security="starttls") == "mail.example refused STARTTLS: 454 not now"


async def test_a_challenge_that_is_none_fails_the_step() -> None:
    script = {"EHLO": "250-here\r\n250 AUTH CRAM-MD5", "AUTH": "334 \xe9"}
    said = await scripted(script, user="ann")
    assert said.startswith("mail.example did not accept the user name and the password: 334 Invalid CRAM-MD5 challenge")


async def test_a_message_that_is_too_large_is_not_sent() -> None:
    async with MailTarget(most_bytes=10) as target:
        said = await failure(mail(), mailing(target.port))
    assert said.startswith("the message is too large for mail.example")
    assert target.got == []


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_private_server_is_refused_without_a_connection(security: MailSecurity) -> None:
    async with MailTarget() as target:
        said = await failure(mail(CLOSED), mailing(target.port, security))
    assert said.startswith("calls to the address of mail.example are not allowed")
    assert target.connections == 0


async def test_a_password_is_not_told_in_the_clear_outside_the_allowed_ranges() -> None:
    async with MailTarget(user=("ann", PASSWORD)) as target:
        said = await failure(mail(CLOSED), mailing(target.port, "none", user="ann"))
    assert said.startswith("a password is sent to mail.example over TLS only, with the security starttls or tls;")
    assert target.connections == 0


async def test_a_closed_port_is_a_connection_failure() -> None:
    assert await failure(mail(), mailing(1), TemporaryError) == "could not connect to mail.example"


async def test_a_cancelled_message_leaves_no_connection_behind() -> None:
    async with ScriptedServer({"MAIL": HANG}) as server:
        task = asyncio.create_task(mail().send(mailing(server.port)))
        while not any(command.startswith("MAIL") for command in server.commands):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await closed(server)
