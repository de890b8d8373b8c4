"""Guarded TCP connections: what may be dialled, and what a failure says."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import pytest

from app.graph.errors import PermanentError, TemporaryError
from app.outbound.addresses import AddressPolicy, operator_policy, workflow_policy
from app.outbound.dialling import AddressInfo, Dialler, look_up
from tests.fixtures.names import stub_look_up

CLOSED = workflow_policy([]).https
LOOPBACK = workflow_policy([ip_network("127.0.0.0/8"), ip_network("::1/128")]).https
GREETING = b"220 ready\r\n"


class Listener:
    """Greets whoever connects, and counts them."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0

    def greet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(GREETING)
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    async with await asyncio.start_server(listener.greet, "127.0.0.1", 0) as server:
        listener.port = server.sockets[0].getsockname()[1]
        yield listener


async def greeting(dialler: Dialler, host: str, port: int) -> bytes:
    with await dialler.dial(host, port) as dialled:
        assert not dialled.getblocking()
        return await asyncio.get_running_loop().sock_recv(dialled, 100)


def dialler_of(policy: AddressPolicy = LOOPBACK, **names: Sequence[str]) -> Dialler:
    return Dialler(policy, stub_look_up({name.replace("_", "."): found for name, found in names.items()}))


async def refusal(dialler: Dialler, host: str, port: int = 25) -> str:
    with pytest.raises(PermanentError) as caught:
        await dialler.dial(host, port)
    return caught.value.message


async def test_an_admitted_host_is_connected_to(listener: Listener) -> None:
    assert await greeting(dialler_of(mail_example=["127.0.0.1"]), "mail.example", listener.port) == GREETING


async def test_a_numeric_address_needs_no_name_server(listener: Listener) -> None:
    assert await greeting(dialler_of(), "127.0.0.1", listener.port) == GREETING


async def test_an_operators_host_may_be_private(listener: Listener) -> None:
    dialler = dialler_of(operator_policy().https, mail_internal=["127.0.0.1"])
    assert await greeting(dialler, "mail.internal", listener.port) == GREETING


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "fe80::1%lo", "fe80::1%1", "0.0.0.1", "::", "10.0.0.1"],
)
async def test_a_private_address_is_refused_without_a_connection(listener: Listener, host: str) -> None:
    said = await refusal(dialler_of(CLOSED), host, listener.port)
    assert (said.startswith(f"calls to the address of {host} are not allowed"), listener.connections) == (True, 0)


@pytest.mark.parametrize("host", ["2130706433", "127.1", "017700000001"])
async def test_other_spellings_of_an_address_are_judged_by_what_they_mean(listener: Listener, host: str) -> None:
    assert "are not allowed" in await refusal(dialler_of(CLOSED), host, listener.port)
    assert listener.connections == 0


async def test_a_name_is_judged_by_what_it_resolves_to(listener: Listener) -> None:
    dialler = dialler_of(CLOSED, inside_example=["127.0.0.1", "::1", "10.0.0.1"])
    assert "the address of inside.example are not allowed" in await refusal(dialler, "inside.example", listener.port)
    assert listener.connections == 0


async def test_the_refusal_says_the_same_whether_the_port_is_open_or_closed(listener: Listener) -> None:
    opened = await refusal(dialler_of(CLOSED), "127.0.0.1", listener.port)
    assert opened == await refusal(dialler_of(CLOSED), "127.0.0.1", 1)


async def test_of_several_addresses_only_the_admitted_are_dialled(listener: Listener) -> None:
    only = workflow_policy([ip_network("127.0.0.2/32")]).https
    dialler = dialler_of(only, mixed_example=["127.0.0.1", "127.0.0.2"])
    with pytest.raises(TemporaryError, match=r"^could not connect to mixed\.example$"):
        await dialler.dial("mixed.example", listener.port)
    assert listener.connections == 0


async def test_an_address_that_refuses_is_followed_by_the_next(listener: Listener) -> None:
    dialler = dialler_of(mail_example=["127.0.0.2", "::1", "127.0.0.1"])
    assert await greeting(dialler, "mail.example", listener.port) == GREETING


async def test_a_silent_address_leaves_time_for_the_next(listener: Listener) -> None:
    with full_queue("127.0.0.2", listener.port):
        dialler = dialler_of(mail_example=["127.0.0.2", "127.0.0.1"])
        with await dialler.dial("mail.example", listener.port, timeout_seconds=1) as dialled:
            assert dialled.getpeername()[0] == "127.0.0.1"


async def test_a_host_that_stays_silent_is_a_connection_failure(listener: Listener) -> None:
    with full_queue("127.0.0.2", listener.port), pytest.raises(TemporaryError, match=r"^could not connect to 127\.0"):
        await dialler_of().dial("127.0.0.2", listener.port, timeout_seconds=0.1)


async def test_a_closed_port_is_a_connection_failure() -> None:
    with pytest.raises(TemporaryError, match=r"^could not connect to 127\.0\.0\.1$"):
        await dialler_of().dial("127.0.0.1", 1)


@pytest.mark.parametrize("host", ["nowhere.example", "a" * 64 + ".example", "..", "[::1]"])
async def test_a_name_without_an_address_says_so(host: str) -> None:
    dialler = dialler_of() if host == "nowhere.example" else Dialler(LOOPBACK, refuse_as_python_does)
    with pytest.raises(TemporaryError) as caught:
        await dialler.dial(host, 25)
    assert caught.value.message == f"the name {host} could not be resolved"


async def test_a_name_that_resolves_to_nothing_says_so() -> None:
    with pytest.raises(TemporaryError, match=r"^the name empty\.example could not be resolved$"):
        await dialler_of(empty_example=[]).dial("empty.example", 25)


async def test_a_name_server_that_stays_silent_is_a_connection_failure() -> None:
    async def wait(_: str, __: int) -> Sequence[AddressInfo]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(TemporaryError, match=r"^could not connect to slow\.example$"):
        await Dialler(LOOPBACK, wait).dial("slow.example", 25, timeout_seconds=0.05)


@pytest.mark.parametrize("host", ["", "mail example", "mail\r\n.example", "mail\x00.example", "\ud800", "a" * 254])
async def test_an_impossible_host_is_refused(host: str) -> None:
    assert await refusal(dialler_of(), host) == (
        "the host or the port is not valid; they should look like mail.example.com and 587"
    )


@pytest.mark.parametrize("port", [-1, 0, 65_536])
async def test_an_impossible_port_is_refused(port: int) -> None:
    assert "the port is not valid" in await refusal(dialler_of(), "127.0.0.1", port)


async def test_a_cancelled_attempt_closes_its_socket(listener: Listener) -> None:
    found = await look_up("127.0.0.2", listener.port)

    async def known(_: str, __: int) -> Sequence[AddressInfo]:
        return found

    with full_queue("127.0.0.2", listener.port):
        task = asyncio.create_task(Dialler(LOOPBACK, known).dial("slow.example", listener.port))
        await asyncio.sleep(0)  # which is all that it takes to wait for the connection
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task  # an open socket would be a warning, and warnings are errors


async def refuse_as_python_does(host: str, _: int) -> Sequence[AddressInfo]:
    host.encode("idna")  # which is what getaddrinfo begins with
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


class full_queue:  # noqa: N801 -- reads as a statement
    """A port that takes no connection and refuses none: what waits to be accepted fills its queue."""

    def __init__(self, host: str, port: int) -> None:
        self._sockets = [socket.socket() for _ in range(4)]
        self._address = (host, port)

    def __enter__(self) -> None:
        listening, *waiting = self._sockets
        listening.bind(self._address)
        listening.listen(0)
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(self._address)

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()
