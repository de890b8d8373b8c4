"""A whole system within one process, small and fast enough to be driven through thousands of random experiments."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr
from structlog.testing import capture_logs

from app.core.config import VaultSettings, WorkerSettings
from tests.faults import monitor
from tests.fixtures.api import serving
from tests.fixtures.fault_proxy import Deed, Delay, FaultProxy, pass_all
from tests.worker.world import VAULT_KEYS, RunningWorker, World

T = TypeVar("T")

MOST_WORKERS = 3
LONGEST_SECONDS = 60.0  # for one act: longer means that something hangs
GRACE_SECONDS = 0.2  # for a worker that is stopped
SLOW_SECONDS = 0.1  # for a commit
_TABLES = """
    SELECT string_agg('DELETE FROM ' || oid::regclass, ';') FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
_CUT_ALL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name IN ('virga-api', 'virga-worker')
"""


class Hired:
    """One of the workers, in a task that opens and closes it."""

    def __init__(self, miniature: "Miniature") -> None:
        self._world = miniature.world
        self._database_url = miniature.before_workers.url
        self._started: asyncio.Future[RunningWorker] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()
        self._task = asyncio.create_task(self._live())

    async def started(self) -> None:
        await _first_of(self._started, self._task)

    async def die(self) -> None:
        """End as by `kill -9`."""
        await self._started.result().die(self._world)
        await self.leave()

    async def leave(self) -> None:
        """Stop in good order, where it has not died."""
        self._gone.set()
        await self._task

    def lose_lease(self) -> None:
        """Hear of no lease until the answer to a beat that is sent from now on: one under way may say it is there."""
        lease, now = self._started.result().parts.presence._senses.lease, self._world.clock.boottime()

        def renew(sent_at: float) -> None:
            if sent_at > now:
                type(lease).renewed(lease, sent_at)

        lease.renewed = renew  # type: ignore[method-assign] # while this worker lives
        lease.lost()

    @property
    def id(self) -> str:
        return self._started.result().id

    @property
    def held(self) -> set[str]:
        return self._started.result().parts.engine.held_ids

    async def _live(self) -> None:
        settings = WorkerSettings(stop_grace_seconds=GRACE_SECONDS)
        async with self._world.worker(worker=settings, database_url=self._database_url) as running:
            self._started.set_result(running)
            await self._gone.wait()


class Miniature:
    """One database with an API and up to three workers, each behind a proxy that can lose what commits answer."""

    def __init__(self, runner: asyncio.Runner, servers: tuple[str, str], folder: Path) -> None:
        self._runner = runner
        self.postgres_url, self.redis_url = servers
        self._folders = [folder / "a", folder / "w"]
        self.workers: list[Hired] = []
        self._closing = asyncio.Event()
        self._opened: asyncio.Future[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let everything go on until some work is done, which must not take for ever."""
        return self._runner.run(_bounded(work))

    async def open(self) -> None:
        self._opened = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep())
        await _first_of(self._opened, self._keeper)

    async def close(self) -> None:
        await self.kill_all()
        self._closing.set()
        if self._keeper is not None:
            await self._keeper

    async def _keep(self) -> None:
        """Open and close everything within one task, as what is opened expects."""
        for folder in self._folders:
            folder.mkdir()
        async with AsyncExitStack() as stack:
            self.world = World(self.postgres_url, self.redis_url)
            stack.push_async_callback(self.world.close)
            proxies = [FaultProxy(self.postgres_url, folder) for folder in self._folders]
            self.before_api, self.before_workers = [await stack.enter_async_context(proxy) for proxy in proxies]
            vault = VaultSettings(keys=SecretStr(VAULT_KEYS))
            self.app = await stack.enter_async_context(serving(self.before_api.url, self.redis_url, vault=vault))
            await monitor.install(self.world.database)
            assert self._opened is not None
            self._opened.set_result(None)
            await self._closing.wait()

    async def clear(self) -> None:
        """Be as new: nobody works, nothing is recorded, no answer is lost."""
        await self.kill_all()
        self.spare_commits()
        await self.world.flush_redis()
        [(statements,)] = await self.world.rows(_TABLES)
        async with self.world.database.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements.split(";"):
                await connection.exec_driver_sql(statement)

    async def hire(self) -> None:
        hired = Hired(self)
        await hired.started()
        self.workers.append(hired)

    async def kill(self, number: int) -> None:
        await self.workers.pop(number).die()

    async def kill_all(self) -> None:
        while self.workers:
            await self.kill(0)

    async def stop(self, number: int) -> None:
        await self.workers.pop(number).leave()

    async def cut_sessions(self) -> None:
        """End all the sessions that the API and the workers have at the database."""
        await self.world.execute(_CUT_ALL)

    async def end_lease(self, number: int) -> None:
        """Let a worker be taken for dead, as after a freeze. It knows of no lease until it beats again."""
        hired = self.workers[number]
        hired.lose_lease()
        await self.world.execute("UPDATE workers SET dead_at = now() WHERE id = :id", id=hired.id)
        hired.lose_lease()  # where it has beaten before it was declared dead

    def lose(self, count: int, *, of_workers: bool) -> None:
        """Lose the answers of the next commits of the workers or of the API."""
        self._hurt(count, Deed.LOSE, of_workers=of_workers)

    def slow(self, count: int, *, of_workers: bool) -> None:
        """Let the next commits of the workers or of the API take their time."""
        self._hurt(count, Delay(SLOW_SECONDS), of_workers=of_workers)

    def spare_commits(self) -> None:
        """Let all commits pass from now on."""
        self.before_workers.policy = self.before_api.policy = pass_all

    def _hurt(self, count: int, deed: Deed | Delay, *, of_workers: bool) -> None:
        proxy = self.before_workers if of_workers else self.before_api
        last = proxy.commits + count
        proxy.policy = lambda asked: deed if asked.is_commit and asked.commits <= last else Deed.PASS


async def _first_of(fact: asyncio.Future[Any], task: asyncio.Task[None]) -> None:
    """Wait for a fact that a task brings about, or for what that fails with."""
    waited: list[asyncio.Future[Any]] = [fact, task]
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()


async def _bounded(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(LONGEST_SECONDS):
        return await work


@contextmanager
def miniature(postgres_url: str, redis_url: str, folder: Path) -> Iterator[Miniature]:
    """Give a miniature. What it logs is not written: with the values of all frames, a traceback takes a minute here."""
    with capture_logs(), asyncio.Runner() as runner:
        built = Miniature(runner, (postgres_url, redis_url), folder)
        try:
            runner.run(built.open())
            yield built
        finally:
            runner.run(built.close())
