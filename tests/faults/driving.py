"""One example of a random experiment: what can be done to a small system, and what is known of it afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from app.models.runs import SUSPECT
from tests.faults import monitor
from tests.faults.customer import Customer
from tests.faults.echoing import Echoing, Mood
from tests.faults.evidence import Evidence
from tests.faults.ledger import Ledger
from tests.faults.miniature import Miniature
from tests.faults.moments import Moments
from tests.fixtures.api import Client

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.02
_OVER = "SELECT NOT EXISTS (SELECT FROM runs WHERE status NOT IN ('completed', 'failed'))"
# Nobody has anything to do but those who wait for the target: `asking` are their runs. Of the runs that may be what
# kills their workers each worker takes one at a time.
_QUIET = f"""
    SELECT NOT EXISTS (SELECT FROM runs WHERE status NOT IN ('completed', 'failed')
        AND (ready AND NOT ({SUSPECT} AND NOT EXISTS (
                SELECT FROM unnest(CAST(:living AS text[])) AS worker(id)
                WHERE NOT EXISTS (SELECT FROM runs WHERE lease_owner = worker.id AND {SUSPECT})))
            OR lease_owner IS NOT NULL AND (lease_owner <> ALL(:living) OR id <> ALL(:asking))))
"""  # noqa: S608 -- made of constants
_PASS_TIME = """
    WITH asleep AS (
        SELECT id FROM runs WHERE lease_owner IS NULL AND NOT ready AND due_at IS NOT NULL FOR NO KEY UPDATE
    ), due AS (
        UPDATE run_waits SET due_at = now() FROM asleep WHERE id = run_id AND due_at IS NOT NULL AND resolved_at IS NULL
    )
    UPDATE runs SET due_at = now() FROM asleep WHERE runs.id = asleep.id
"""


class Drive:
    """Does things to the miniature, and knows what was done.

    `ledger` has the faults that excuse a repeated call; `deeds` all that was done.
    """

    def __init__(self, miniature: Miniature, deeds: Ledger) -> None:
        self.miniature = miniature
        self.world = miniature.world
        self.deeds = deeds
        self.ledger = Ledger()
        self.evidence = Evidence(self.ledger)
        self.moments = Moments()
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        await self.miniature.clear()
        self.target = await self._stack.enter_async_context(Echoing())
        self.api = await self._stack.enter_async_context(Client(self.miniature.app))
        self.customer = Customer(self.api, self.world, self.target)
        self.evidence.witnesses.append(self.target)

    async def close(self) -> None:
        await self.miniature.kill_all()
        await self._stack.aclose()
        self.deeds.accepted += len(self.customer.accounts.accepted)
        self.deeds.called += self.ledger.called
        self.deeds.repeated += self.ledger.repeated

    async def kill(self, number: int) -> None:
        self.deeds.note("kill -9 of a worker")
        self.customer.accounts.deaths += 1
        with self.ledger.lasting("kill -9 of a worker"):  # here it takes a moment in which calls may still arrive
            await self.miniature.kill(number % len(self.miniature.workers))

    async def stop(self, number: int) -> None:
        self.deeds.note("SIGTERM of a worker")
        with self.ledger.lasting("SIGTERM of a worker"):
            await self.miniature.stop(number % len(self.miniature.workers))

    async def end_lease(self, number: int) -> None:
        self.deeds.note("lease of a living worker run out")
        self.customer.accounts.deaths += 1
        with self.ledger.lasting("lease of a living worker run out"):
            await self.miniature.end_lease(number % len(self.miniature.workers))

    async def cut_sessions(self) -> None:
        self.deeds.note("all database sessions terminated")
        await self.miniature.cut_sessions()

    def lose(self, count: int, *, of_workers: bool) -> None:
        for _ in range(count):
            self.deeds.note("answer of a commit lost")
        self.miniature.lose(count, of_workers=of_workers)

    def slow(self, count: int, *, of_workers: bool) -> None:
        self.deeds.note("slow commits")
        self.miniature.slow(count, of_workers=of_workers)

    async def flush_valkey(self) -> None:
        self.deeds.note("FLUSHALL of Valkey")
        await self.world.flush_redis()

    async def ring_again(self) -> None:
        ids = [row.id for row in await self.world.rows("SELECT id FROM runs ORDER BY id DESC")]
        for _ in range(2):
            await self.world.doorbell.ring(ids)

    async def pass_time(self) -> None:
        """Let all that parked runs wait for come due."""
        await self.world.execute(_PASS_TIME)
        self.world.look()

    # Facts

    async def until_quiet(self) -> None:
        """Wait until nobody has anything to do but to wait for a target that answers nothing."""
        if self.miniature.workers:
            await self._until(self._is_quiet)

    async def _is_quiet(self) -> bool:
        asking = [] if self.target.gate.is_set() else [step.split(":")[0] for step in self.target.by_step]
        living = [worker.id for worker in self.miniature.workers]
        return bool((await self.world.rows(_QUIET, living=living, asking=asking))[0][0])

    async def until_called(self) -> None:
        """Wait until the target is asked once more, or nobody has anything to do."""
        calls = len(self.target.calls)

        async def called() -> bool:
            return len(self.target.calls) > calls or await self._is_quiet()

        if self.miniature.workers:
            await self._until(called)

    async def _until(self, fact: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a fact. Workers look all the time: what a ring would tell at once must not take seconds."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await fact():
                    self.world.look()
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            rows = await self.world.rows("SELECT * FROM runs WHERE status NOT IN ('completed', 'failed')")
            held = {worker.id: worker.held for worker in self.miniature.workers}
            raise AssertionError(f"I1: still live: {[row._asdict() for row in rows]}, I7: still held: {held}") from None

    async def check_moment(self) -> None:
        found = await monitor.violations(self.world.database)
        found += await self.moments.wrong(self.world)
        assert not found, "\n".join(found)

    async def heal(self) -> None:
        """Let everything work, and wait until all runs are over, and no worker holds one."""
        self.target.mood = Mood.WELL
        self.target.gate.set()
        self.miniature.spare_commits()
        if not self.miniature.workers:
            await self.miniature.hire()

        async def over() -> bool:
            await self.customer.answer_forms("yes")
            await self.pass_time()
            are_held = any(worker.held for worker in self.miniature.workers)
            return bool((await self.world.rows(_OVER))[0][0]) and not are_held

        await self._until(over)

    async def verify(self) -> None:
        """Hold everything to what was promised."""
        self.evidence.accepted = self.customer.accounts.must_exist
        found = await monitor.violations(self.world.database)
        found += await self.evidence.against(self.world, self.api, {}, ())
        found += await self.customer.accounts.against(self.world, self.target.statuses)
        assert not found, "\n".join(found)
