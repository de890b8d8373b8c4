"""What an attempt at a node comes to. The executor acts on these six shapes and on nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.json import JsonObject, JsonValue

DEFAULT = "default"
ERROR = "error"
ITEM = "item"  # of an iterator: where its body begins, once an item
DONE = "done"  # of an iterator: where the run goes on after the last item


class WaitKind(StrEnum):
    DELAY = "delay"
    RETRY = "retry"
    CHILD = "child"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Success:
    """The step is done; the edges of `handle` are taken, all others die."""

    output: Mapping[str, JsonValue]
    handle: str = DEFAULT


@dataclass(frozen=True, slots=True)
class Failure:
    """The step failed. `retryable` allows the node's `retry` setting to try again, after `delay_seconds` if given."""

    message: str
    output: Mapping[str, JsonValue] = field(default_factory=dict)
    retryable: bool = False
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The step goes on at `due_at`, or when somebody resolves the wait; until then the run needs no worker.

    `prompt` is what a form asks (`app.graph.form.prompt`), `key_id` the key that has made its address, if it was told
    already.
    """

    kind: WaitKind
    due_at: datetime | None
    child_run_id: str | None = None  # the run whose end resolves it
    prompt: JsonObject | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The run ends here and now, whatever else is under way."""

    completed: bool
    output: Mapping[str, JsonValue]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Iterate:
    """What hangs on the handle `item` runs once for each item, at most `concurrency` of them at a time.

    With `stops` no further item is begun after one that failed, and the step fails; else failures are only listed.
    """

    items: Sequence[JsonValue]
    concurrency: int
    stops: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Another workflow is run with this payload, in the same organization.

    With `waits` the step goes on when that run has ended: `Action.resume` is given its `run_id`, `status`, `output` and
    `error_message`. Without it the step is done once the run is accepted.
    """

    workflow_id: str
    payload: Mapping[str, JsonValue]
    waits: bool


Outcome = Success | Failure | Wait | Finish | Iterate | Call
