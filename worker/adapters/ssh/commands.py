"""Commands on a connection, each in a channel of its own that is closed once its time is over or it prints too much."""

import asyncio
from contextlib import suppress

import asyncssh

from app.graph.errors import StepError
from app.graph.foreign import repair_text
from app.graph.ports import Departure, SshTarget
from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import CommandEnd, Printed
from worker.adapters.ssh.failures import explain, lost


class Session:
    """Implements `app.graph.ports.SshSession`."""

    def __init__(self, connection: asyncssh.SSHClientConnection, target: SshTarget, host_key: HostKey) -> None:
        self._connection = connection
        self._target = target
        self.host_key = host_key

    async def run(self, command: str, printed: Printed) -> CommandEnd:
        """See the port."""
        while True:
            channel = _Channel(printed, self._target.departure)
            try:
                return await self._end_of(command, channel, printed)
            except _HeldError:
                await self._target.departure.leave()

    async def _end_of(self, command: str, channel: "_Channel", printed: Printed) -> CommandEnd:
        try:
            await self._connection.create_session(lambda: channel, command)
            await channel.closed.wait()
        except _HeldError:
            raise
        except Exception as error:
            raise self._explained(error) from error
        finally:
            channel.cut()
        if channel.end is None and not printed.is_too_much and self._connection.is_closed():
            raise self._explained(channel.error) from channel.error
        return channel.end or CommandEnd()

    def _explained(self, error: Exception | None) -> StepError:
        if error is None or (isinstance(error, asyncssh.ChannelOpenError) and self._connection.is_closed()):
            return lost(self._target.host)
        return explain(error, self._target)


class _HeldError(Exception):
    """The command must not be sent at this moment."""


class _Channel(asyncssh.SSHClientSession[bytes]):
    """Listens to one command."""

    def __init__(self, printed: Printed, departure: Departure) -> None:
        self.closed = asyncio.Event()
        self.end: CommandEnd | None = None
        self.error: Exception | None = None
        self._printed = printed
        self._departure = departure
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Take the channel, which the host has opened: now the library sends the command."""
        if not self._departure.leaves_now():
            chan.close()
            raise _HeldError
        self._channel = chan

    def session_started(self) -> None:
        if self._channel:
            self._channel.write_eof()  # so that a command which reads finds the end, and does not wait

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._printed.take(data, is_error=datatype == asyncssh.EXTENDED_DATA_STDERR)
        if self._printed.is_too_much:
            self.cut()
            self.closed.set()

    def exit_status_received(self, status: int) -> None:
        self.end = CommandEnd(exit_code=status)

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: ARG002, FBT001 -- the library's
        self.end = CommandEnd(signal=repair_text(signal))

    def connection_lost(self, exc: Exception | None) -> None:
        self._channel = None
        self.error = exc
        self.closed.set()

    def cut(self) -> None:
        """Tell the host to end the command, if it still runs, and listen no longer."""
        channel, self._channel = self._channel, None
        if channel:
            with suppress(OSError):  # it is closed already
                channel.terminate()
            channel.close()
