"""What an attempt at a node comes to. The executor acts on these four shapes and on nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.json import JsonObject, JsonValue

DEFAULT = "default"
ERROR = "error"


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

    `prompt` is what a form asks (`app.graph.form.prompt`).
    """

    kind: WaitKind
    due_at: datetime | None
    prompt: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The run ends here and now, whatever else is under way."""

    completed: bool
    output: Mapping[str, JsonValue]
    message: str | None = None


Outcome = Success | Failure | Wait | Finish
