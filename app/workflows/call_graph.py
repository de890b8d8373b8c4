"""Who calls whom, in the database: as far as definitions name the workflows that they call. Its only SQL is here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app.core.statements import Statement
from app.unit_of_work import UnitOfWork

_LOCK_SEED = 0x63616C6C73  # "calls" in hexadecimal

_HOLD = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:org_id, :seed))")
_CALLEES = Statement("""
    SELECT id, name, is_active, trigger_component FROM workflows
    WHERE org_id = :org_id AND id = ANY(:ids) AND deleted_at IS NULL
""")
_CALLS_BELOW = Statement("""
    WITH RECURSIVE below(caller_id, callee_id) AS (
        SELECT caller_id, callee_id FROM workflow_calls WHERE org_id = :org_id AND caller_id = ANY(:ids)
        UNION
        SELECT call.caller_id, call.callee_id FROM below
        JOIN workflow_calls call ON call.caller_id = below.callee_id AND call.org_id = :org_id
    )
    SELECT below.caller_id, below.callee_id, workflows.name AS callee_name
    FROM below JOIN workflows ON workflows.id = below.callee_id
    ORDER BY below.caller_id, below.callee_id
""")
_CALLERS = Statement("""
    SELECT workflows.id, workflows.name FROM workflow_calls
    JOIN workflows ON workflows.id = workflow_calls.caller_id
    WHERE workflow_calls.org_id = :org_id AND workflow_calls.callee_id = :id AND workflows.deleted_at IS NULL
    ORDER BY workflows.id
""")
_FORGET = Statement("DELETE FROM workflow_calls WHERE org_id = :org_id AND caller_id = :id")
_KEEP = Statement("""
    INSERT INTO workflow_calls (caller_id, callee_id, org_id)
    SELECT :id, callee_id, :org_id FROM unnest(CAST(:callees AS text[])) AS call(callee_id)
    ON CONFLICT DO NOTHING
""")


class Named(NamedTuple):
    """A workflow as a sentence names it."""

    id: str
    name: str

    def __str__(self) -> str:
        return f'"{self.name}" ({self.id})'


@dataclass(frozen=True, slots=True)
class Callee:
    """What has to be known of a workflow that another wants to call."""

    workflow: Named
    is_active: bool
    trigger_component: str


class CallGraph:
    """The calls among one organization's workflows. Those of deleted ones do not count."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def hold(self) -> None:
        """Keep the organization's calls as they are until the commit, but for what this transaction changes.

        Taken before any workflow is locked, by whoever adds calls and whoever deletes a workflow.
        """
        await _HOLD.rows(await self._work.driver(), {"org_id": self._work.org_id, "seed": _LOCK_SEED})

    async def callees(self, ids: Collection[str]) -> dict[str, Callee]:
        """Return those of the workflows that exist, by id."""
        parameters = {"org_id": self._work.org_id, "ids": list(ids)}
        rows = await _CALLEES.rows(await self._work.driver(), parameters)
        return {row.id: Callee(Named(row.id, row.name), row.is_active, row.trigger_component) for row in rows}

    async def calls_below(self, ids: Collection[str]) -> dict[str, list[Named]]:
        """Return whom each of the workflows calls, and whom those call, and so on: callees by the id of the caller."""
        parameters = {"org_id": self._work.org_id, "ids": list(ids)}
        below: dict[str, list[Named]] = {}
        for row in await _CALLS_BELOW.rows(await self._work.driver(), parameters):
            below.setdefault(row.caller_id, []).append(Named(row.callee_id, row.callee_name))
        return below

    async def callers_of(self, workflow_id: str) -> list[Named]:
        """Return the workflows that name this one as one that they call."""
        parameters = {"org_id": self._work.org_id, "id": workflow_id}
        return [Named(row.id, row.name) for row in await _CALLERS.rows(await self._work.driver(), parameters)]

    async def forget(self, caller_id: str) -> None:
        """Delete the calls of a workflow that calls others from now on. Those of a deleted one go with its rows."""
        await _FORGET.rows(await self._work.driver(), {"org_id": self._work.org_id, "id": caller_id})

    async def keep(self, caller_id: str, callees: Collection[str]) -> None:
        parameters = {"org_id": self._work.org_id, "id": caller_id, "callees": sorted(callees)}
        await _KEEP.rows(await self._work.driver(), parameters)


class WaysBack:
    """The shortest chains of calls that lead to one workflow, from wherever there is one. Takes linear time."""

    def __init__(self, home: str, calls: Mapping[str, Iterable[Named]]) -> None:
        callers: dict[str, list[str]] = {}
        self._names: dict[str, Named] = {}
        for caller, callees in calls.items():
            for callee in callees:
                callers.setdefault(callee.id, []).append(caller)
                self._names[callee.id] = callee
        self._home = home
        self._next: dict[str, str] = {home: home}
        for reached in (waiting := [home]):  # grows
            for caller in callers.get(reached, ()):
                if caller not in self._next:
                    self._next[caller] = reached
                    waiting.append(caller)

    def chain(self, start: Named) -> list[Named] | None:
        """Return the chain from `start` to the workflow, both included; None: there is none."""
        if start.id not in self._next:
            return None
        chain = [start]
        while chain[-1].id != self._home:
            chain.append(self._names[self._next[chain[-1].id]])
        return chain
