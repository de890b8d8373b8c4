"""What a random experiment knows of workflows and runs from the API's answers, and what must have come of each run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from app.core.json import JsonObject
from app.runs.states import CANCELLED, RunStatus
from tests.faults.invariants import VERSION_HEADER, Asked, is_taken

MAX_TAKEOVERS = 5  # deaths after which a run may be given up
_RUNS = """
    SELECT runs.id, runs.workflow_id, status, error_message, parent_run_id, trigger_payload::text AS payload,
        origin_run_id, nodes::text AS nodes, edges::text AS edges
    FROM runs JOIN workflow_versions version
        ON version.workflow_id = runs.workflow_id AND version.version = workflow_version
"""
_STEPS = """
    SELECT run_id, node_id, status, handle, inherited, output::text AS output FROM run_logs
    WHERE path = '' AND status <> 'warning'
"""


@dataclass(eq=False)
class Flow:
    """A workflow as its newest answers left it. `labels` are what its definition may be by now: one, if all is told."""

    id: str
    shape: str
    trigger: str
    labels: set[str]
    path: str = ""  # of its webhook
    callee: "Flow | None" = None
    is_deleted: bool = False
    edits: int = 1


@dataclass(eq=False)
class Accepted:
    """A run that was answered with 202. `labels` are those that its definition may have."""

    id: str
    flow: Flow
    labels: frozenset[str] | None


@dataclass
class Accounts:
    """Everything that was promised."""

    flows: dict[str, Flow] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)  # (workflow, key) → run
    events: dict[str, Sequence[str]] = field(default_factory=dict)  # event id → runs
    unsure: set[object] = field(default_factory=set)  # keys and event ids of requests that were not answered
    cancelled: set[str] = field(default_factory=set)  # runs of which a cancel was answered with 202
    maybe_cancelled: set[str] = field(default_factory=set)  # or not answered at all
    deaths: int = 0

    def accept(self, run_id: str, flow: Flow, labels: frozenset[str] | None) -> Accepted:
        """Take a 202 at its word. No two acceptances may be of one run, but for what is asked with one key."""
        return self.accepted.setdefault(run_id, Accepted(run_id, flow, labels))

    @property
    def must_exist(self) -> list[str]:
        """Return accepted runs but those that were deleted with their workflows."""
        return [run.id for run in self.accepted.values() if not run.flow.is_deleted]

    async def against(self, asked: Asked, statuses: Mapping[str, set[int]]) -> list[str]:
        """Return all in which the database differs from what was promised. Every run is over.

        `statuses`: with what the target has answered each step.
        """
        rows = {row.id: row for row in await asked.rows(_RUNS)}
        found = [f"{run_id} was accepted, and is not there" for run_id in self.must_exist if run_id not in rows]
        steps: dict[str, list[Row[Any]]] = {run_id: [] for run_id in rows}
        for step in await asked.rows(_STEPS):
            steps.setdefault(step.run_id, []).append(step)
        for row in rows.values():
            found += [f"{row.id}: {wrong}" for wrong in self._of_label(row)]
            found += [f"{row.id}: {wrong}" for wrong in self._of_end(row, rows, steps[row.id])]
            found += [f"{row.id}: {wrong}" for wrong in _of_steps(row, steps[row.id], statuses)]
        return found + self._of_keys(rows.values())

    def _of_label(self, row: Row[Any]) -> list[str]:
        accepted = self.accepted.get(row.id)
        labels = label_of(row)
        if accepted is None or accepted.labels is None or labels <= accepted.labels:
            return []
        return [f"it has the definition {labels}, and was accepted with {set(accepted.labels)}"]

    def _of_end(self, row: Row[Any], rows: Mapping[str, Row[Any]], steps: Sequence[Row[Any]]) -> list[str]:
        """Hold the end of a run to what was answered, and to what its steps came to."""
        if row.id in self.cancelled and (row.status, row.error_message) != (RunStatus.FAILED, CANCELLED):
            return [f"cancelling it was answered with 202, and it ended {row.status}: {row.error_message}"]
        if row.status == RunStatus.COMPLETED:
            return [f"it is completed with the message {row.error_message}"] if row.error_message else []
        if self.flows[row.workflow_id].is_deleted:
            return []
        if row.error_message == CANCELLED:
            is_asked = row.id in self.cancelled | self.maybe_cancelled
            parent = rows.get(row.parent_run_id)
            is_orphan = row.parent_run_id is not None and (parent is None or parent.status == RunStatus.FAILED)
            return [] if is_asked or is_orphan else ["it was cancelled, and nobody had asked for it"]
        if row.error_message.startswith(f"abandoned after {MAX_TAKEOVERS}"):
            return [] if self.deaths >= MAX_TAKEOVERS else [f"{row.error_message}, and {self.deaths} workers died"]
        reasons = {_message(step) for step in steps if step.status == "error" and step.handle is None}
        return [] if row.error_message in reasons else [f"it failed without a failed step: {row.error_message}"]

    def _of_keys(self, rows: Iterable[Row[Any]]) -> list[str]:
        """Return keys of which more than one run has come, or not the one that was answered."""
        found: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            key = key_of(json.loads(row.payload))
            if key and row.origin_run_id is None and row.parent_run_id is None:
                found.setdefault((row.workflow_id, key), set()).add(row.id)
        wrong = [f"the key {key} has started {len(runs)} runs" for key, runs in found.items() if len(runs) > 1]
        for (workflow_id, key), run_id in self.keys.items():
            if not self.flows[workflow_id].is_deleted and found.get((workflow_id, key)) != {run_id}:
                wrong.append(
                    f"the key {key} was answered with {run_id}, and has started {found.get((workflow_id, key))}"
                )
        return wrong


def key_of(payload: JsonObject) -> str | None:
    """Return the key that a run was started with, as its payload repeats it."""
    for name in ("context", "webhook_payload", "payload"):
        inner = payload.get(name)
        if isinstance(inner, dict) and inner.get("key"):
            return str(inner["key"])
    return None


def label_of(row: Row[Any]) -> set[str]:
    """Return the label in a run's definition."""
    headers = [node["data"].get("headers") for node in json.loads(row.nodes)]
    return {one[VERSION_HEADER] for one in headers if isinstance(one, dict) and VERSION_HEADER in one}


def _message(step: Row[Any]) -> str:
    return str(json.loads(step.output)["error"]["message"])


def _of_steps(row: Row[Any], steps: Sequence[Row[Any]], statuses: Mapping[str, set[int]]) -> list[str]:
    """Return steps that are missing from a completed run, and outputs that the target never gave."""
    by_node = {step.node_id: step for step in steps}
    edges = json.loads(row.edges)
    found = []
    if row.status == RunStatus.COMPLETED:
        taken = [
            edge for edge in edges if (source := by_node.get(edge["source"])) is not None and is_taken(edge, source)
        ]
        found += [f"{edge['target']} has not run" for edge in taken if edge["target"] not in by_node]
        found += [f"{step.node_id} failed, and the run did not" for step in steps if step.handle is None]
    (label,) = label_of(row)
    for step in steps:
        output = json.loads(step.output)
        if step.inherited or "status" not in output or "body" not in output:
            continue
        key = f"{row.id}::{step.node_id}"
        if output["body"] != {"label": label, "step": output["body"]["step"]}:
            found.append(f"{step.node_id} has the output of another definition: {output['body']}")
        if output["status"] not in statuses.get(key, set()):
            found.append(f"{step.node_id} was answered with {statuses.get(key)}, and says {output['status']}")
    return found
