"""A database, a Valkey and workers in this process: what engine tests act in and look at."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Row, TextClause
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.config import EgressSettings, LimitSettings, Settings, VaultSettings, WorkerSettings
from app.core.crypto import new_master_key
from app.core.db import create_engine
from app.core.ids import WORKFLOW, IdSource
from app.core.json import dumps
from app.queue.client import Doorbell, connect
from app.queue.jobs import EXECUTE_RUN
from app.runs.repository.starts import RunStart, RunStarter
from worker.lifespan import Worker, open_worker
from worker.main import serve

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.01
VAULT_KEYS = new_master_key("k1")

Json = Mapping[str, Any]


def node(node_id: str, component: str, /, **data: object) -> dict[str, object]:
    """Return a node of the wire form; its settings are keyword arguments."""
    position = {"x": 0, "y": 0}
    return {"id": node_id, "type": component, "position": position, "data": {"componentId": component, **data}}


def text(node_id: str, template: str, /, **data: object) -> dict[str, object]:
    return node(node_id, "text_transform", template=template, **data)


def call(node_id: str, url: str, /, **data: object) -> dict[str, object]:
    return node(node_id, "webhook", method="POST", url=url, **data)


def edge(source: str, target: str, handle: str | None = None) -> dict[str, object]:
    edge_id = f"{source}-{handle or ''}-{target}"
    plain: dict[str, object] = {"id": edge_id, "source": source, "target": target}
    return plain if handle is None else {**plain, "sourceHandle": handle}


def chain(*nodes: dict[str, object]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return the nodes, behind a manual trigger `t`, and edges that string them together."""
    all_nodes = [node("t", "manual_trigger"), *nodes]
    ids = [str(one["id"]) for one in all_nodes]
    return all_nodes, [edge(*pair) for pair in itertools.pairwise(ids)]


@dataclass(frozen=True)
class RunningWorker:
    parts: Worker
    stop: asyncio.Event
    task: asyncio.Task[int]

    @property
    def id(self) -> str:
        return self.parts.engine.worker_id

    async def die(self, world: "World") -> None:
        """End as by `kill -9`: nothing is released, nobody is told, and the process is gone."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await world.execute("UPDATE workers SET pid_started = -1 WHERE id = :id", id=self.id)


class World:
    """One database with the servers it needs. Everything it does goes through the product's own statements."""

    def __init__(self, postgres_url: str, redis_url: str, **changes: object) -> None:
        settings = {
            "DATABASE_URL": postgres_url,
            "REDIS_URL": redis_url,
            "testing": True,
            "egress": EgressSettings(allow=(ip_network("127.0.0.0/8"),)),
            "vault": VaultSettings(keys=SecretStr(VAULT_KEYS)),
            "database_pool": 5,
        }
        self.settings = Settings.model_validate(settings | changes)
        self.clock = Clock()
        self._workers: list[Worker] = []
        self.ids = IdSource(self.clock)
        self.database: AsyncEngine = create_engine(postgres_url, role=None, pool_size=5, application="test")
        self._redis = connect(redis_url, timeout_seconds=5.0, connections=4)  # patient: other tests load the machine
        self.doorbell = Doorbell(self._redis, self.clock)
        self.starter = RunStarter(self.database, self.doorbell, self.clock, self.ids, shard=0)

    async def close(self) -> None:
        await self.starter.close()
        await self._redis.aclose()
        await self.database.dispose()

    async def flush_redis(self) -> None:
        """Forget every job of earlier tests."""
        await self._redis.flushdb()

    @asynccontextmanager
    async def worker(
        self,
        *,
        worker: WorkerSettings | None = None,
        limits: LimitSettings | None = None,
        database_url: str | None = None,
    ) -> AsyncIterator[RunningWorker]:
        """Run a worker in this process; it is stopped in good order at the end."""
        changes: dict[str, object] = {
            "worker": worker or WorkerSettings(stop_grace_seconds=0.2),
            "limits": limits or self.settings.limits,
        }
        if database_url is not None:
            changes["database_url"] = SecretStr(database_url)
        async with open_worker(self.settings.model_copy(update=changes)) as parts:
            stop = asyncio.Event()
            task = asyncio.create_task(serve(parts, stop))
            self._workers.append(parts)
            try:
                await until(lambda: parts.engine.worker_id != "" or task.done())
                yield RunningWorker(parts, stop, task)
            finally:
                self._workers.remove(parts)
                stop.set()
                await asyncio.gather(task, return_exceptions=task.cancelled() or task.cancelling() > 0)
                if parts.presence._beat is not None:  # of a worker that died here, its last beat is still under way
                    await asyncio.to_thread(parts.presence._beat.join)

    async def add_workflow(
        self, nodes: Sequence[Json], edges: Sequence[Json], *, org: str = "org-a", workflow_id: str | None = None
    ) -> str:
        """Store a definition as version 1 and return the workflow's id."""
        named = workflow_id or self.ids.new(WORKFLOW)
        values = {"id": named, "org": org, "nodes": dumps(nodes), "edges": dumps(edges), "now": self.clock.now()}
        trigger = next(str(one["data"]["componentId"]) for one in nodes if "trigger" in str(one["data"]))
        async with self.database.begin() as connection:
            await connection.execute(_INSERT_WORKFLOW, values | {"trigger": trigger})
            await connection.execute(_INSERT_VERSION, values)
        return named

    async def start(self, workflow_id: str, *, org: str = "org-a", context: Json | None = None) -> str:
        """Accept a run the way the API does, and return its id."""
        payload = {"context": context or {}}
        accepted = await self.starter.start(RunStart(org, workflow_id, 1, "manual", dumps(payload), "test"))
        return accepted.id

    async def start_unrung(self, workflow_id: str) -> str:
        """Accept a run for which no bell rings."""
        silent = RunStarter(self.database, _SilentBell(self._redis, self.clock), self.clock, self.ids, shard=0)
        payload = dumps({"context": {}})
        accepted = await silent.start(RunStart("org-a", workflow_id, 1, "manual", payload, "test"))
        await silent.close()
        return accepted.id

    def look(self) -> None:
        """Let each worker of this world look at once, as it would by itself in a while."""
        for worker in self._workers:
            worker.presence.look_soon()

    async def looked_twice(self) -> None:
        """Wait until each worker of this world has looked twice more: the second saw all that was there before."""
        for worker in self._workers:
            for _ in range(2):
                seen = worker.presence.looks
                worker.presence.look_soon()
                await until(lambda worker=worker, seen=seen: worker.presence.looks > seen)  # type: ignore[misc] # bound per turn

    def statement(self, statement: str, **parameters: object) -> tuple[TextClause, dict[str, object]]:
        return sql(statement), parameters

    async def execute(self, statement: str, **parameters: object) -> None:
        async with self.database.begin() as connection:
            await connection.execute(sql(statement), parameters)

    async def rows(self, statement: str, **parameters: object) -> Sequence[Row[Any]]:
        async with self.database.connect() as connection:
            return (await connection.execute(sql(statement), parameters)).all()

    async def run(self, run_id: str) -> Row[Any]:
        return (await self.rows("SELECT * FROM runs WHERE id = :id", id=run_id))[0]

    async def logs(self, run_id: str) -> Sequence[Row[Any]]:
        return await self.rows("SELECT * FROM run_logs WHERE run_id = :id ORDER BY seq", id=run_id)

    async def steps(self, run_id: str) -> list[tuple[str, str]]:
        """Return (node, status) of each log, in order."""
        return [(log.node_id, log.status) for log in await self.logs(run_id)]

    async def waits(self, run_id: str) -> Sequence[Row[Any]]:
        return await self.rows("SELECT * FROM run_waits WHERE run_id = :id", id=run_id)

    async def ended(self, *run_ids: str) -> list[Row[Any]]:
        """Wait until all these runs are terminal and return their rows."""

        async def are_over() -> bool:
            open_runs = await self.rows(
                "SELECT id FROM runs WHERE id = ANY(:ids) AND status NOT IN ('completed', 'failed')", ids=list(run_ids)
            )
            return not open_runs

        await until_true(are_over)
        return [await self.run(run_id) for run_id in run_ids]

    async def holds(self, statement: str, **parameters: object) -> None:
        """Wait until a statement that selects a boolean says true."""

        async def asked() -> bool:
            return bool((await self.rows(statement, **parameters))[0][0])

        await until_true(asked)


class _SilentBell(Doorbell):
    """Takes every ring and passes none on, as a Redis that forgets."""

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:  # noqa: ARG002 -- nobody hears
        return True


async def until(fact: Callable[[], bool]) -> None:
    """Return as soon as `fact()` holds; fail when it does not for long."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not fact():
            await asyncio.sleep(POLL_SECONDS)


async def until_true(fact: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await fact():
            await asyncio.sleep(POLL_SECONDS)


_INSERT_WORKFLOW = sql("""
    INSERT INTO workflows (id, org_id, name, is_active, schedule_type, timezone, version, trigger_component,
                           created_at, updated_at)
    VALUES (:id, :org, 'Test', true, 'manual', 'UTC', 1, :trigger, :now, :now)
""")
_INSERT_VERSION = sql("""
    INSERT INTO workflow_versions (workflow_id, version, org_id, name, nodes, edges, created_at, created_by)
    VALUES (:id, 1, :org, 'Test', CAST(:nodes AS json), CAST(:edges AS json), :now, 'test')
""")
