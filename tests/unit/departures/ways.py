"""Every way out, on which a step sends to a server of this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from app.core.config import ChannelSettings
from app.graph.ports import Departure, HttpCall, Notification
from app.graph.ssh_report import Printed
from app.outbound.addresses import operator_policy, workflow_policy
from app.outbound.client import OutboundClient
from app.outbound.dialling import Dialler
from tests.factories.noting import NotedVault
from tests.factories.steps import NOW
from tests.fixtures.mail_servers import MailTarget
from tests.fixtures.soap_service import SoapService
from tests.fixtures.ssh_host import SshHost
from tests.fixtures.target import Target
from tests.unit.adapters.mailing import mailing
from tests.unit.adapters.soap_calls import call_of
from worker.adapters.channels import ConfiguredChannels
from worker.adapters.mail import GuardedMail
from worker.adapters.soap.calling import SoapCaller
from worker.adapters.ssh.lazy import LazySsh
from worker.execution.gated import GatedChannels, GatedHttp, GatedMail, GatedSsh, GatedVault

LOOPBACK = workflow_policy([ip_network("127.0.0.0/8")])


@dataclass(frozen=True)
class Way:
    """`send` sends something once; `count` says how often something has arrived, `connections` who has come."""

    send: Callable[[Departure], Awaitable[object]]
    count: Callable[[], int]
    connections: Callable[[], int]


def to(url: str, method: str = "POST", body: bytes | None = b"{}", *, follow: bool = False) -> HttpCall:
    return HttpCall(method, url, [], body, 10, 10_000, follow)


@asynccontextmanager
async def open_client() -> AsyncIterator[OutboundClient]:
    client = OutboundClient(LOOPBACK)
    yield client
    await client.aclose()


@asynccontextmanager
async def _http(method: str, body: bytes | None) -> AsyncIterator[Way]:
    async with open_client() as client, Target() as target:
        call = to(target.url(), method, body)
        yield Way(
            lambda departure: GatedHttp(client, departure).call(call),
            lambda: len(target.requests),
            lambda: target.connections,
        )


@asynccontextmanager
async def _mail() -> AsyncIterator[Way]:
    way = GuardedMail(LOOPBACK)
    async with MailTarget() as target:
        one = mailing(target.port, host="127.0.0.1")
        yield Way(
            lambda departure: GatedMail(way, departure).send(one), lambda: len(target.got), lambda: target.connections
        )


@asynccontextmanager
async def _ssh() -> AsyncIterator[Way]:
    way = LazySsh(Dialler(LOOPBACK.https))
    async with SshHost() as host:

        async def run(departure: Departure) -> None:
            async with GatedSsh(way, departure).connect(host.target()) as session:
                await session.run("exit 0", Printed(1000))

        yield Way(run, lambda: len(host.commands), lambda: host.logins)


@asynccontextmanager
async def _webhook() -> AsyncIterator[Way]:
    async with open_client() as client, Target() as target:
        settings = ChannelSettings.model_validate({"type": "webhook", "url": target.url()})
        yield Way(_deliver(settings, client), lambda: len(target.requests), lambda: target.connections)


@asynccontextmanager
async def _letter() -> AsyncIterator[Way]:
    async with open_client() as client, MailTarget() as target:
        server = {"type": "email", "host": "127.0.0.1", "port": target.port, "security": "none"}
        settings = ChannelSettings.model_validate({**server, "from": "a@example.com", "to": "b@example.com"})
        yield Way(_deliver(settings, client), lambda: len(target.got), lambda: target.connections)


@asynccontextmanager
async def _soap() -> AsyncIterator[Way]:
    async with open_client() as client, SoapService() as service:
        call = call_of(service.wsdl)
        yield Way(
            lambda departure: SoapCaller().call(GatedHttp(client, departure), call),
            lambda: len(service.calls),
            lambda: service.connections,
        )


@asynccontextmanager
async def _vault() -> AsyncIterator[Way]:
    vault = NotedVault()
    yield Way(
        lambda departure: GatedVault(vault, departure).store("name", "a secret"), lambda: len(vault.kept), lambda: 1
    )


def _deliver(settings: ChannelSettings, http: OutboundClient) -> Callable[[Departure], Awaitable[None]]:
    channels = ConfiguredChannels({"ops": settings}, http, GuardedMail(operator_policy()))
    notice = Notification("ops", "Site 7", "It is offline.", "run::n1", NOW, 10)
    return lambda departure: GatedChannels(channels, departure).deliver(notice)


WAYS: Mapping[str, Callable[[], AbstractAsyncContextManager[Way]]] = {
    "a request without a body": lambda: _http("GET", None),
    "a request with a body": lambda: _http("POST", b"{}"),
    "mail": _mail,
    "ssh": _ssh,
    "a channel that is a webhook": _webhook,
    "a channel that is a mailbox": _letter,
    "soap": _soap,
    "the vault": _vault,
}
