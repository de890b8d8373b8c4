"""What an outcome means for its run: a step that counts, one that is tried again, a wait, or the end."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.json import JsonObject, dumps
from app.graph.errors import PermanentError
from app.graph.graph import Graph
from app.graph.node import Action
from app.graph.outcome import Failure, Finish, Outcome, Success, Wait, WaitKind
from app.graph.settle import StepStatus, failure_output, way_on
from app.runs.form_tokens import FormPlace
from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from worker.execution.attempt import seal
from worker.execution.claimed import Claimed
from worker.execution.flight import Flight, Tools
from worker.execution.recorder import Recorder, Result, Timing
from worker.execution.sizes import size_of
from worker.execution.state import Counted, RunState
from worker.execution.steps import WaitRow
from worker.execution.timers import OpenWaits

FAILURE_BYTES = 64 * 1024  # a sentence always fits, whatever the limit of outputs is
CUT_SHORT = Failure("Cut short: the run ended before this attempt did.")


class Settler:
    """Brings outcomes into a run's state and its journal, so that the two always agree."""

    def __init__(self, run: Claimed, graph: Graph, state: RunState, recorder: Recorder, tools: Tools) -> None:
        self._run = run
        self._graph = graph
        self._state = state
        self._recorder = recorder
        self._tools = tools
        self._output_bytes = tools.limits.output_bytes

    def settle(self, flight: Flight, outcome: Outcome, timing: Timing, waits: OpenWaits) -> RunEnd | None:
        """Act on an attempt that landed. Returns how the run ends, where the outcome ends it."""
        if flight.wait is not None and flight.wait.persisted:
            self._recorder.close_wait(flight.wait.row)
        if isinstance(outcome, Wait):
            self._begin_wait(waits, flight, outcome, timing.finished_at, flight.attempt)
            return None
        if isinstance(outcome, Failure) and (pause := self._pause_before_retry(flight, outcome)) is not None:
            self.record_warning(flight, outcome, timing)
            wait = Wait(WaitKind.RETRY, timing.finished_at + pause)
            self._begin_wait(waits, flight, wait, timing.finished_at, flight.attempt + 1)
            return None
        if isinstance(outcome, Finish):
            return self._finish(flight, outcome, timing)
        self._count(flight, outcome, timing)
        return None

    def record_warning(self, flight: Flight, failure: Failure, timing: Timing) -> None:
        """Record an attempt that does not count."""
        text, _ = self._seal(failure_output(failure))
        self._recorder.step(Result(flight.node_id, flight.attempt, StepStatus.WARNING, text, None, timing))
        self._state.attempted(flight.node_id, flight.attempt)
        self._state.measured(size_of(text), kept=False)

    def _count(self, flight: Flight, outcome: Success | Failure, timing: Timing) -> None:
        settled = way_on(self._graph, flight.node_id, outcome)
        try:
            text, output = seal(settled.output, self._output_bytes)
        except PermanentError as error:
            settled = way_on(self._graph, flight.node_id, Failure(error.message))
            text, output = self._seal(settled.output)
        self._recorder.step(Result(flight.node_id, flight.attempt, settled.status, text, settled.handle, timing))
        self._state.attempted(flight.node_id, flight.attempt)
        self._state.measured(size_of(text), kept=True)
        self._state.count(Counted(flight.node_id, settled.handle, output, settled.status), timing.finished_at)

    def _finish(self, flight: Flight, finish: Finish, timing: Timing) -> RunEnd | None:
        try:
            text, output = seal(finish.output, self._output_bytes)
        except PermanentError as error:
            self._count(flight, Failure(error.message), timing)
            return None
        self._recorder.step(Result(flight.node_id, flight.attempt, StepStatus.SUCCESS, text, None, timing))
        self._state.attempted(flight.node_id, flight.attempt)
        self._state.count(Counted(flight.node_id, None, output, StepStatus.SUCCESS), timing.finished_at)
        status = RunStatus.COMPLETED if finish.completed else RunStatus.FAILED
        return RunEnd(self._run.id, status, finish.message, self._state.result(), self._state.answer())

    def _begin_wait(self, waits: OpenWaits, flight: Flight, wait: Wait, now: datetime, attempt: int) -> None:
        row = WaitRow(
            run_id=self._run.id,
            org_id=self._run.org_id,
            path="",
            node_id=flight.node_id,
            component_id=self._graph.nodes[flight.node_id].component_id,
            attempt=attempt,
            kind=wait.kind,
            due_at=wait.due_at,
        )
        if wait.prompt is not None:
            token = self._tools.form_tokens.issue(FormPlace(row.run_id, row.path, row.node_id, row.attempt))
            row = replace(row, token_hash=token.hash, token_key_id=token.key_id, prompt=dumps(wait.prompt))
        if waits.begin(row, now):
            self._recorder.open_wait(row)

    def _pause_before_retry(self, flight: Flight, failure: Failure) -> timedelta | None:
        """Return how long to wait before the next attempt; None where there is none."""
        node = self._graph.nodes[flight.node_id]
        retry = node.action_settings.retry if isinstance(node, Action) else None
        if retry is None or not failure.retryable or flight.attempt >= retry.max_attempts:
            return None
        doublings = flight.attempt - 1 if retry.backoff == "exponential" else 0
        own_pause = retry.delay_seconds * 2**doublings
        return timedelta(seconds=own_pause if failure.delay_seconds is None else failure.delay_seconds)

    def _seal(self, output: JsonObject) -> tuple[str, JsonObject]:
        """Seal the output of a failure; what it had produced is left out where it cannot be stored."""
        try:
            return seal(output, self._output_bytes)
        except PermanentError:
            return seal({"error": output["error"]}, FAILURE_BYTES)
