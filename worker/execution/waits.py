"""Waits, and the ways in which a run gives its lease up while it is not over: parking and releasing."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.json import loads_object
from app.core.statements import Driver, Statement, autocommitted
from app.graph.outcome import WaitKind
from worker.execution.steps import WaitRow

RETRY_SECONDS = 0.5  # after the database did not answer

log = structlog.get_logger()

_WRITTEN = (
    *("run_id", "org_id", "path", "node_id", "component_id", "attempt", "kind", "due_at", "child_run_id"),
    *("token_hash", "token_key_id", "prompt"),
)
_TYPES = {"attempt": "smallint", "due_at": "timestamptz", "token_hash": "bytea"}
_INSERT = Statement(f"""
    INSERT INTO run_waits ({", ".join(_WRITTEN)})
    SELECT {", ".join("prompt::json" if name == "prompt" else name for name in _WRITTEN)}
    FROM unnest({", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in _WRITTEN)})
        AS wait({", ".join(_WRITTEN)})
    ON CONFLICT DO NOTHING
""")
_SAME = ("run_id", "path", "node_id", "attempt", "kind", "due_at", "child_run_id")  # what tells one wait from another
_DELETE = Statement(f"""
    DELETE FROM run_waits USING unnest(CAST(:run_id AS text[]), CAST(:path AS text[]), CAST(:node_id AS text[]))
        AS recorded(run_id, path, node_id)
    WHERE run_waits.run_id = recorded.run_id AND run_waits.path = recorded.path
      AND run_waits.node_id = recorded.node_id AND NOT EXISTS (
        SELECT FROM unnest({", ".join(f"CAST(:begun_{name} AS {_TYPES.get(name, 'text')}[])" for name in _SAME)})
            AS begun({", ".join(_SAME)})
        WHERE ROW({", ".join(f"begun.{name}" for name in _SAME)})
            IS NOT DISTINCT FROM ROW({", ".join(f"run_waits.{name}" for name in _SAME)})
      )
""")
_READ = Statement("""
    SELECT run_id, org_id, path, node_id, component_id, attempt, kind, due_at, child_run_id, resolved_at,
           resolution::text
    FROM run_waits WHERE run_id = ANY(:ids)
""")
_EXPIRE = Statement("""
    UPDATE run_waits SET resolved_at = due_at
    WHERE run_id = :run_id AND path = :path AND node_id = :node_id AND attempt = :attempt AND resolved_at IS NULL
""")
_HELD = "(SELECT unnest(CAST(:ids AS text[])) AS id, unnest(CAST(:active AS bigint[])) AS active_ms) AS held"
# How long a run was active is the owner's own measure: a wall clock that jumps must not use a run's time up.
_GIVE_UP = """lease_owner = NULL, active_ms = runs.active_ms + held.active_ms,
        takeovers = CASE WHEN takeovers > 0 AND EXISTS (
            SELECT FROM run_logs WHERE run_logs.run_id = runs.id AND run_logs.fence = runs.fence AND seq > 1
        ) THEN 0 ELSE takeovers END"""
# Only what is still true under the row's lock may park: a resolved wait or a cancel would otherwise be slept through.
_PARK = Statement(f"""
    UPDATE runs SET {_GIVE_UP}, due_at = open.due_at,
        status = CASE WHEN open.has_form THEN 'awaiting_ui_interaction' ELSE 'running' END
    FROM {_HELD}, (
        SELECT run_id, min(due_at) AS due_at, bool_or(kind = '{WaitKind.FORM}') AS has_form
        FROM run_waits WHERE run_id = ANY(:ids) GROUP BY run_id HAVING bool_and(resolved_at IS NULL)
    ) AS open
    WHERE runs.id = open.run_id AND held.id = open.run_id AND cancel_requested_at IS NULL
    RETURNING runs.id
""")
_RELEASE = Statement(f"UPDATE runs SET {_GIVE_UP}, ready = true, due_at = :now FROM {_HELD} WHERE runs.id = held.id")
_CANCEL_ASKED = Statement("SELECT cancel_requested_at IS NOT NULL FROM runs WHERE id = :id")


async def open_waits(driver: Driver, waits: Sequence[WaitRow]) -> None:
    """Write waits that begin. One that stands there already is the same one."""
    if waits:
        await _INSERT.rows(driver, {name: [getattr(wait, name) for wait in waits] for name in _WRITTEN})


async def close_waits(driver: Driver, steps: Sequence[tuple[str, str, str]], begun: Sequence[WaitRow]) -> None:
    """Delete the waits of steps (run, path, node) that are recorded now, but none of those that begin now.

    Such a one stands there already where the answer to a commit was lost, and somebody may have resolved it since.
    """
    if steps:
        runs, paths, nodes = zip(*steps, strict=True)
        parameters = {"run_id": list(runs), "path": list(paths), "node_id": list(nodes)}
        spared = {f"begun_{name}": [getattr(wait, name) for wait in begun] for name in _SAME}
        await _DELETE.rows(driver, parameters | spared)


async def park(driver: Driver, held_ms: Mapping[str, int]) -> set[str]:
    """Give up the leases of locked runs until their earliest wait is due. Returns those that really are parked.

    `held_ms` names the runs, and for how long each was held.
    """
    if not held_ms:
        return set()
    parameters = {"ids": list(held_ms), "active": list(held_ms.values())}
    return set(await _PARK.column(driver, parameters))


async def release(driver: Driver, clock: Clock, held_ms: Mapping[str, int]) -> None:
    """Give up the leases of locked runs, so that another worker takes them at once."""
    if held_ms:
        parameters = {"ids": list(held_ms), "active": list(held_ms.values()), "now": clock.now()}
        await _RELEASE.rows(driver, parameters)


async def read_waits(driver: Driver, run_ids: Sequence[str]) -> dict[str, list[WaitRow]]:
    """Return the waits of each run, the resolved ones among them."""
    waits: dict[str, list[WaitRow]] = defaultdict(list)
    for row in await _READ.rows(driver, {"ids": list(run_ids)}):
        values = dict(row) | {"resolution": None if row.resolution is None else loads_object(row.resolution)}
        waits[row.run_id].append(WaitRow(**values))
    return waits


@dataclass(frozen=True, slots=True)
class Asked:
    """What others have asked of a run that a worker holds."""

    cancelled: bool
    resolved: Sequence[WaitRow]


class Inbox:
    """Reads what was asked of runs, whoever said that there is something."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, run_id: str) -> Asked:
        """Return whether cancelling was asked for, and which waits are resolved."""
        async with autocommitted(self._engine) as driver:
            cancelled = any(await _CANCEL_ASKED.column(driver, {"id": run_id}))
            waits = (await read_waits(driver, [run_id]))[run_id]
        return Asked(cancelled, [wait for wait in waits if wait.resolved_at is not None])

    async def expire(self, wait: WaitRow) -> WaitRow:
        """Let nobody answer a form any more whose time has come. Returns the wait, with the answer that came before.

        Does not give up: what the database says decides whether somebody was told that the answer is taken.
        """
        place = {"run_id": wait.run_id, "path": wait.path, "node_id": wait.node_id, "attempt": wait.attempt}
        while True:
            try:
                async with autocommitted(self._engine) as driver:
                    await _EXPIRE.rows(driver, place)
                    waits = (await read_waits(driver, [wait.run_id]))[wait.run_id]
            except Exception as error:  # noqa: BLE001 -- the database is away
                log.warning("form_unread", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return next((row for row in waits if row.is_the_wait_of(wait)), wait)
