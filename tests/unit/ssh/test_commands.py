"""What commands put out and how they end, and that nothing is left of those which do not."""

import asyncio
from collections.abc import Callable

import asyncssh
import pytest

from app.graph.errors import PermanentError, TemporaryError
from app.graph.ssh_report import CommandEnd, Printed
from tests.fixtures.ssh_host import SshHost
from tests.unit.ssh.asking import ROOM, Told, failure, run, said, told
from tests.worker.world import until
from worker.adapters.ssh.lazy import LazySsh


@pytest.mark.parametrize(
    ("command", "end"),
    [
        ("exit 0", CommandEnd(0)),
        ("exit 7", CommandEnd(7)),
        ("exit 255", CommandEnd(255)),
        ("kill TERM", CommandEnd(signal="TERM")),
        ("end-silently", CommandEnd()),
    ],
)
async def test_how_a_command_ends_is_told(ssh: LazySsh, host: SshHost, command: str, end: CommandEnd) -> None:
    assert (await run(ssh, host.target(), command))[0] == end


async def test_both_streams_are_told_apart(ssh: LazySsh, host: SshHost) -> None:
    end, printed = await run(ssh, host.target(), "complain no such file")
    assert (end.exit_code, bytes(printed.stdout), bytes(printed.stderr)) == (3, b"", b"no such file")


async def test_bytes_come_as_they_are(ssh: LazySsh, host: SshHost) -> None:
    assert await said(ssh, host.target(), "bytes ff00c3a4") == b"\xff\0\xc3\xa4"


async def test_a_command_goes_as_it_is(ssh: LazySsh, host: SshHost) -> None:
    command = "echo 'ü' \"$HOME\"; `x`\n# and another line\t" + "x" * 50_000
    assert await said(ssh, host.target(), command) == command.removeprefix("echo ").encode()


async def test_a_command_that_reads_finds_nothing(ssh: LazySsh, host: SshHost) -> None:
    assert await said(ssh, host.target(), "cat") == b"read "


async def test_commands_share_a_connection(ssh: LazySsh, host: SshHost) -> None:
    printed = Printed(ROOM)
    async with ssh.connect(host.target()) as session:
        for word in ("a", "b", "c"):
            await session.run(f"echo {word}", printed)
    assert (bytes(printed.stdout), len(host.connections), host.logins) == (b"abc", 1, 1)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_command_that_prints_without_end_is_ended(ssh: LazySsh, host: SshHost, stream: str) -> None:
    printed = Printed(ROOM)
    async with ssh.connect(host.target()) as session:
        await session.run(f"flood {stream}", printed)
        await session.run("exit 0", Printed(ROOM))  # by which the host has heard of the end of the first
        assert host.signals == ["TERM"]
    assert printed.is_too_much
    assert len(printed.stdout) + len(printed.stderr) <= ROOM


async def test_a_connection_that_is_lost_keeps_what_was_printed(ssh: LazySsh, host: SshHost) -> None:
    printed = Printed(ROOM)
    with pytest.raises(TemporaryError, match=r"^the connection to 127\.0\.0\.1 was lost$"):
        async with ssh.connect(host.target()) as session:
            await session.run("drop", printed)
    assert printed.stdout == b"half"


async def test_a_host_that_leaves_before_a_command_has_ended_is_a_lost_connection(ssh: LazySsh, host: SshHost) -> None:
    error = await failure(ssh, host.target(), "disconnect")
    assert told(error) == (TemporaryError, "the connection to 127.0.0.1 was lost")


async def test_a_command_after_the_connection_was_lost_fails_alike(ssh: LazySsh, host: SshHost) -> None:
    async def come_too_late() -> None:
        async with ssh.connect(host.target()) as session:
            host.connections[0].abort()
            await host.connections[0].wait_closed()
            await session.run("exit 0", Printed(ROOM))

    with pytest.raises(TemporaryError, match=r"^the connection to 127\.0\.0\.1 was lost$"):
        await come_too_late()


def no_room() -> bool:
    raise asyncssh.ChannelOpenError(asyncssh.constants.OPEN_RESOURCE_SHORTAGE, "later")


@pytest.mark.parametrize(
    ("open_session", "error"),
    [
        (lambda: False, (TemporaryError, "127.0.0.1 opens no channel for a command just now")),
        (asyncssh.SSHServerSession, (PermanentError, "127.0.0.1 does not let this user run commands")),
        (no_room, (TemporaryError, "127.0.0.1 opens no channel for a command just now")),
    ],
    ids=["no channels", "no commands", "no room"],
)
async def test_a_host_that_does_not_run_the_command_says_so(
    ssh: LazySsh, open_session: Callable[[], asyncssh.SSHServerSession[bytes] | bool], error: Told
) -> None:
    async with SshHost(process_factory=None) as host:
        host.open_session = open_session
        assert told(await failure(ssh, host.target())) == error


async def test_a_command_that_takes_too_long_is_ended_with_the_connection(ssh: LazySsh, host: SshHost) -> None:
    printed = Printed(ROOM)
    with pytest.raises(TemporaryError, match=r"^the 2 s for it were over before all commands had ended$"):
        async with ssh.connect(host.target(timeout_seconds=2)) as session:
            await session.run("prompt Password:", printed)
    await host.left.wait()
    assert (bytes(printed.stdout), host.signals) == (b"Password:", ["TERM"])


async def test_a_step_that_is_given_up_ends_the_command_and_the_connection(ssh: LazySsh, host: SshHost) -> None:
    running = asyncio.create_task(run(ssh, host.target(), "prompt Password:"))
    await host.asked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await host.left.wait()
    assert host.signals == ["TERM"]


async def test_the_connection_is_closed_whatever_ends_the_step(ssh: LazySsh, host: SshHost) -> None:
    async def stumble() -> None:
        async with ssh.connect(host.target()):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    await host.left.wait()


async def test_nothing_runs_on_after_a_step(ssh: LazySsh, host: SshHost) -> None:
    before = asyncio.all_tasks()
    await run(ssh, host.target(), "exit 0")
    await failure(ssh, host.target(password="wrong"))
    await failure(ssh, host.target(), "drop")
    for connection in host.connections:
        await connection.wait_closed()

    await until(lambda: asyncio.all_tasks() <= before)
