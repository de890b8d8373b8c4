"""Hosts that speak another kind of SSH, or none, or nothing at all."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.graph.errors import PermanentError, TemporaryError
from tests.fixtures.ssh_host import SshHost
from tests.unit.ssh.asking import Told, failure, said, told
from worker.adapters.ssh.lazy import LazySsh


async def test_a_host_without_an_algorithm_in_common_is_told(ssh: LazySsh) -> None:
    async with SshHost(encryption_algs=["aes128-cbc"]) as host:
        error = await failure(ssh, host.target())
    assert told(error) == (
        PermanentError,
        "there is no encryption algorithm that both sides know; 127.0.0.1 offers aes128-cbc",
    )


async def test_an_old_host_is_talked_to_without_a_warning(ssh: LazySsh) -> None:
    async with SshHost(kex_algs=["diffie-hellman-group14-sha256"]) as host:
        assert await said(ssh, host.target(), "echo hello") == b"hello"


async def test_a_host_that_insists_on_compressing_is_refused(ssh: LazySsh) -> None:
    """What it sends would be inflated without a bound."""
    async with SshHost(compression_algs=["zlib@openssh.com"]) as host:
        error = await failure(ssh, host.target())
    assert error.message.startswith("there is no compression algorithm that both sides know")


@asynccontextmanager
async def greeting(*pieces: bytes) -> AsyncIterator[int]:
    """Give the port of what says these pieces to whoever connects; the last empty piece keeps it open."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(pieces)
        if pieces[-1:] == (b"",):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


LOST = (TemporaryError, "the connection to 127.0.0.1 was lost")


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ([], LOST),
        ([b"SSH-2.0-x\r\n"], LOST),
        ([b"SSH-1.5-old\r\n", b""], (PermanentError, "the connection to 127.0.0.1 was ended: Unsupported SSH version")),
        ([b"SSH-2.0-\xff\r\n", b""], (PermanentError, "127.0.0.1 sent what is not valid SSH")),
        ([b"x" * 10_000, b""], (PermanentError, "the connection to 127.0.0.1 was ended: Banner line too long")),
        ([b"hello\r\n" * 2_000, b""], (PermanentError, "the connection to 127.0.0.1 was ended: Too many banner lines")),
        (
            [b"SSH-2.0-x\r\n", b"\xff" * 1_000, b""],
            (PermanentError, "the connection to 127.0.0.1 was ended: Max packet size exceeded"),
        ),
        (
            [b"SSH-2.0-x\r\n", b"\0\0\0\x1c\7\1" + b"\0\0\0\x0b\0\0\0\7go away\0\0\0\0" + bytes(7), b""],
            (TemporaryError, "the connection to 127.0.0.1 was ended: go away (error 11)"),
        ),
    ],
    ids=["nothing", "leaves", "old", "no text", "long line", "many lines", "large packet", "farewell"],
)
async def test_whatever_answers_on_the_port_makes_a_sentence(
    ssh: LazySsh, host: SshHost, pieces: list[bytes], error: Told
) -> None:
    async with greeting(*pieces) as port:
        assert told(await failure(ssh, host.target(port=port))) == error


async def test_a_host_that_stays_silent_takes_no_longer_than_it_may(ssh: LazySsh, host: SshHost) -> None:
    async with greeting(b"") as port:
        error = await failure(ssh, host.target(port=port, timeout_seconds=0.2))
    assert told(error) == (TemporaryError, "127.0.0.1 did not answer within 0.2 s")


async def test_a_connection_that_is_given_up_is_closed(ssh: LazySsh, host: SshHost) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    with listener:
        connecting = asyncio.create_task(failure(ssh, host.target(port=listener.getsockname()[1])))
        accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
        with accepted:
            assert (await asyncio.get_running_loop().sock_recv(accepted, 100)).startswith(b"SSH-2.0-")
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            while await asyncio.get_running_loop().sock_recv(accepted, 10_000):
                pass  # until it is closed
