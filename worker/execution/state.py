"""How far a run has come, in memory. Built by replaying the journal, so that live and recovered runs are the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.core.clock import format_time
from app.core.config import LimitSettings
from app.core.json import JsonObject, JsonValue
from app.graph.frontier import Frontier
from app.graph.graph import Graph
from app.graph.result import answer_of, result_of
from app.graph.settle import StepStatus
from worker.execution.claimed import Claimed
from worker.execution.sizes import in_words
from worker.execution.steps import RecordedStep


class Counted(NamedTuple):
    """A step that counted. `handle` is the way taken from it; None where the run ended there."""

    node_id: str
    handle: str | None
    output: JsonObject
    status: StepStatus


class RunState:
    """The context, the frontier and the counters of one run."""

    def __init__(self, run: Claimed, graph: Graph) -> None:
        self._run = run
        self._graph = graph
        self._outputs: dict[str, JsonValue] = {}
        self._finished_at: dict[str, datetime] = {}
        self._attempts: dict[str, int] = {}
        self._counted: list[Counted] = []
        self.frontier = Frontier(graph)
        self.seq = 0
        self.steps = 0
        self.context_bytes = 0
        self.journal_bytes = 0
        self.failure: str | None = None

    def replay(self, steps: Sequence[RecordedStep]) -> None:
        """Take over what the journal holds."""
        for step in steps:
            self.seq = max(self.seq, step.seq)
            counts = step.status is not StepStatus.WARNING
            self.attempted(step.node_id, step.attempt)
            self.measured(step.size_bytes, kept=counts)
            if counts:
                self.count(step, step.created_at)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def next_attempt(self, node_id: str) -> int:
        """Return the number of the attempt that comes next: one more than were recorded."""
        return self._attempts.get(node_id, 0) + 1

    def attempted(self, node_id: str, attempt: int) -> None:
        self.steps += 1
        self._attempts[node_id] = max(attempt, self._attempts.get(node_id, 0))

    def measured(self, size_bytes: int, *, kept: bool) -> None:
        """Count the bytes of an output: all of them as journaled, what stays in the context as held in memory."""
        self.journal_bytes += size_bytes
        self.context_bytes += size_bytes if kept else 0

    def count(self, step: Counted | RecordedStep, finished_at: datetime) -> None:
        """Let a step count: its output becomes visible, its edges are decided."""
        node_id, handle, output = step.node_id, step.handle, step.output
        self._outputs[node_id] = output
        self._finished_at[node_id] = finished_at
        self._counted.append(Counted(node_id, handle, output, step.status))
        self.frontier.record(node_id, handle)
        if handle is None and step.status is StepStatus.ERROR:
            self.failure = self.failure or _message(output)

    def became_ready_at(self, node_id: str) -> datetime:
        """Return the newest recorded finish upstream, else the run's creation: the same in every attempt.

        What a resumed run has inherited was finished before it was created.
        """
        finished = (self._finished_at.get(edge.source) for edge in self._graph.incoming[node_id])
        return max([self._run.created_at, *(moment for moment in finished if moment is not None)])

    def roots(self, node_id: str) -> dict[str, JsonValue]:
        """Return what templates of this node can read. Node ids win over roots of the same name."""
        run = self._run
        return {
            "trigger": self._outputs.get(self._graph.trigger.node_id),
            "run": {"id": run.id, "started_at": format_time(run.started_at)},
            "workflow": {"id": run.workflow_id, "name": run.versioned.name},
            **self._outputs,
            "now": format_time(self.became_ready_at(node_id)),
        }

    def passed_limit(self, limits: LimitSettings) -> str | None:
        """Name the limit that the run has passed, if any."""
        if self.steps > limits.steps:
            return f"The run passed its limit of {limits.steps:,} steps."
        if self.journal_bytes > limits.journal_bytes:
            return f"The run's outputs passed the limit of {in_words(limits.journal_bytes)} a run."
        if self.context_bytes > limits.held_bytes:
            return f"The run's outputs passed the limit of {in_words(limits.held_bytes)} held in memory."
        return None

    def result(self) -> JsonObject | None:
        return result_of(self._graph, self._counted)

    def answer(self) -> JsonObject | None:
        """Return what the caller gets, where one waits."""
        answer = answer_of(self._graph, self._counted) if self._graph.trigger.is_awaited else None
        return answer.as_json() if answer else None


def _message(output: JsonObject) -> str:
    error = output.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else "A step failed."
