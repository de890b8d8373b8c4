"""What commands on another host have printed and how they ended, never more than a step's output may hold."""

import asyncio
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.errors import PermanentError
from app.graph.foreign import repair_text
from app.graph.ssh_host_key import HostKey

RESERVED_BYTES = 4 * 1024  # of a step's output: for the host's key, and for the sentence of a failure


class Printed:
    """What one command has printed so far, up to a limit."""

    def __init__(self, limit_bytes: int) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.is_too_much = False
        self._left = limit_bytes

    def take(self, data: bytes, *, is_error: bool) -> None:
        """Keep what was printed, where there is room for it."""
        self._left -= len(data)
        if self._left < 0:
            self.is_too_much = True
        else:
            (self.stderr if is_error else self.stdout).extend(data)


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended: by itself or by a signal; hosts that tell neither leave both None."""

    exit_code: int | None = None
    signal: str | None = None

    @property
    def is_failure(self) -> bool:
        return bool(self.exit_code) or self.signal is not None

    def __str__(self) -> str:
        return f"was ended by the signal {self.signal}" if self.signal else f"ended with exit code {self.exit_code}"


class SshReport:
    """The results of commands that run one after the other, those of a failed step included."""

    def __init__(self, limit_bytes: int) -> None:
        self.host_key: HostKey | None = None
        self._results: list[JsonObject] = []
        self._left = limit_bytes - RESERVED_BYTES
        self._under_way: tuple[str, Printed] | None = None

    @property
    def under_way(self) -> int | None:
        """Return the place of the command that has begun and not ended, counted from 0."""
        return len(self._results) if self._under_way else None

    def begin(self, command: str) -> Printed:
        """Return what the command that now begins is to print into."""
        printed = Printed(max(self._left, 0))
        self._under_way = command, printed
        return printed

    async def end(self, end: CommandEnd) -> None:
        """Keep the result of the command under way. Raises `PermanentError` where it has printed too much for that."""
        if self._under_way and not await self._keep(*self._under_way, end):
            raise PermanentError("it printed more than there is room for in the step's output")
        self._under_way = None

    async def output(self) -> JsonObject:
        """Return the step's output. A command that was cut off is shown too, if there is room for it."""
        if self._under_way:
            await self._keep(*self._under_way, CommandEnd())
            self._under_way = None
        key = self.host_key
        shown = {"host_key": {"fingerprint": key.fingerprint, "public_key": key.public_key}} if key else {}
        return {"results": self._results, **shown}

    async def _keep(self, command: str, printed: Printed, end: CommandEnd) -> bool:
        if printed.is_too_much:
            return False
        result, size = await asyncio.to_thread(_result, command, printed, end)
        is_kept = size <= self._left
        if is_kept:
            self._left -= size
            self._results.append(result)
        return is_kept


def _result(command: str, printed: Printed, end: CommandEnd) -> tuple[JsonObject, int]:
    """Return a command's result, and its size as JSON with what stands between results."""
    signal: dict[str, JsonValue] = {"signal": end.signal} if end.signal else {}
    result: JsonObject = {
        "command": command,
        "stdout": _text(printed.stdout),
        "stderr": _text(printed.stderr),
        "exit_code": end.exit_code,
        **signal,
    }
    return result, len(dumps(result).encode()) + 1


def _text(data: bytearray) -> str:
    return repair_text(data.decode(errors="replace"))
