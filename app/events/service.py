"""Starting every workflow that listens to an event: all of them in one transaction, or none."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import Clock, format_time
from app.core.db import Engine
from app.core.ids import RUN, IdSource
from app.core.json import dumps
from app.events.filtering import Event, filtered
from app.events.repository import ReceiptRepository
from app.events.schemas import EventAccepted, EventCreate
from app.graph.events import patterns_for
from app.http.errors import BodyTooLargeError
from app.nodes.event_trigger import EventTrigger
from app.queue.client import Doorbell
from app.runs.repository.counts import Scribe
from app.runs.repository.starts import AcceptedRun, RunStart, insert_runs
from app.unit_of_work import UnitOfWork, unit_of_work
from app.workflows.repository import WorkflowRepository

STATEMENT_BYTES = 16 * 1024 * 1024  # of payloads in one statement: each run has its own copy
EVENT = EventTrigger.trigger_type


@dataclass(frozen=True, slots=True)
class EventService:
    """Not part of the request's transaction: filters are asked while none is open."""

    engine: Engine
    doorbell: Doorbell
    clock: Clock
    ids: IdSource
    shard: int
    payload_bytes: int
    count_accepted: Callable[[str], None]

    async def receive(self, org_id: str, body: EventCreate, sent_by: str) -> EventAccepted:
        """Start who listens. An id that was sent within 24 hours starts nobody. Raises `BodyTooLargeError`."""
        now = self.clock.now()
        payload = self._written(body)
        async with unit_of_work(self.engine, self.doorbell, org_id) as work:
            known = await ReceiptRepository(work, now).find(body.id) if body.id else None
            listeners = (
                [] if known is not None else await WorkflowRepository(work).listening_to(patterns_for(body.event))
            )
        if known is not None:
            return EventAccepted(started=list(known), skipped=[])
        chosen = await filtered(listeners, Event(body.event, body.payload, format_time(now)))
        starts = [RunStart(org_id, one.id, one.version, EVENT, payload, sent_by) for one in chosen.admitting]
        runs = [AcceptedRun(self.ids.new(RUN), start, now) for start in starts]
        earlier = await self._commit(org_id, body.id, runs, now)
        if earlier is not None:
            return EventAccepted(started=list(earlier), skipped=[])
        return EventAccepted(started=[run.id for run in runs], skipped=chosen.skipped)

    def _written(self, body: EventCreate) -> str:
        payload = dumps({"event": body.event, "payload": body.payload})
        if len(payload.encode()) > self.payload_bytes:
            raise BodyTooLargeError(f"What the triggers would get is larger than {self.payload_bytes} bytes.")
        return payload

    async def _commit(
        self, org_id: str, event_id: str | None, runs: Sequence[AcceptedRun], now: datetime
    ) -> Sequence[str] | None:
        """Insert the runs, or return those that an equal event has started in the meantime."""
        async with unit_of_work(self.engine, self.doorbell, org_id) as work:
            receipts = ReceiptRepository(work, now)
            if event_id and not await receipts.keep(event_id, [run.id for run in runs]):
                return await receipts.find(event_id)
            await self._insert(work, runs, Scribe(now, self.ids, self.shard))
        for run in runs:
            self.count_accepted(run.start.trigger_type)
        return None

    async def _insert(self, work: UnitOfWork, runs: Sequence[AcceptedRun], scribe: Scribe) -> None:
        for batch in _batches(runs):
            await insert_runs(await work.driver(), batch, scribe)
        for run in runs:
            work.ring(run.id)


def _batches(runs: Sequence[AcceptedRun]) -> Iterator[Sequence[AcceptedRun]]:
    """Give the runs in as few statements as their payloads, which are all the same, fit into."""
    most = max(1, STATEMENT_BYTES // max(1, len(runs[0].start.payload))) if runs else 1
    for first in range(0, len(runs), most):
        yield runs[first : first + most]
