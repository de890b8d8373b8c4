"""Nodes that somebody tries out: taken by whichever worker hears of them first, answered under seal, never kept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.crypto import Keyring, Sealed
from app.core.json import JsonObject, dumps, loads_object
from app.queue.client import Doorbell
from worker.adapters.secrets import SecretOpener
from worker.execution.trial import Bench, Trial, answer_of

SHARE = 10  # at once at most a tenth of the slots' number
RETRY_SECONDS = 0.5  # after the database did not answer
FAREWELL_SECONDS = 2.0  # for telling whoever waits that this worker stops
_STOPPED: JsonObject = {
    "status": "error",
    "output": {},
    "error_message": "The worker was stopped before the node had answered; try again.",
}

log = structlog.get_logger()

_CLAIM = text("""
    UPDATE node_tests SET claimed_by = :worker WHERE id IN (
        SELECT id FROM node_tests WHERE claimed_by IS NULL AND expires_at > :now LIMIT :free FOR UPDATE SKIP LOCKED
    )
    RETURNING id, org_id, request, key_id
""")
_ANSWER = text("UPDATE node_tests SET answer = :answer, key_id = :key_id WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Sealing:
    """Opens what was asked, and seals what is answered."""

    keyring: Keyring
    opener: SecretOpener

    def opened(self, row: Row[Any]) -> Trial | None:
        text_ = self.opener.open(Sealed(row.key_id, row.request), org_id=row.org_id, item_id=row.id)
        asked = loads_object(text_) if text_ is not None else None
        return Trial(row.id, row.org_id, **asked) if asked else None  # type: ignore[arg-type] # as the API has sealed it

    def sealed(self, answer: JsonObject, row: Row[Any]) -> Sealed:
        return self.keyring.encrypt(dumps(answer).encode(), org_id=row.org_id, item_id=row.id)


@dataclass(frozen=True, slots=True)
class TrialLimits:
    at_once: int
    output_bytes: int

    @classmethod
    def beside(cls, slots: int, output_bytes: int) -> "TrialLimits":
        return cls(max(1, slots // SHARE), output_bytes)


class Trials:
    """Takes tests of nodes, a few at once, beside the runs."""

    def __init__(
        self, engine: AsyncEngine, doorbell: Doorbell, clock: Clock, sealing: Sealing, bench: Bench, limits: TrialLimits
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._doorbell = doorbell
        self._clock = clock
        self._sealing = sealing
        self._bench = bench
        self._limits = limits
        self._wanted = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.worker_id: Callable[[], str] = lambda: ""

    def wanted(self, _test_id: str = "") -> None:
        """Take what there is: somebody waits."""
        self._wanted.set()

    async def run_forever(self) -> None:
        """Take tests whenever there are some, and room for them."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._take()
            except Exception as error:  # noqa: BLE001 -- the database is away; looking finds what still waits
                log.warning("tests_unread", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        """Take no more, and tell whoever waits for one under way."""
        self._stopping = True
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FAREWELL_SECONDS)

    async def _take(self) -> None:
        free = self._limits.at_once - len(self._under_way)
        if free <= 0 or self._stopping:
            return
        asked = {"worker": self.worker_id(), "now": self._clock.now(), "free": free}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_CLAIM, asked)).all()
        for row in rows:
            task = asyncio.create_task(self._try(row))
            self._under_way.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wanted.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("test_failed", error=type(task.exception()).__name__)

    async def _try(self, row: Row[Any]) -> None:
        try:
            answer = await self._answer(row)
        except asyncio.CancelledError:
            await self._write(row, _STOPPED)
            raise
        await self._write(row, answer)

    async def _answer(self, row: Row[Any]) -> JsonObject:
        trial = self._sealing.opened(row)
        if trial is None:
            return {"status": "error", "output": {}, "error_message": "The request could not be decrypted; try again."}
        outcome = await self._bench.outcome(trial)
        return answer_of(outcome, self._clock.now(), self._limits.output_bytes)

    async def _write(self, row: Row[Any], answer: JsonObject) -> None:
        sealed = self._sealing.sealed(answer, row)
        async with self._engine.connect() as connection:
            await connection.execute(_ANSWER, {"id": row.id, "answer": sealed.blob, "key_id": sealed.key_id})
        await self._doorbell.note([row.id])
