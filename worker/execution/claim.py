"""Claiming: how a run becomes this worker's, in batches, in rounds over organizations, each time with a new fence."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.ids import IdSource
from app.core.json import loads_object
from app.core.statements import Driver, Row, Statement, autocommitted, transaction
from app.models.runs import SUSPECT
from worker.execution.claimed import Claimed, trigger_step
from worker.execution.definitions import Definitions, Versioned, compile_version
from worker.execution.records import insert_steps
from worker.execution.secrets import RunSecrets
from worker.execution.vault import Secrets, Vault

# A clock may be behind that of who wrote before: a run starts no earlier than it was created, and ends no earlier.
# Every way in goes through `ready`: insertion, release, a resolved wait, a due timer and a dead owner set it.
_TAKE = """
    UPDATE runs SET status = 'running', ready = false, due_at = NULL, fence = fence + 1, lease_owner = :worker,
        claimed_at = :now, started_at = coalesce(started_at, greatest(:now, created_at))
    FROM picked
    WHERE runs.id = picked.id AND EXISTS (SELECT FROM workers WHERE workers.id = :worker AND dead_at IS NULL)
    RETURNING runs.id, org_id, workflow_id, workflow_version, trigger_type, trigger_payload::text, fence, takeovers,
              active_ms, cancel_requested_at, created_at, started_at, priority, resumed_node_id, parent_run_id, depth
"""
# Organizations take turns; what one holds already counts as turns it has had, and it never holds more than `cap`.
_IN_ROUNDS = """
    WITH RECURSIVE held(org_id, count) AS (
        SELECT * FROM unnest(CAST(:held_orgs AS text[]), CAST(:held_counts AS integer[]))
    ), orgs(org_id) AS (
        (SELECT org_id FROM runs WHERE {due} ORDER BY org_id LIMIT 1)
        UNION ALL
        SELECT (SELECT runs.org_id FROM runs WHERE {due} AND runs.org_id > orgs.org_id
                ORDER BY runs.org_id LIMIT 1)
        FROM orgs WHERE orgs.org_id IS NOT NULL
    ), due AS (
        SELECT waiting.id, waiting.due_at, waiting.round + coalesce(held.count, 0) AS round
        FROM orgs LEFT JOIN held ON held.org_id = orgs.org_id CROSS JOIN LATERAL (
            SELECT id, due_at, row_number() OVER (ORDER BY due_at, id) AS round
            FROM runs WHERE {due} AND runs.org_id = orgs.org_id
            ORDER BY due_at, id
            LIMIT greatest(0, least(:slots, :cap - coalesce(held.count, 0)))
        ) AS waiting
        ORDER BY round, due_at, id
        LIMIT :slots
    ), picked AS (
        SELECT id FROM runs WHERE id IN (SELECT id FROM due) AND ready FOR NO KEY UPDATE SKIP LOCKED
    ) {take}
"""
_DUE = f"ready AND NOT {SUSPECT}"
_CLAIM_IN_ROUNDS = Statement(_IN_ROUNDS.format(due=_DUE, take=_TAKE))
_CLAIM_URGENT_IN_ROUNDS = Statement(_IN_ROUNDS.format(due=f"{_DUE} AND priority > 0", take=_TAKE))
_CLAIM_HINTED = Statement(f"""
    WITH picked AS (
        SELECT id FROM runs WHERE id = ANY(:ids) AND ready AND NOT {SUSPECT} FOR NO KEY UPDATE SKIP LOCKED
    ) {_TAKE}
""")
_CLAIM_SUSPECT = Statement(f"""
    WITH picked AS (
        SELECT id FROM runs WHERE ready AND {SUSPECT} ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ) {_TAKE}
""")
_DEFINITIONS = Statement("""
    SELECT version.workflow_id, version.version, version.name, version.nodes::text, version.edges::text
    FROM unnest(CAST(:workflows AS text[]), CAST(:versions AS integer[])) AS wanted(workflow_id, version)
    JOIN workflow_versions version USING (workflow_id, version)
""")

log = structlog.get_logger()

Versions = Mapping[tuple[str, int], Versioned]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a worker may still take: free slots, the most one organization may hold, and what each holds now."""

    slots: int
    cap: int
    held: Mapping[str, int]


class Claimer:
    """Claims runs for one worker. Each method commits once; the answer may be lost, which looking repairs."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, ids: IdSource, definitions: Definitions, vault: Vault
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._definitions = definitions

    async def claim_in_rounds(self, worker_id: str, capacity: Capacity, *, urgent: bool = False) -> list[Claimed]:
        """Claim the oldest due runs, or of those that somebody waits for, organization by organization."""
        parameters = {
            "slots": capacity.slots,
            "cap": capacity.cap,
            "held_orgs": list(capacity.held),
            "held_counts": list(capacity.held.values()),
        }
        if urgent:
            return await self._claim_awaited(_CLAIM_URGENT_IN_ROUNDS, worker_id, parameters)
        return await self._claim(_CLAIM_IN_ROUNDS, worker_id, parameters)

    async def claim_hinted(self, worker_id: str, run_ids: Iterable[str], *, urgent: bool = False) -> list[Claimed]:
        """Claim those of the runs that are due; `urgent`: those that somebody waits for."""
        claim = self._claim_awaited if urgent else self._claim
        return await claim(_CLAIM_HINTED, worker_id, {"ids": list(run_ids)})

    async def claim_suspect(self, worker_id: str) -> list[Claimed]:
        """Claim one run that has been abandoned repeatedly, if there is any."""
        return await self._claim(_CLAIM_SUSPECT, worker_id, {})

    async def _claim(self, statement: Statement, worker_id: str, given: dict[str, object]) -> list[Claimed]:
        async with transaction(self._engine) as driver:
            claimed = await self._take(driver, statement, worker_id, given, records=True)
            await insert_steps(driver, [run.trigger_step for run in claimed if run.trigger_step])
        return claimed

    async def _claim_awaited(self, statement: Statement, worker_id: str, given: dict[str, object]) -> list[Claimed]:
        async with autocommitted(self._engine) as driver:
            return await self._take(driver, statement, worker_id, given, records=False)

    async def _take(
        self, driver: Driver, statement: Statement, worker_id: str, given: dict[str, object], *, records: bool
    ) -> list[Claimed]:
        now = self._clock.now()
        rows = await statement.rows(driver, given | {"worker": worker_id, "now": now})
        versions = await self._load_versions(driver, rows)
        secrets = await self._vault.load(driver, _named(rows, versions))
        return [await self._claimed(row, now, versions, secrets, records=records) for row in rows]

    async def _load_versions(self, driver: Driver, rows: Sequence[Row]) -> Versions:
        """Return the versions that the rows name, as far as they exist; the cache need not hold them all at once."""
        wanted = {(row.workflow_id, row.workflow_version) for row in rows}
        found = {key: versioned for key in wanted if (versioned := self._definitions.get(*key))}
        missing = list(wanted - found.keys())
        if not missing:
            return found
        parameters = {"workflows": [key[0] for key in missing], "versions": [key[1] for key in missing]}
        for row in await _DEFINITIONS.rows(driver, parameters):
            versioned = await asyncio.to_thread(compile_version, **dict(row))  # which may take seconds
            found[row.workflow_id, row.version] = versioned
            self._definitions.put(versioned)
        return found

    async def _claimed(
        self, row: Row, now: datetime, versions: Versions, known: Mapping[str, Secrets], *, records: bool
    ) -> Claimed:
        version = (row.workflow_id, row.workflow_version)
        versioned = versions.get(version) or Versioned(*version, "", None, "The workflow was deleted.")
        secrets = RunSecrets(self._vault, row.org_id, versioned.vault_names, known.get(row.org_id, {}))
        bare = Claimed(
            **dict(row) | {"trigger_payload": {}},
            claimed_at=now,
            versioned=versioned,
            trigger_step=None,
            secrets=secrets,
        )
        try:
            run = replace(bare, trigger_payload=await secrets.masked(loads_object(row.trigger_payload)))
            if not records or run.fence != 1 or versioned.graph is None or run.cancel_requested_at is not None:
                return run
            return replace(run, trigger_step=trigger_step(run, versioned.graph.trigger, self._ids))
        except Exception as error:  # one run that cannot be read must not hold up those that were claimed with it
            log.exception("run_unreadable", run_id=row.id)
            problem = f"This run cannot be executed: its trigger's payload cannot be read ({type(error).__name__})."
            return replace(bare, versioned=replace(versioned, graph=None, problem=problem))


def _named(rows: Iterable[Row], versions: Versions) -> Mapping[str, set[str]]:
    """Return the vault items that the runs' definitions name, by organization."""
    named: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        versioned = versions.get((row.workflow_id, row.workflow_version))
        if versioned and versioned.vault_names:
            named[row.org_id] |= versioned.vault_names
    return named
