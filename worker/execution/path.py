"""One path of a run: the run itself, or one item of an iterator. What its steps came to, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.core.json import JsonObject, JsonValue
from app.graph import paths
from app.graph.frontier import Frontier
from app.graph.graph import Graph
from app.graph.result import responding_step
from app.graph.settle import StepStatus
from worker.execution.steps import RecordedStep


class Counted(NamedTuple):
    """A step that counted, without its output. `handle` is the way taken from it; None where the run ended there."""

    node_id: str
    attempt: int
    handle: str | None
    status: StepStatus
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Turn:
    """An item's place: the iterator, the path that it belongs to, and the item. `begun_at` is when its turn came."""

    above: "PathState"
    iterator: str
    index: int
    item: JsonValue
    begun_at: datetime


class PathState:
    """The context and the frontier of one path. Outputs are held as long as the path is under way."""

    def __init__(self, graph: Graph, created_at: datetime, turn: Turn | None = None) -> None:
        self._graph = graph
        self._outputs: dict[str, JsonValue] = {}
        self._finished_at: dict[str, datetime] = {}
        self._attempts: dict[str, int] = {}
        self._begun_at = turn.begun_at if turn else created_at
        self.turn = turn
        self.text: str = paths.below(turn.above.text, turn.iterator, turn.index) if turn else ""
        self.frontier = Frontier(graph, turn.iterator if turn else None)
        self.counted: list[Counted] = []
        self.airborne = 0  # attempts under way
        self.unfinished: set[str] = set()  # iterators that a former owner had begun: they go on whatever has failed
        self.held_bytes = 0
        self.failure: str | None = None

    @property
    def is_over(self) -> bool:
        """Say whether nothing is left to do: after a failure nothing more starts, but what is under way ends."""
        if self.frontier.has_in_flight or self.unfinished:
            return False
        return self.failure is not None or self.frontier.is_exhausted

    def startable(self) -> list[str]:
        """Return what may be started, in the order in which it should be."""
        ready = self.frontier.ready() if self.frontier.has_ready else []
        return ready if self.failure is None else [node_id for node_id in ready if node_id in self.unfinished]

    def start(self, node_id: str) -> None:
        """Take a node in flight that is startable, or that waits."""
        self.frontier.start(node_id)
        self.unfinished.discard(node_id)

    @property
    def context_bytes(self) -> int:
        """Return the size of what its templates can read."""
        return self.held_bytes + (self.turn.above.context_bytes if self.turn else 0)

    @property
    def finished_at(self) -> datetime:
        """Return when the last of its steps did."""
        return max(self._finished_at.values(), default=self._begun_at)

    def next_attempt(self, node_id: str) -> int:
        """Return the number of the attempt that comes next: one more than were recorded."""
        return self._attempts.get(node_id, 0) + 1

    def replay(self, step: RecordedStep) -> None:
        """Take over what the journal holds of a step of this path; its output, if it comes along, can be read."""
        self.attempted(step.node_id, step.attempt)
        if step.status is StepStatus.WARNING:
            return
        counted = Counted(step.node_id, step.attempt, step.handle, step.status, step.size_bytes)
        self.count(counted, step.created_at, step.message or "A step failed.")
        if step.output is not None:
            self.show(step.node_id, step.output, step.size_bytes)

    def attempted(self, node_id: str, attempt: int) -> None:
        self._attempts[node_id] = max(attempt, self._attempts.get(node_id, 0))

    def count(self, step: Counted, finished_at: datetime, message: str) -> None:
        """Let a step count: its edges are decided. `message` says why, where it failed."""
        self._finished_at[step.node_id] = finished_at
        self.counted.append(step)
        self.frontier.record(step.node_id, step.handle)
        if step.handle is None and step.status is StepStatus.ERROR:
            self.failure = self.failure or message

    def show(self, node_id: str, output: JsonObject, size_bytes: int) -> None:
        """Let the output of a step be read."""
        self._outputs[node_id] = output
        self.held_bytes += size_bytes

    def became_ready_at(self, node_id: str) -> datetime:
        """Return the newest recorded finish upstream, else when the path was begun: the same in every attempt.

        What a resumed run has inherited was finished before it was created.
        """
        finished = (self._finished_at.get(edge.source) for edge in self._graph.incoming[node_id])
        return max([self._begun_at, *(moment for moment in finished if moment is not None)])

    def has(self, node_id: str) -> bool:
        """Say whether a node has counted on this path itself."""
        return node_id in self._outputs

    def output_of(self, node_id: str) -> JsonValue:
        """Return what this path or one above it knows of a node."""
        if node_id in self._outputs or self.turn is None:
            return self._outputs.get(node_id)
        return self.turn.above.output_of(node_id)

    def roots(self) -> dict[str, JsonValue]:
        """Return what this path adds to the roots of templates, and what those above it have. Node ids win."""
        if self.turn is None:
            return dict(self._outputs)
        return {**self.turn.above.roots(), **_roots_of(self.turn), **self._outputs}

    def result(self) -> Counted | None:
        """Return the step whose output is the path's result."""
        return responding_step(self._graph, self.counted) if self.failure is None else None


def _roots_of(turn: Turn) -> Mapping[str, JsonValue]:
    """Return `item`, `index` and, where iterators stand within each other, `parent`: the same of the one around."""
    own: dict[str, JsonValue] = {"item": turn.item, "index": turn.index}
    return {**own, "parent": _roots_of(turn.above.turn)} if turn.above.turn else own
