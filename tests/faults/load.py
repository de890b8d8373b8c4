"""Clients that start runs one after the other, whatever happens to what they start them at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import httpx

from tests.faults.calls import repeated
from tests.faults.graphs import links
from tests.faults.ledger import Recovery
from tests.faults.system import PATIENCE_SECONDS, System, until

CLIENTS = 4
PAUSE_SECONDS = 0.02  # of each client between two starts: the system works, and is not choked
AGAIN_SECONDS = 0.1  # after which a client that was refused comes again


class Load:
    """Starts runs of a workflow while its block lasts; each is accepted, or told with 503 to come again.

    Any other answer, and one that takes longer than a client waits, fails the block. `waits`: the clients call the
    workflow and wait for what it says.
    """

    def __init__(self, system: System, workflow_id: str, clients: int = CLIENTS, *, waits: bool = False) -> None:
        self._system = system
        self._path = f"/workflows/sync/{workflow_id}" if waits else f"/workflows/{workflow_id}/execute"
        self._clients = clients
        self._working: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self.accepted = 0
        self.refused = 0
        self.sentences: set[str] = set()

    async def __aenter__(self) -> Self:
        self._working = [asyncio.create_task(self._work()) for _ in range(self._clients)]
        await self.accepts()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        failures = await asyncio.gather(*self._working, return_exceptions=True)
        for failure in failures:
            if failure is not None and error is None:
                raise failure

    async def accepts(self, further: int = 10) -> None:
        """Return when so many more runs have been accepted."""
        await self._reaches("accepted", self.accepted + further)

    async def refuses(self, further: int = 3) -> None:
        """Return when so many more starts have been refused."""
        await self._reaches("refused", self.refused + further)

    async def recovers(self) -> None:
        """Wait, from the moment that Postgres takes connections, until a new run has completed."""

        async def works() -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.completes_one()

        await self._system.ledger.recovers(Recovery.POSTGRES, works)

    async def completes_one(self) -> None:
        """Start a run and return when it has completed."""
        run_id: str | None = None
        while run_id is None:
            run_id = await self._start()
        ended = "SELECT status = 'completed' FROM runs WHERE id = :id"
        await self._system.holds(ended, id=run_id)

    async def _reaches(self, name: str, enough: int) -> None:
        async def is_reached() -> bool:
            for client in self._working:
                if client.done():
                    client.result()  # raises what it has failed with
            return int(getattr(self, name)) >= enough

        await until(is_reached)

    async def _work(self) -> None:
        while not self._stop.is_set():
            await self._start()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _start(self) -> str | None:
        """Start a run. Returns its id, or None where it was refused for now."""
        answer = await self._system.http.post(self._path)
        if answer.status_code == httpx.codes.ACCEPTED:
            self.accepted += 1
            return self._system.accept(answer).id
        if answer.status_code == httpx.codes.OK:  # it has waited for the end
            self.accepted += 1
            return None
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, f"{answer.status_code} {answer.text}"
        assert answer.headers.get("retry-after") == "1", answer.headers
        self.refused += 1
        self.sentences.add(answer.json()["message"])
        await asyncio.sleep(AGAIN_SECONDS)
        return None


@asynccontextmanager
async def load_on(system: System) -> AsyncIterator[Load]:
    """Give a load, and see in the end that nothing was lost or repeated, by the processes that were there before."""
    async with system.witness() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 3))
        programs = [system.api, await system.worker()]
        async with Load(system, workflow) as load:
            yield load
        await system.verify()
    assert repeated(target) == set()
    assert all(program.is_running for program in programs)
