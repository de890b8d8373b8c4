"""What Postgres answers is lost, late, or a refusal: nothing is done twice, and nobody gets a 500."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import create_engine
from tests.faults.calls import repeated
from tests.faults.graphs import errand, everything, links
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.system import System, until
from tests.fixtures.fault_proxy import Deed, Delay, FaultProxy, Refuse, pass_all
from tests.fixtures.postgres_messages import Asked
from tests.fixtures.target import Target
from tests.worker.calling import called
from tests.worker.world import text

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

WORKERS = "SELECT id FROM workers WHERE dead_at IS NULL ORDER BY id"


@pytest.fixture
async def proxy(make_database: Callable[[], str], servers_folder: Path) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(make_database(), servers_folder) as proxy:
        yield proxy


@pytest.fixture
async def system(proxy: FaultProxy, redis_url: str, tmp_path: Path, ledger: Ledger) -> AsyncIterator[System]:
    """Return a system whose processes reach Postgres by the proxy, and the test past it."""
    async with System(proxy.upstream_url, redis_url, tmp_path, ledger, {"DATABASE_URL": proxy.url}) as system:
        yield system


def named(asked: Asked) -> str:
    """Return what is committed when a statement has been executed, in the words of the report."""
    if asked.is_commit:
        return "commit"
    if "UPDATE workers" in asked.sql:
        return "beat"
    if "UPDATE runs" in asked.sql and "lease_owner = $" in asked.sql:
        return "awaited claim"
    return "start" if "INSERT INTO runs" in asked.sql else "other write"


@dataclass
class Sometimes:
    """A policy: does one of its deeds to one in `among[name]` of the statements that have a name, at random."""

    ledger: Ledger
    chance: random.Random
    among: Mapping[str, int]
    deeds: Sequence[tuple[Deed | Delay | Refuse, str]]  # and what the report calls them
    done: Counter[str] = field(default_factory=Counter)

    def __call__(self, asked: Asked) -> Deed | Delay | Refuse:
        name = named(asked) if asked.writes else "statement"
        if name not in self.among or self.chance.randrange(self.among[name]):
            return Deed.PASS
        deed, kind = self.chance.choice(self.deeds)
        self.ledger.note(kind.format(name))
        self.done[name] += 1
        return deed

    async def has_done(self, least: Mapping[str, int]) -> None:
        """Return when it has done so much."""

        async def is_enough() -> bool:
            return all(self.done[name] >= count for name, count in least.items())

        await until(is_enough)


async def work_through(
    system: System, proxy: FaultProxy, target: Target, policy: Sometimes, least: Mapping[str, int]
) -> int:
    """Let runs of every kind be started while a policy is in force, until it has done its least.

    Returns how many starts were refused.
    """
    whole = await system.create(everything(target, await system.create(errand(target))))
    short = await system.create(links(target, 2))
    asking = await system.create(called(text("said", "{{ t.run_id }}"), trigger="sync_request_trigger"))
    programs = [system.api, await system.worker()]
    workers = await system.rows(WORKERS)
    loads = [Load(system, whole, 1), Load(system, short, 2), Load(system, asking, 1, waits=True)]
    async with AsyncExitStack() as stack:
        for load in loads:
            await stack.enter_async_context(load)
        proxy.policy = policy
        await policy.has_done(least)
        proxy.policy = pass_all
    await system.verify()
    assert await system.rows(WORKERS) == workers
    assert all(program.is_running for program in programs)
    return sum(load.refused for load in loads)


LEAST = {"commit": 16, "beat": 2, "awaited claim": 2, "start": 5}
AMONG = {"commit": 6, "beat": 2, "awaited claim": 3, "start": 12, "other write": 12}
LOSSES = ((Deed.LOSE, "{} executed, answer lost"), (Deed.CUT, "{} cut off before it arrived"))
ROLLBACKS = ((Refuse("40P01"), "{}: deadlock"), (Refuse("40001"), "{}: serialization failure"))


async def test_what_is_written_while_connections_break_is_written_once(
    system: System, proxy: FaultProxy, chance: random.Random
) -> None:
    """Commits, claims, starts and beats: whichever answer is lost, no target is called again."""
    async with system.witness() as target:
        policy = Sometimes(system.ledger, chance, AMONG, LOSSES)
        refused = await work_through(system, proxy, target, policy, LEAST)
    assert refused > 0
    assert repeated(target) == set()


async def test_what_is_undone_for_the_sake_of_others_is_done_again(
    system: System, proxy: FaultProxy, chance: random.Random
) -> None:
    async with system.witness() as target:
        policy = Sometimes(system.ledger, chance, {**AMONG, "statement": 40}, ROLLBACKS)
        refused = await work_through(system, proxy, target, policy, {**LEAST, "statement": 10})
    assert refused > 0
    assert repeated(target) == set()


async def test_slow_commits_slow_down_and_refuse_nobody(
    system: System, proxy: FaultProxy, chance: random.Random
) -> None:
    """Each takes up to a second, with its locks held."""
    async with system.witness() as target:
        delays = [(Delay(chance.uniform(0.2, 1.0)), "slow {}") for _ in range(10)]
        policy = Sometimes(system.ledger, chance, dict.fromkeys(AMONG, 1), delays)
        refused = await work_through(system, proxy, target, policy, LEAST)
    assert refused == 0
    assert repeated(target) == set()


HELD = "SELECT id FROM runs WHERE lease_owner IS NOT NULL ORDER BY id DESC LIMIT 1"
LOCK = "SELECT FROM runs WHERE id = :id FOR UPDATE"
LOCK_ALL_BELOW = "SELECT FROM runs WHERE id < :id AND lease_owner IS NOT NULL ORDER BY id DESC FOR UPDATE"
WAITS = "SELECT count(*) > 0 FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


async def test_real_deadlocks_are_survived(system: System, proxy: FaultProxy) -> None:
    """Somebody locks the rows of runs in the other order, until Postgres has undone three of our transactions."""
    rival = create_engine(proxy.upstream_url, role=None, pool_size=1, application="test")
    async with system.witness() as target:
        target.delay_seconds = 0.05
        workflow = await system.create(links(target, 6))
        worker = await system.worker()
        async with Load(system, workflow) as load:
            while (await system.rows(DEADLOCKS))[0][0] < 3:
                await lock_backwards(system, rival)
            await load.accepts()
        await system.verify()
    await rival.dispose()
    assert repeated(target) == set()
    assert worker.is_running


async def lock_backwards(system: System, rival: AsyncEngine) -> None:
    async with rival.connect() as connection:
        await connection.execute(sql("SET deadlock_timeout = '60s'"))  # so that it is not undone itself
        held = (await connection.execute(sql(HELD))).scalar()
        if held is None:
            return
        await connection.execute(sql(LOCK), {"id": held})
        pid = (await connection.execute(sql("SELECT pg_backend_pid()"))).scalar()
        with suppress(TimeoutError):
            await system.holds(WAITS, 1, pid=pid)
            with system.ledger.lasting("rows of runs locked in the other order"):
                await connection.execute(sql(LOCK_ALL_BELOW), {"id": held})
