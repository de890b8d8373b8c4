"""Where a process can be made to die: one row a point, each naming a function of the product and a moment of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from app.graph.outcome import WaitKind
from app.runs.repository.ends import RunEnd
from worker.execution.entries import Entry, Transition

Arguments = Sequence[Any]
Counts = Callable[[Arguments, Any], bool]


class Moment(Enum):
    BEFORE = auto()
    AFTER = auto()


def _always(_arguments: Arguments, _result: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a function (`module:qualified.name`); `counts` says, of its arguments and result, which passes do."""

    function: str
    moment: Moment
    counts: Counts = _always


def _brings_something(_arguments: Arguments, result: object) -> bool:
    return bool(result)


def _given(place: int) -> Counts:
    """Count the passes that have something to do: their argument of that place is not empty."""
    return lambda arguments, _: bool(arguments[place])


def _writing(is_meant: Callable[[Entry], object]) -> Counts:
    """Count the flushes of which an entry is meant."""
    return lambda arguments, _: any(map(is_meant, arguments[1]))


def _has_effect(arguments: Arguments, _result: object) -> bool:
    return bool(arguments[1].has_effect)


def _first_branch(entry: Entry) -> bool:
    """Say whether an entry writes one branch of `graphs.diamond`, and the other one is not written yet."""
    branches = {step.node_id for step in entry.steps} & {"left", "right"}
    return len(branches) == 1 and any(
        step.seq == 2 and step.node_id in branches for step in entry.steps
    )  # right behind the trigger


def _ends_awaited(arguments: Arguments, result: tuple[Any, Any]) -> bool:
    is_end = any(isinstance(entry.transition, RunEnd) for entry in arguments[1])
    return is_end and bool(result[1].rings or result[1].notices)


def _node(node_id: str) -> Counts:
    return lambda arguments, _: arguments[2] == node_id


def _of_item(arguments: Arguments, _result: object) -> bool:
    return bool(arguments[1].text)


def _awaits_child(entry: Entry) -> bool:
    return entry.transition is Transition.PARK and any(wait.kind == WaitKind.CHILD for wait in entry.opened)


def _accepting(kind: str) -> Counts:
    """Count the parts of answers to requests that start something."""
    return lambda arguments, _: arguments[1]["type"] == kind and arguments[0].scope["method"] == "POST"


_CLAIM = "worker.execution.claim:Claimer._claim"
_ATTEMPT = "worker.execution.flight:Flights._attempted"
_START = "worker.execution.flight:Flights.start"
_WRITE = "worker.execution.journal:Journal._write"
_RING = "app.queue.client:Doorbell.ring"
_SEND = "uvicorn.protocols.http.httptools_impl:RequestResponseCycle.send"

# Of a worker that executes runs of `graphs.everything`, in groups that one experiment tries one after the other.
WALKING: Mapping[str, Mapping[str, Point]] = {
    "claims": {
        "before a claim": Point(_CLAIM, Moment.BEFORE),
        "claimed, not committed": Point("worker.execution.claim:insert_steps", Moment.AFTER, _given(1)),
        "after a claim": Point(_CLAIM, Moment.AFTER, _brings_something),
    },
    "calls": {
        "before a call": Point(_ATTEMPT, Moment.BEFORE, _has_effect),
        "a call answered, nothing recorded": Point(_ATTEMPT, Moment.AFTER, _has_effect),
        "a step held, not submitted": Point("worker.execution.recorder:Recorder.step", Moment.AFTER),
        "a step submitted, not flushed": Point("worker.execution.journal:Journal.submit", Moment.AFTER),
    },
    "flushes": {
        "before steps are written": Point(_WRITE, Moment.BEFORE, _writing(lambda entry: entry.steps)),
        "steps inserted, not committed": Point("worker.execution.journal:insert_steps", Moment.AFTER, _given(1)),
        "steps written, nobody told": Point(_WRITE, Moment.AFTER, _writing(lambda entry: entry.steps)),
    },
    "branches": {
        "one branch begun, the other not": Point(_START, Moment.AFTER, _node("left")),
        "one branch recorded, the other not": Point(_WRITE, Moment.AFTER, _writing(_first_branch)),
        "a join begun": Point(_START, Moment.AFTER, _node("join")),
        "an item begun": Point(_START, Moment.AFTER, _of_item),
    },
    "children": {
        "a child inserted, not committed": Point("worker.execution.journal:insert_children", Moment.AFTER, _given(1)),
        "a child committed, nobody told": Point(_WRITE, Moment.AFTER, _writing(lambda entry: entry.children)),
        "a parent parked, waiting for its child": Point(_WRITE, Moment.AFTER, _writing(_awaits_child)),
        "a child ended, not committed": Point(
            "app.runs.repository.ends:_resolve_parents", Moment.AFTER, lambda _, echo: bool(echo.rings or echo.notices)
        ),
    },
    "waits": {
        "a child's end committed, nobody told": Point(_WRITE, Moment.AFTER, _ends_awaited),
        "a wait opened, not committed": Point("worker.execution.journal:open_waits", Moment.AFTER, _given(1)),
        "a wait closed, not committed": Point("worker.execution.journal:close_waits", Moment.AFTER, _given(1)),
        "before timers are made due": Point("worker.execution.looking:Looker.ripen", Moment.BEFORE),
    },
    "parking": {
        "parking, not committed": Point("worker.execution.journal:park", Moment.AFTER, _given(1)),
        "parked, nobody told": Point(_WRITE, Moment.AFTER, _writing(lambda entry: entry.transition is Transition.PARK)),
        "parked, its slot free": Point("worker.execution.presence:Presence._parked", Moment.AFTER),
        "timers made due": Point("worker.execution.looking:Looker.ripen", Moment.AFTER, _brings_something),
    },
    "ends": {
        "ending, not committed": Point("worker.execution.journal:end_runs", Moment.AFTER),
        "ended, nobody told": Point(_WRITE, Moment.AFTER, _writing(lambda entry: isinstance(entry.transition, RunEnd))),
        "about to ring": Point(_RING, Moment.BEFORE, _given(1)),
    },
}
LEAVING: Mapping[str, Point] = {
    "releasing, not committed": Point("worker.execution.journal:release", Moment.AFTER, _given(2)),
    "released, nobody told": Point(
        _WRITE, Moment.AFTER, _writing(lambda entry: entry.transition is Transition.RELEASE)
    ),
    "about to leave": Point("worker.execution.beat:BeatThread.leave", Moment.BEFORE),
}
TAKING_OVER: Mapping[str, Point] = {
    "a dead worker declared so": Point("worker.execution.looking:Looker.declare_dead", Moment.AFTER, _brings_something),
    "a dead worker's runs made due": Point(
        "worker.execution.looking:Looker.take_from_dead", Moment.AFTER, _brings_something
    ),
    "a dead worker about to be forgotten": Point("worker.execution.looking:Looker.forget", Moment.BEFORE),
}
FIRING: Mapping[str, Point] = {
    "a schedule's run inserted, not committed": Point(
        "worker.execution.schedules:Schedules._start", Moment.AFTER, _brings_something
    ),
    "a schedule fired, nobody rung": Point(_RING, Moment.BEFORE, _given(1)),
    "a schedule fired and rung": Point(
        "worker.execution.schedules:Schedules.fire_some", Moment.AFTER, _brings_something
    ),
}
# Of an API: of requests whose runs share a commit, of those with a key, and of events.
_COMMITTED = {
    "a run committed, nobody rung": Point(_RING, Moment.BEFORE, _given(1)),
    "a run rung for, not answered": Point(_RING, Moment.AFTER, _given(1)),
    "half of an answer written": Point(_SEND, Moment.AFTER, _accepting("http.response.start")),
    "an answer written": Point(_SEND, Moment.AFTER, _accepting("http.response.body")),
}
STARTING: Mapping[str, Point] = {
    "before a run is inserted": Point("app.runs.repository.starts:RunStarter._insert", Moment.BEFORE),
    "runs committed together, nobody rung": Point("app.runs.repository.starts:RunStarter._ring", Moment.BEFORE),
    **_COMMITTED,
}
KEYED: Mapping[str, Point] = {
    "a key claimed, no run yet": Point(
        "app.http.idempotency.repository:KeyRepository.claim", Moment.AFTER, lambda _, earlier: earlier is None
    ),
    "a run and its key inserted, not committed": Point(
        "app.http.idempotency.repository:KeyRepository.store", Moment.AFTER
    ),
    **_COMMITTED,
}
EVENTS: Mapping[str, Point] = {
    "an event kept, no run yet": Point("app.events.repository:ReceiptRepository.keep", Moment.AFTER, _brings_something),
    "an event's runs inserted, not committed": Point("app.events.service:EventService._insert", Moment.AFTER),
    **_COMMITTED,
}

POINTS: Mapping[str, Point] = {
    name: point
    for points in (*WALKING.values(), LEAVING, TAKING_OVER, FIRING, STARTING, KEYED, EVENTS)
    for name, point in points.items()
}

# Points that a worker passes only where runs are old enough to be removed.
REMOVAL_POINTS: Mapping[str, Point] = {
    "old runs counted, not removed": Point("worker.execution.retention:Retention._move_counts", Moment.AFTER),
}
