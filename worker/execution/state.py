"""How far a run has come, in memory. Built by replaying the journal, so that live and recovered runs are the same."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from app.core.clock import format_time
from app.core.config import LimitSettings
from app.core.json import JsonObject, JsonValue
from app.graph.graph import Graph
from app.graph.settle import StepStatus
from worker.execution.claimed import Claimed
from worker.execution.iterating import Iterations
from worker.execution.loops import ItemResult
from worker.execution.path import Counted, PathState
from worker.execution.sizes import in_words
from worker.execution.steps import RecordedStep, WaitRow
from worker.execution.timers import OpenWaits


class RunState:
    """The paths and the counters of one run."""

    def __init__(self, run: Claimed, graph: Graph, limits: LimitSettings) -> None:
        self._run = run
        self._graph = graph
        self._limits = limits
        self.root = PathState(graph, run.created_at)
        self.iterations = Iterations(graph, run.created_at, limits.concurrent_items)
        self.waits = OpenWaits()
        self.seq = 0
        self.steps = 0  # outside iterators
        self.all_steps = 0
        self.journal_bytes = 0

    @property
    def failure(self) -> str | None:
        """Say why the run fails, if it does."""
        return self.root.failure

    @property
    def is_exhausted(self) -> bool:
        return self.root.frontier.is_exhausted

    @property
    def context_bytes(self) -> int:
        """Return what is held in memory of outputs."""
        return self.root.held_bytes + self.iterations.held_bytes

    @property
    def paths(self) -> Iterator[PathState]:
        """Give every path that is under way."""
        yield self.root
        yield from self.iterations.live

    def path(self, text: str) -> PathState | None:
        """Return a path while it is under way."""
        return self.iterations.get(text) if text else self.root

    def replay(self, steps: Sequence[RecordedStep], waits: Sequence[WaitRow]) -> None:
        """Take over what the journal holds."""
        for step in steps:
            self.seq = max(self.seq, step.seq)
            self._measured(step.path, step.size_bytes)
            if step.path:
                self.iterations.recorded(step)
            else:
                self.root.replay(step)
        self.waits.restore(waits)
        for wait in waits:
            if wait.path:
                self.iterations.waits(wait.path, wait.node_id)
            else:
                self.root.start(wait.node_id)
        self.root.unfinished = self.iterations.unfinished(self.root)

    def results(self, path: PathState, iterator: str) -> Sequence[ItemResult | None]:
        """Return where the results of an iterator's items stand, which has ended on this path or on one above it."""
        while path.turn is not None and not path.has(iterator):
            path = path.turn.above
        return self.iterations.results(path, iterator, _count_of(path.output_of(iterator)))

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def attempted(self, path: PathState, node_id: str, attempt: int, size_bytes: int) -> None:
        """Count an attempt that was recorded, and the bytes of its output."""
        path.attempted(node_id, attempt)
        self._measured(path.text, size_bytes)

    def count(self, path: PathState, step: Counted, output: JsonObject, finished_at: datetime) -> None:
        """Let a step count: its output becomes visible, its edges are decided."""
        is_error = step.status is StepStatus.ERROR
        path.count(step, finished_at, _message(output) if is_error else "")
        path.show(step.node_id, output, step.size_bytes)
        self.iterations.touch(path)

    def roots(self, path: PathState, node_id: str) -> dict[str, JsonValue]:
        """Return what templates of this node can read. Node ids win over roots of the same name."""
        run = self._run
        return {
            "trigger": self.root.output_of(self._graph.trigger.node_id),
            "run": {"id": run.id, "started_at": format_time(run.started_at)},
            "workflow": {"id": run.workflow_id, "name": run.versioned.name},
            **path.roots(),
            "now": format_time(path.became_ready_at(node_id)),
        }

    def passed_limit(self) -> str | None:
        """Name the limit that the run has passed, if any."""
        limits = self._limits
        if self.steps > limits.steps:
            return f"The run passed its limit of {limits.steps:,} steps."
        if self.all_steps > limits.all_steps:
            return f"The run passed its limit of {limits.all_steps:,} steps, those of items included."
        if self.journal_bytes > limits.journal_bytes:
            return f"The run's outputs passed the limit of {in_words(limits.journal_bytes)} a run."
        if self.context_bytes > limits.held_bytes:
            return f"The run's outputs passed the limit of {in_words(limits.held_bytes)} held in memory."
        return None

    def result(self) -> JsonObject | None:
        step = self.root.result()
        return self._output(step.node_id) if step else None

    def answer(self) -> JsonObject | None:
        """Return what the caller gets, where one waits."""
        step = self.root.result() if self._graph.trigger.is_awaited else None
        return self._graph.nodes[step.node_id].answer(self._output(step.node_id)).as_json() if step else None

    def _output(self, node_id: str) -> JsonObject:
        output = self.root.output_of(node_id)
        return output if isinstance(output, dict) else {}

    def _measured(self, path: str, size_bytes: int) -> None:
        self.steps += 0 if path else 1
        self.all_steps += 1
        self.journal_bytes += size_bytes


def _count_of(output: JsonValue) -> int:
    count = output.get("count") if isinstance(output, Mapping) else None
    return count if isinstance(count, int) else 0


def _message(output: JsonObject) -> str:
    error = output.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else "A step failed."
