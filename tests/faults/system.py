"""Everything a machine runs, in processes of its own: an API, workers, and a client that keeps the time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import Row, text

from app.core.clock import Clock
from app.core.crypto import new_master_key
from app.core.db import create_engine
from app.queue.client import Doorbell, connect
from tests.faults import monitor, slots
from tests.faults.evidence import Evidence
from tests.faults.instrumented import CRASH_VARIABLE, ELSEWHERE_VARIABLE
from tests.faults.ledger import Ledger
from tests.faults.programs import Program
from tests.faults.witness import Witness
from tests.fixtures.api import SECRET, token_of
from tests.fixtures.serving import free_port

ORGANIZATION = "faults"
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.05
REQUEST_SECONDS = 30.0
TOKEN_SECONDS = 2 * 366 * 24 * 3600

Graph = tuple[Sequence[Mapping[str, object]], Sequence[Mapping[str, object]]]  # nodes and edges


@dataclass(frozen=True, slots=True)
class Accepted:
    """A run that was answered with 202, and after how long."""

    id: str
    seconds: float


class System:
    """An API at once, workers as they are asked for. Leaving it ends every process, whatever has happened.

    An experiment ends with `verify`. Its `ledger` knows what was done, its `evidence` what came of it.
    """

    def __init__(
        self,
        postgres_url: str,
        redis_url: str,
        folder: Path,
        ledger: Ledger | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.ledger = ledger or Ledger()
        self.evidence = Evidence(self.ledger)
        self._port = free_port()
        self._folder = folder
        self.vault_keys = new_master_key("k1")
        self._settings = {
            "DATABASE_URL": postgres_url,
            "REDIS_URL": redis_url,
            "VIRGA_PUBLIC_URL": f"http://127.0.0.1:{self._port}",
            "VIRGA_VAULT__KEYS": self.vault_keys,
            "VIRGA_AUTH__ISSUERS": json.dumps([{"secret": SECRET}]),
            "VIRGA_EGRESS__ALLOW": '["127.0.0.0/8"]',
            **(settings or {}),
        }
        self._database = create_engine(postgres_url, role=None, pool_size=2, application="test")
        self.programs: list[Program] = []
        self.redis = connect(redis_url, timeout_seconds=1.0, connections=4)
        expires_at = int(Clock().now().timestamp()) + TOKEN_SECONDS  # past any jump of the clock
        headers = {"Authorization": f"Bearer {token_of(ORGANIZATION, expires_at=expires_at)}"}
        url = f"http://127.0.0.1:{self._port}"
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=REQUEST_SECONDS)
        self.api = self._start_api()

    async def __aenter__(self) -> Self:
        try:
            await monitor.install(self._database)
            await self.api_is_ready()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        for program in self.programs:
            program.end()
        await self.http.aclose()
        await self.redis.aclose()
        await self._database.dispose()

    def restart_api(self, crash: str = "") -> None:
        """Start an API in the place of one that is gone, with a crash point (`name:n`) if one is named."""
        self.api = self._start_api(crash)

    def _start_api(self, crash: str = "") -> Program:
        program = ["tests.faults.instrumented", "api"] if crash else ["app.cli.api"]
        return self._start("api", [*program, "--host", "127.0.0.1", "--port", str(self._port)], crash=crash)

    def _start(self, name: str, arguments: Sequence[str], *, crash: str = "", elsewhere: str = "") -> Program:
        hooks = {CRASH_VARIABLE: crash, ELSEWHERE_VARIABLE: elsewhere} if crash or elsewhere else {}
        log = self._folder / f"{name}.log"
        program = Program(arguments, self._settings | hooks, log, self.ledger, metrics_port=free_port())
        self.programs.append(program)
        return program

    async def worker(self, *, crash: str = "", elsewhere: str = "") -> Program:
        """Start a worker and return it once it is registered, or has died at its crash point (`name:n`).

        One that is `elsewhere` takes itself for a process of another machine.
        """
        program = ["tests.faults.instrumented", "worker"] if crash or elsewhere else ["worker"]
        worker = self._start(f"worker-{len(self.programs)}", program, crash=crash, elsewhere=elsewhere)
        registered = "SELECT count(*) > 0 FROM workers WHERE pid = :pid AND dead_at IS NULL"

        async def is_there() -> bool:
            assert crash or worker.is_running, worker.said()
            return not worker.is_running or bool((await self.rows(registered, pid=worker.pid))[0][0])

        await until(is_there)
        return worker

    @asynccontextmanager
    async def witness(self, *answers: bytes) -> AsyncIterator[Witness]:
        """Give a target whose calls are held against the journal by `verify`."""
        async with Witness(*answers) as witness:
            self.evidence.witnesses.append(witness)
            yield witness

    async def verify(self, *, spared: Sequence[str] = (), late: bool = False) -> None:
        """Wait until all runs are over but those that are `spared`, and hold the system to all invariants.

        `late`: calls may have gone out after their step was recorded, because a worker was stopped before it sent.
        """
        await self.over(spared)
        printed = {f"log of process {program.pid}": program.said() for program in self.programs}
        found = await monitor.violations(self._database) + await slots.held(self.programs, spared)
        found += await self.evidence.against(self, self.http, printed, spared)
        wrong = [violation for violation in found if not (late and violation.startswith("I2"))]
        assert not wrong, "\n".join(wrong)

    async def over(self, spared: Sequence[str] = (), seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every run that the database knows, and so every accepted one, is over, but for those spared."""
        over = (
            "SELECT NOT EXISTS (SELECT FROM unnest(CAST(:accepted AS text[])) AS run(id)"
            " WHERE NOT EXISTS (SELECT FROM runs WHERE runs.id = run.id))"
            " AND NOT EXISTS (SELECT FROM runs WHERE status NOT IN ('completed', 'failed') AND id <> ALL(:spared))"
        )
        await self.holds(over, seconds, accepted=self.evidence.accepted, spared=list(spared))

    async def api_is_ready(self) -> None:
        async def answers() -> bool:
            assert self.api.is_running, self.api.said()
            try:
                return (await self.http.get("/health/ready")).status_code == httpx.codes.OK
            except httpx.HTTPError:
                return False

        await until(answers)

    async def create(self, graph: Graph, **fields: object) -> str:
        """Create a workflow, with other fields as given, and return its id."""
        body = {"name": "Faults", "nodes": graph[0], "edges": graph[1], **fields}
        answer = await self.http.post("/workflows", json=body)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    async def execute(
        self, workflow_id: str, count: int = 1, *, at_once: int = 10, context: Mapping[str, object] | None = None
    ) -> list[Accepted]:
        """Start runs, some at a time. Every one of them must be accepted."""
        gate = asyncio.Semaphore(at_once)

        async def start() -> Accepted:
            async with gate:
                began = time.monotonic()
                answer = await self.http.post(f"/workflows/{workflow_id}/execute", json={"context": context or {}})
                assert answer.status_code == httpx.codes.ACCEPTED, answer.text
                return self.accept(answer, time.monotonic() - began)

        return await asyncio.gather(*(start() for _ in range(count)))

    def accept(self, answer: httpx.Response, seconds: float = 0.0) -> Accepted:
        """Take a 202 at its word: its run must end."""
        run = Accepted(str(answer.json()["id"]), seconds)
        self.evidence.accepted.append(run.id)
        return run

    async def ring_again(self, runs: Sequence[Accepted]) -> None:
        """Ring for runs for which the API has rung already."""
        await Doorbell(self.redis, Clock()).ring([run.id for run in runs])

    async def flush_redis(self) -> None:
        await self.redis.flushall()

    async def rows(self, statement: str, **parameters: object) -> Sequence[Row[Any]]:
        async with self._database.connect() as connection:
            return (await connection.execute(text(statement), parameters)).all()

    async def execute_sql(self, statement: str, **parameters: object) -> None:
        async with self._database.begin() as connection:
            await connection.execute(text(statement), parameters)

    async def holds(self, statement: str, seconds: float = PATIENCE_SECONDS, **parameters: object) -> None:
        """Wait until a statement that selects a boolean says true."""

        async def says_so() -> bool:
            return bool((await self.rows(statement, **parameters))[0][0])

        await until(says_so, seconds)

    async def ended(self, runs: Sequence[Accepted], seconds: float = PATIENCE_SECONDS) -> set[str]:
        """Wait until all the runs are over. Returns the states in which they ended."""
        ids = [run.id for run in runs]
        over = "SELECT count(*) = :count FROM runs WHERE id = ANY(:ids) AND status IN ('completed', 'failed')"
        await self.holds(over, seconds, ids=ids, count=len(ids))
        return {row.status for row in await self.rows("SELECT status FROM runs WHERE id = ANY(:ids)", ids=ids)}

    async def is_over(self, run: Accepted) -> bool:
        over = "SELECT status IN ('completed', 'failed') FROM runs WHERE id = :id"
        return bool((await self.rows(over, id=run.id))[0][0])

    async def recorded_steps(self) -> set[str]:
        """Return the steps that the journal holds, written as their Idempotency-Keys are."""
        rows = await self.rows("SELECT run_id, node_id FROM run_logs WHERE status <> 'warning'")
        return {f"{row.run_id}::{row.node_id}" for row in rows}


async def until(fact: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `fact()` holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await fact():
            await asyncio.sleep(POLL_SECONDS)
