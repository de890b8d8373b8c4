"""One attempt at a step as it lies in the journal, and the wait that may lie beside it."""

from dataclasses import dataclass
from datetime import datetime

from app.core.json import JsonObject, loads_object
from app.graph.settle import StepStatus
from worker.execution.sizes import size_of


@dataclass(frozen=True, slots=True)
class StepRow:
    """What the journal keeps of an attempt. `output` is JSON text, `handle` the way taken (null: none)."""

    id: str
    run_id: str
    org_id: str
    workflow_id: str
    seq: int
    path: str
    node_id: str
    component_id: str
    attempt: int
    status: StepStatus
    output: str
    handle: str | None
    fence: int
    started_at: datetime
    duration_ms: int
    created_at: datetime

    def as_recorded(self) -> "RecordedStep":
        """Return the step as recovery would read it."""
        output = loads_object(self.output)
        place = (self.path, self.node_id, self.attempt, self.seq)
        return RecordedStep(*place, self.status, output, self.handle, self.created_at, size_of(self.output))


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Something that a step waits for. It is over once `resolved_at` is set or `due_at` has come.

    The last three are of forms, and only written: the token's hash and key, and what is asked, as JSON text.
    """

    run_id: str
    org_id: str
    path: str
    node_id: str
    component_id: str
    attempt: int
    kind: str
    due_at: datetime | None
    child_run_id: str | None = None
    resolved_at: datetime | None = None
    resolution: JsonObject | None = None
    token_hash: bytes | None = None
    token_key_id: str | None = None
    prompt: str | None = None

    def is_the_wait_of(self, other: "WaitRow") -> bool:
        """Say whether both are of the same attempt at the same step, and of the same kind."""
        return (self.path, self.node_id, self.attempt, self.kind) == (
            other.path,
            other.node_id,
            other.attempt,
            other.kind,
        )


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step as recovery reads it: `output` is what reading the journal's bytes gives, of steps outside iterators only.

    `message` says why a step failed, and is None of one that did not.
    """

    path: str
    node_id: str
    attempt: int
    seq: int
    status: StepStatus
    output: JsonObject | None
    handle: str | None
    created_at: datetime
    size_bytes: int
    message: str | None = None
