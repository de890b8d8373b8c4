"""Mailings to servers of tests, and why they fail."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest

from app.graph.errors import PermanentError, StepError
from app.graph.ports import Mailing, MailSecurity, MailServer
from app.outbound.addresses import EgressPolicy, workflow_policy
from tests.fixtures.mail_servers import ScriptedServer
from tests.fixtures.names import stub_look_up
from worker.adapters.mail import GuardedMail

OPEN = workflow_policy([ip_network("127.0.0.0/8")])
CLOSED = workflow_policy([])
NAMES = {"mail.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
PASSWORD = "p4ssw0rd"
MESSAGE = b"Subject: Hello\r\n\r\nText.\r\n.\r\n..\r\nEnd.\r\n"


def mail(policy: EgressPolicy = OPEN, tls: ssl.SSLContext | None = None) -> GuardedMail:
    return GuardedMail(policy, resolve=stub_look_up(NAMES), tls=tls)


def mailing(
    port: int,
    security: MailSecurity = "none",
    *,
    user: str | None = None,
    host: str = "mail.example",
    **changes: object,
) -> Mailing:
    server = MailServer(host, port, security, user, PASSWORD if user else None)
    one = Mailing(server, "ann@example.com", ["bob@example.com"], MESSAGE, is_international=False, timeout_seconds=10)
    return replace(one, **changes)  # type: ignore[arg-type] # the tests name the fields


async def failure(way: GuardedMail, one: Mailing, kind: type[StepError] = PermanentError) -> str:
    with pytest.raises(kind) as caught:
        await way.send(one)
    return caught.value.message


async def scripted(script: Mapping[str, str | bytes], kind: type[StepError] = PermanentError, **changes: object) -> str:
    async with ScriptedServer(script) as server:
        return await failure(mail(), mailing(server.port, **changes), kind)  # type: ignore[arg-type] # as above


async def closed(server: ScriptedServer) -> None:
    async with asyncio.timeout(10):
        while not server.closed:
            await asyncio.sleep(0.01)
