"""Server-sent events of runs, as a test reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.factories.workflows import Json
from tests.fixtures.api_process import ApiProcess
from tests.fixtures.serving import PATIENCE_SECONDS
from tests.worker.world import until_true

Event = tuple[str, str | None, Json]


def events_of(text: str) -> list[Event]:
    """Return (name, id, data) of each event, comments left out."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block and not block.startswith(":")]
    fields = [dict(line.split(": ", 1) for line in block) for block in blocks]
    return [(field["event"], field.get("id"), json.loads(field["data"])) for field in fields]


def told(events: list[Event]) -> list[str]:
    """Return the seq of each log and the status of each change, in order."""
    return [str(data["seq"]) if name == "log" else str(data["status"]) for name, _, data in events]


class Listener:
    """Reads a stream while it lasts."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.text = ""
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for chunk in self._lines:
            self.text += chunk

    async def heard(self, *expected: str) -> None:
        async def is_told() -> bool:
            whole = self.text[: self.text.rfind("\n\n") + 2]
            return told(events_of(whole))[: len(expected)] == list(expected)

        await until_true(is_told)

    async def rest(self) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task
        return told(events_of(self.text))


@asynccontextmanager
async def listening(process: ApiProcess, run_id: str, token: str | None = None) -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer {token or process.token}"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client,
        client.stream("GET", f"{process.url}/workflows/runs/{run_id}/events", headers=headers) as stream,
    ):
        listener = Listener(stream.aiter_text())
        yield listener
        listener.task.cancel()
        await asyncio.gather(listener.task, return_exceptions=True)
