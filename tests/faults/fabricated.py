"""Violations made on purpose: rows of runs, steps and receipts as no system may leave them behind."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, text

from app.core.ids import LOG, WORKFLOW
from app.models.audit_log import AuditEntry
from app.models.receipts import EventReceipt, IdempotencyKey
from app.models.run_logs import RunLog
from app.models.run_waits import RunWait
from app.models.runs import Run
from app.models.schedule_firings import ScheduleFiring
from tests.factories.rows import least_row, new_run_id
from tests.fixtures.clock import NOON
from tests.worker.world import Json, World

ORG = "org-a"


class Fabricated:
    """A database in which anything can be claimed to have happened."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.workflow_id = world.ids.new(WORKFLOW)

    async def rows(self, statement: str, **parameters: object) -> Sequence[Row[Any]]:
        return await self._world.rows(statement, **parameters)

    async def workflow(self, nodes: Sequence[Json], edges: Sequence[Json]) -> None:
        await self._world.add_workflow(nodes, edges, org=ORG, workflow_id=self.workflow_id)

    async def run(self, **columns: object) -> str:
        """Claim that there is a run, a completed one if nothing else is said, and return its id."""
        run_id = new_run_id()
        values = {
            "org_id": ORG,
            "workflow_id": self.workflow_id,
            "workflow_version": 1,
            "status": "completed",
            "trigger_type": "manual",
            "trigger_payload": {},
            "completed_at": self._world.clock.now(),
        }
        await self._insert(Run, {"id": run_id, "ready": False, **values, **columns})
        return run_id

    async def step(self, run_id: str, node_id: str, seq: int, path: str = "", **columns: object) -> None:
        """Claim that a step of a run was recorded."""
        values = {"attempt": 1, "status": "success", "handle": "default", "output": {}, "workflow_id": self.workflow_id}
        own = {"run_id": run_id, "node_id": node_id, "path": path, "seq": seq, "id": self._world.ids.new(LOG)}
        await self._insert(RunLog, {**values, **own, **columns})

    async def wait(self, run_id: str) -> None:
        await self._insert(RunWait, {"run_id": run_id, "node_id": "nap", "attempt": 1, "kind": "delay"})

    async def due_run(self) -> str:
        """Claim that a run was started by its schedule, always for the same due time."""
        payload = {"scheduled_for": NOON.isoformat()}
        return await self.run(trigger_type="scheduled", started_by="schedule", trigger_payload=payload)

    async def firing(self, run_id: str | None) -> None:
        """Claim that the schedule started a run at its due time, or passed it over."""
        values = {"workflow_id": self.workflow_id, "scheduled_for": NOON, "run_id": run_id}
        await self._insert(ScheduleFiring, values)

    async def receipt(self, event_id: str, *run_ids: str) -> None:
        await self._insert(EventReceipt, {"org_id": ORG, "event_id": event_id, "run_ids": list(run_ids)})

    async def key(self, key: str, answer: str) -> None:
        await self._insert(IdempotencyKey, {"org_id": ORG, "key": key, "answer": answer})

    async def deletion(self) -> None:
        await self._insert(AuditEntry, {"org_id": ORG, "action": "workflow.delete"})

    async def execute(self, statement: str, **parameters: object) -> None:
        async with self._world.database.begin() as connection:
            await connection.execute(text(statement), parameters)

    async def _insert(self, model: Any, values: Mapping[str, object]) -> None:
        async with self._world.database.begin() as connection:
            await connection.execute(insert(model.__table__).values({**least_row(model.__table__), **values}))
