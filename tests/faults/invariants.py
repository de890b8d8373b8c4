"""What must be true of a system after every experiment: nine invariants, asked of its database, its targets, its API.

I1 every accepted run ends · I2 a recorded step is never executed again · I3 an outside effect happens once, or again
only where a fault touched it, always with the same key and bytes · I4 what has ended never changes · I5 a join fires
once, after all its branches · I6 one run per due time, idempotency key and event · I7 leases, slots and waits return
to zero · I8 no secret in any log · I9 a run executes the definition that it started with.
I2 and I4 are watched from inside the database too, by `tests.faults.monitor`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol
from urllib.parse import unquote

import httpx
from sqlalchemy import Row

from app.core.json import JsonObject
from app.graph.outcome import DEFAULT, ITEM
from tests.faults.forbidden import NEVER
from tests.faults.ledger import Ledger
from tests.faults.witness import Call, Witness
from worker.execution.attempt import idempotency_key


class Asked(Protocol):
    """Asks the database."""

    async def rows(self, statement: str, **parameters: object) -> Sequence[Row[Any]]: ...


_COUNTING = """
    SELECT run_id, path, node_id, seq, handle, inherited, pg_xact_commit_timestamp(xmin) AS committed_at
    FROM run_logs WHERE status <> 'warning'
"""
_FAILED_ATTEMPTS = """
    SELECT run_id, path, node_id, count(*) AS attempts FROM run_logs
    WHERE status = 'warning' AND NOT inherited GROUP BY run_id, path, node_id
"""
_DEFINITIONS = """
    SELECT runs.id, nodes::text AS nodes, edges::text AS edges FROM runs
    JOIN workflow_versions version ON version.workflow_id = runs.workflow_id AND version.version = workflow_version
"""
_SAID = """
    SELECT run_id || ' ' || node_id AS place, output::text AS said FROM run_logs
    UNION ALL SELECT id, concat_ws(' ', error_message, answer::text) FROM runs
"""
_STATES = """
    SELECT id, status, (SELECT count(*) FROM run_logs WHERE run_id = runs.id) AS logs FROM runs WHERE id = ANY(:ids)
"""
VERSION_HEADER = "X-Version"


def step_key(row: Row[Any]) -> str:
    """Return the Idempotency-Key of a row's step."""
    return idempotency_key(row.run_id, row.path, row.node_id)


async def never(asked: Asked, spared: Iterable[str] = ()) -> list[str]:
    """Return what the database holds that it may not; runs that are `spared` may be live."""
    found = []
    for what, statement in NEVER.items():
        found += [f"{what}: {row[0]}" for row in await asked.rows(statement)]
    return [one for one in found if not any(run_id in one for run_id in spared)]


async def of_effects(asked: Asked, witnesses: Sequence[Witness], ledger: Ledger) -> list[str]:
    """Return calls that were made again although recorded, without a fault, or with other bytes (I2, I3)."""
    committed = {
        step_key(row): row.committed_at.timestamp() for row in await asked.rows(_COUNTING) if not row.inherited
    }
    failed = {step_key(row): row.attempts for row in await asked.rows(_FAILED_ATTEMPTS)}
    known = {row.id for row in await asked.rows("SELECT id FROM runs")}
    found = []
    for witness in witnesses:
        for step, calls in witness.by_step.items():
            late = [call for call in calls if call.at > committed.get(step, float("inf"))]
            found += [f"I2: {step} was called {call.at - committed[step]:.3f} s after it was recorded" for call in late]
            found += _with_other_bytes(step, calls)
            if run_of(step) in known:  # how many attempts there were at the steps of a removed run, nobody knows
                found += _repeated(step, calls, failed.get(step, 0) + 1, ledger)
    return found


def run_of(step: str) -> str:
    """Return the run of which a step is, by the step's key."""
    return step.split(":", 1)[0]


def _with_other_bytes(step: str, calls: Sequence[Call]) -> list[str]:
    is_same = len({call.request for call in calls}) == 1
    return [] if is_same else [f"I3: {step} was called again with other bytes"]


def _repeated(step: str, calls: Sequence[Call], attempts: int, ledger: Ledger) -> list[str]:
    unexcused = [pair for pair in pairwise(calls) if not ledger.is_excused(pair[0].at, pair[1].at)]
    is_too_often = len(unexcused) > attempts - 1
    return [f"I3: {step} was called {len(calls)} times, and no fault touched it"] if is_too_often else []


async def of_order(asked: Asked) -> list[str]:
    """Return joins that did not wait for all of their branches, and steps that no edge led to (I5, I9)."""
    definitions = {row.id: (json.loads(row.nodes), json.loads(row.edges)) for row in await asked.rows(_DEFINITIONS)}
    steps: dict[str, dict[tuple[str, str], Row[Any]]] = defaultdict(dict)
    for row in await asked.rows(_COUNTING):
        steps[row.run_id][row.path, row.node_id] = row
    found = []
    for run_id, rows in steps.items():
        if run_id in definitions:
            nodes, edges = definitions[run_id]
            found += _out_of_order(run_id, rows, {node["id"] for node in nodes}, edges)
    return found


def _out_of_order(
    run_id: str, rows: Mapping[tuple[str, str], Row[Any]], nodes: set[str], edges: Sequence[JsonObject]
) -> list[str]:
    found = []
    incoming: dict[str, list[JsonObject]] = defaultdict(list)
    for edge in edges:
        incoming[str(edge["target"])].append(edge)
    for (path, node_id), row in rows.items():
        if node_id not in nodes:
            found.append(f"I9: {run_id} has a step {node_id} that its version does not have")
        above, iterator = _around(path)
        sources = [(edge, rows.get((path, str(edge["source"])))) for edge in incoming[node_id]]
        known = [(edge, source) for edge, source in sources if source is not None]
        late = [edge["source"] for edge, source in known if source.seq > row.seq]
        found += [f"I5: {run_id} {path} {node_id} did not wait for {source}" for source in late]
        is_entered = any((edge["source"], edge.get("sourceHandle")) == (iterator, ITEM) for edge in incoming[node_id])
        if sources and not is_entered and not any(is_taken(edge, source) for edge, source in known):
            found.append(f"I5: {run_id} {path} {node_id} ran, and no edge to it was taken")
        loop = rows.get((above, iterator)) if iterator is not None else None
        if loop is not None and loop.seq < row.seq:
            found.append(f"I5: {run_id} {iterator} did not wait for its item {path}")
    return found


def _around(path: str) -> tuple[str, str | None]:
    """Return the path of the iterator whose item a path is, and which one that is; None outside iterators."""
    above, _, _ = path.rpartition(".")
    outer, _, iterator = above.rpartition(".")
    return outer, unquote(iterator) if path else None


def is_taken(edge: JsonObject, source: Row[Any]) -> bool:
    """Say whether a step was left by an edge. Where it has no handle, the run has ended there."""
    return bool((edge.get("sourceHandle") or DEFAULT) == source.handle)


async def of_versions(asked: Asked, witnesses: Sequence[Witness]) -> list[str]:
    """Return calls that carry another version's label than the run's own version has (I9)."""
    labels: dict[str, set[str]] = {}
    for row in await asked.rows(_DEFINITIONS):
        headers = [node["data"].get("headers") for node in json.loads(row.nodes)]
        labels[row.id] = {one[VERSION_HEADER] for one in headers if isinstance(one, dict) and VERSION_HEADER in one}
    found = []
    for witness in witnesses:
        for call in witness.calls:
            label = header_of(call.request, VERSION_HEADER)
            run_id = run_of(call.step)
            if label is not None and run_id in labels and label not in labels[run_id]:
                found.append(f"I9: {call.step} was executed with the definition {label}, not with {labels[run_id]}")
    return found


def header_of(request: bytes, name: str) -> str | None:
    """Return a header of a request as it arrived, if it has it."""
    start = f"{name.lower()}: "
    lines = request.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return next((line[len(start) :] for line in lines if line.lower().startswith(start)), None)


async def of_secrets(asked: Asked, secrets: Iterable[str], printed: Mapping[str, str]) -> list[str]:
    """Return the places of logs in which a secret stands (I8); `printed` is what processes have logged."""
    said = {row.place: row.said for row in await asked.rows(_SAID)}
    return [
        f"I8: a secret in {place}"
        for secret in secrets
        for place, words in (said | dict(printed)).items()
        if secret in (words or "")
    ]


async def of_answers(asked: Asked, api: httpx.AsyncClient, run_ids: Sequence[str]) -> list[str]:
    """Return runs of which the API says something else than the database (I4)."""
    found = []
    for row in await asked.rows(_STATES, ids=list(run_ids)):
        answer = await api.get(f"/workflows/runs/{row.id}")
        body = answer.json() if answer.status_code == httpx.codes.OK else {}
        if (body.get("status"), len(body.get("logs", ()))) != (row.status, row.logs):
            found.append(f"I4: {row.id} is {row.status} with {row.logs} logs, and the API says {answer.text[:200]}")
    return found
