"""Where a process can be made to die: one row a point, each naming a function of the product and a moment of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from app.runs.repository.ends import RunEnd
from worker.execution.entries import Entry, Transition

Arguments = Sequence[Any]


class Moment(Enum):
    BEFORE = auto()
    AFTER = auto()


def _always(arguments: Arguments, result: object) -> bool:  # noqa: ARG001 -- it looks at nothing
    return True


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a function (`module:qualified.name`); `counts` says, of its arguments and result, which passes do."""

    function: str
    moment: Moment
    counts: Callable[[Arguments, Any], bool] = _always


def _brings_something(arguments: Arguments, result: object) -> bool:  # noqa: ARG001 -- one signature for all
    return bool(result)


def _batch(arguments: Arguments) -> Sequence[Entry]:
    batch: Sequence[Entry] = arguments[1]
    return batch


def _writes_steps(arguments: Arguments, result: object) -> bool:  # noqa: ARG001 -- as above
    return any(entry.steps for entry in _batch(arguments))


def _writes_parking(arguments: Arguments, result: object) -> bool:  # noqa: ARG001 -- as above
    return any(entry.transition is Transition.PARK for entry in _batch(arguments))


def _writes_an_end(arguments: Arguments, result: object) -> bool:  # noqa: ARG001 -- as above
    return any(isinstance(entry.transition, RunEnd) for entry in _batch(arguments))


_WRITE = "worker.execution.journal:Journal._write"
_CLAIM = "worker.execution.claim:Claimer._claim"

POINTS: Mapping[str, Point] = {
    "before a claim": Point(_CLAIM, Moment.BEFORE),
    "after a claim": Point(_CLAIM, Moment.AFTER, _brings_something),
    "before steps are written": Point(_WRITE, Moment.BEFORE, _writes_steps),
    "steps written, nobody told": Point(_WRITE, Moment.AFTER, _writes_steps),
    "parked, nobody told": Point(_WRITE, Moment.AFTER, _writes_parking),
    "ended, nobody told": Point(_WRITE, Moment.AFTER, _writes_an_end),
}

# Points that a worker passes only where runs are old enough to be removed.
REMOVAL_POINTS: Mapping[str, Point] = {
    "old runs counted, not removed": Point("worker.execution.retention:Retention._move_counts", Moment.AFTER),
}
