"""The journal's statements: what is written of steps, and what recovery reads."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields

from app.core.json import JsonObject, loads_object
from app.core.statements import Driver, Statement
from app.graph.settle import StepStatus
from worker.execution.steps import RecordedStep, StepRow

_TYPES = {
    "seq": "integer",
    "attempt": "smallint",
    "fence": "bigint",
    "duration_ms": "integer",
    "started_at": "timestamptz",
    "created_at": "timestamptz",
}
_COLUMNS = tuple(field.name for field in fields(StepRow))
_INSERT = Statement(f"""
    INSERT INTO run_logs ({", ".join(_COLUMNS)})
    SELECT {", ".join("output::json" if name == "output" else name for name in _COLUMNS)}
    FROM unnest({", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in _COLUMNS)})
        AS step({", ".join(_COLUMNS)})
    ON CONFLICT DO NOTHING
    RETURNING run_id, path, node_id, attempt
""")
_FENCES = Statement("""
    SELECT log.run_id, log.path, log.node_id, log.attempt, log.fence FROM run_logs log
    JOIN unnest(CAST(:run_id AS text[]), CAST(:path AS text[]), CAST(:node_id AS text[]), CAST(:attempt AS smallint[]))
        AS step(run_id, path, node_id, attempt) USING (run_id, path, node_id, attempt)
""")
# What items of iterators have put out may be a hundred megabytes: it stays where it is until somebody needs it.
_READ = Statement("""
    SELECT run_id, path, node_id, attempt, seq, status, handle, created_at, octet_length(output::text) AS size_bytes,
           CASE WHEN path = '' THEN output::text END AS output,
           CASE WHEN status = 'error' THEN output #>> '{error,message}' END AS message
    FROM run_logs WHERE run_id = ANY(:ids) ORDER BY run_id, seq
""")
_OUTPUTS = Statement("""
    SELECT path, node_id, attempt, log.output::text AS output
    FROM unnest(CAST(:path AS text[]), CAST(:node_id AS text[]), CAST(:attempt AS smallint[]))
        AS step(path, node_id, attempt)
    JOIN run_logs log USING (path, node_id, attempt) WHERE log.run_id = :run_id
""")

StepKey = tuple[str, str, str, int]  # run, path, node, attempt
StepPlace = tuple[str, str, int]  # the same within a run


async def insert_steps(driver: Driver, steps: Sequence[StepRow]) -> set[str]:
    """Insert steps and return the runs that hold another claim's row in the place of one of them.

    A row that stands there already with the same fence is this very one: the answer to its commit was lost.
    """
    if not steps:
        return set()
    columns = {name: [getattr(step, name) for step in steps] for name in _COLUMNS}
    inserted = {tuple(row) for row in await _INSERT.rows(driver, columns)}
    refused = [step for step in steps if (step.run_id, step.path, step.node_id, step.attempt) not in inserted]
    if not refused:
        return set()
    keys = {name: [getattr(step, name) for step in refused] for name in ("run_id", "path", "node_id", "attempt")}
    fences = {tuple(row)[:4]: row.fence for row in await _FENCES.rows(driver, keys)}
    return {
        step.run_id
        for step in refused
        if fences.get((step.run_id, step.path, step.node_id, step.attempt)) != step.fence
    }


async def read_steps(driver: Driver, run_ids: Sequence[str]) -> dict[str, list[RecordedStep]]:
    """Return what is recorded of each run, in the order in which it was."""
    steps: dict[str, list[RecordedStep]] = defaultdict(list)
    for row in await _READ.rows(driver, {"ids": list(run_ids)}):
        values = dict(row)
        run_id = values.pop("run_id")
        values |= {
            "status": StepStatus(row.status),
            "output": None if row.output is None else loads_object(row.output),
        }
        steps[run_id].append(RecordedStep(**values))
    return steps


async def read_outputs(driver: Driver, run_id: str, places: Sequence[StepPlace]) -> dict[StepPlace, JsonObject]:
    """Return the outputs of recorded steps of a run."""
    paths, nodes, attempts = zip(*places, strict=True)
    asked = {"run_id": run_id, "path": list(paths), "node_id": list(nodes), "attempt": list(attempts)}
    rows = await _OUTPUTS.rows(driver, asked)
    return {(row.path, row.node_id, row.attempt): loads_object(row.output) for row in rows}
