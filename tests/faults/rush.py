"""A system in which runs queue up for few slots while its Valkey is hurt, and what must hold of it whatever is done."""

import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.embedded.processes import Process
from app.embedded.valkey import Valkey
from tests.faults.calls import repeated
from tests.faults.graphs import links
from tests.faults.ledger import Ledger, Recovery
from tests.faults.programs import Program
from tests.faults.system import Accepted, System
from tests.faults.witness import Witness

ANSWER_SECONDS = 0.5
SLOTS = {"VIRGA_WORKER__SLOTS": "20"}
LINKS = 3
AT_ONCE = 5


@dataclass
class Rush:
    """`started` are runs of `workflow`, each of three calls of `target`."""

    system: System
    target: Witness
    workflow: str
    workers: list[Program]
    started: list[Accepted] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        return self.system.ledger

    async def start(self, count: int) -> None:
        self.started += await self.system.execute(self.workflow, count, at_once=AT_ONCE)

    async def all_end(self) -> None:
        assert await self.system.ended(self.started) == {"completed"}

    async def recovers(self) -> None:
        """Start one more run, which must be claimed in time: Valkey is well from now on."""

        async def new_run_begins() -> None:
            await self.start(1)
            await self.newest_begin(1)

        await self.ledger.recovers(Recovery.VALKEY, new_run_begins)

    async def newest_begin(self, count: int) -> None:
        """Wait until the runs that were started last have been claimed."""
        begun = "SELECT bool_and(started_at IS NOT NULL) FROM runs WHERE id = ANY(:ids)"
        await self.system.holds(begun, ids=[run.id for run in self.started[-count:]])

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Stop the workers for a moment, so that rings lie in the queue."""
        for worker in self.workers:
            worker.freeze()
        try:
            yield
        finally:
            for worker in self.workers:
                worker.thaw()

    async def verify(self) -> None:
        """Hold the system to its invariants, and to what Valkey excuses nobody from: in time, and not twice."""
        await self.verify_work()
        slowest = max(run.seconds for run in self.started)
        assert slowest <= ANSWER_SECONDS

    async def verify_work(self) -> None:
        """Hold it to the same but for the time: where other tests run beside it, none is promised."""
        await self.system.verify()
        await self.all_end()
        assert (len(self.target.calls), repeated(self.target)) == (len(self.started) * LINKS, set())


@asynccontextmanager
async def rushing(
    postgres_url: str,
    redis_url: str,
    folder: Path,
    ledger: Ledger,
    *,
    workers: int = 1,
    settings: Mapping[str, str] = SLOTS,
) -> AsyncIterator[Rush]:
    """Give a system with some workers that have few slots, its caches filled and its connections open."""
    async with System(postgres_url, redis_url, folder, ledger, settings) as system, system.witness() as target:
        target.delay_seconds = 0.02
        running = [await system.worker() for _ in range(workers)]
        rush = Rush(system, target, await system.create(links(target, LINKS)), running)
        await rush.start(10)
        await rush.all_end()
        yield rush


def process_of(valkey: Valkey) -> Process:
    assert valkey._process is not None
    return valkey._process


def kill(valkey: Valkey) -> None:
    """End it as by `kill -9`, and see it gone."""
    process_of(valkey).stop(signal.SIGKILL, 10)
