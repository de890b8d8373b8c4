"""What an outcome means for its run: a step that counts, one that is tried again, a wait, or the end."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.json import JsonObject, dumps, loads_object
from app.graph.errors import PermanentError
from app.graph.graph import Graph
from app.graph.node import Action
from app.graph.outcome import Failure, Finish, Success, Wait, WaitKind
from app.graph.settle import StepStatus, failure_output, way_on
from app.runs.form_tokens import FormPlace
from app.runs.repository.children import ChildRun
from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from worker.execution.attempt import Sealed, seal
from worker.execution.claimed import Claimed
from worker.execution.flight import Flight, Landed, Tools
from worker.execution.iterating import Iteration
from worker.execution.path import Counted, PathState
from worker.execution.recorder import Recorder, Result, Timing
from worker.execution.sizes import size_of
from worker.execution.state import RunState
from worker.execution.steps import WaitRow

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

    def settle(self, flight: Flight, landed: Landed, timing: Timing) -> RunEnd | None:
        """Act on an attempt that landed. Returns how the run ends, where the outcome ends it."""
        if flight.wait is not None and flight.wait.persisted:
            self._recorder.close_wait(flight.wait.row)
        end = self._settle_alone(flight, self._begun(landed) if isinstance(landed, ChildRun) else landed, timing)
        if end is None:
            self._go_on(timing.finished_at)
        return end

    def _begun(self, child: ChildRun) -> Wait | Success:
        """Let another run start together with what its step comes to; the two are written in one transaction."""
        self._recorder.start_child(child)
        if child.is_awaited:
            return Wait(WaitKind.CHILD, None, child.run.id)
        return Success({"run_id": child.run.id, "status": RunStatus.PENDING})

    def close_lost_waits(self) -> None:
        """Close waits on paths that are over: nothing goes on from them, and they would keep the run from parking.

        To be called while no attempt is in flight, or paths of items may not have been begun again yet.
        """
        for wait in self._state.waits.on_paths(lambda text: self._state.path(text) is None):
            self._state.waits.remove(wait)
            self._recorder.close_wait(wait.row)

    def record_warning(self, flight: Flight, failure: Failure, timing: Timing) -> None:
        """Record an attempt that does not count."""
        text = self._seal(failure_output(failure))
        result = Result(flight.path.text, flight.node_id, flight.attempt, StepStatus.WARNING, text, None, timing)
        self._record(flight.path, result)

    def record_cut_loops(self, finished_at: datetime) -> None:
        """Record, of each iterator that is under way at the end of the run, how far it had come."""
        for loop in self._state.iterations.loops:
            failure = Failure(f"Cut short: the run ended after {loop.progress()}.")
            text = self._seal(failure_output(failure))
            timing = Timing.between(loop.began_at, finished_at)
            attempt = loop.above.next_attempt(loop.node_id)
            result = Result(loop.above.text, loop.node_id, attempt, StepStatus.WARNING, text, None, timing)
            self._record(loop.above, result)

    def _settle_alone(
        self, flight: Flight, outcome: Sealed | Success | Failure | Wait | Finish | Iteration, timing: Timing
    ) -> RunEnd | None:
        match outcome:
            case Wait():
                self._begin_wait(flight, outcome, timing.finished_at, flight.attempt)
            case Finish():
                return self._finish(flight, outcome, timing)
            case Iteration():
                self._state.iterations.begin(outcome)
            case Failure() if (pause := self._pause_before_retry(flight, outcome)) is not None:
                self.record_warning(flight, outcome, timing)
                wait = Wait(WaitKind.RETRY, timing.finished_at + pause)
                self._begin_wait(flight, wait, timing.finished_at, flight.attempt + 1)
            case _:
                self._count(flight.path, flight.node_id, flight.attempt, outcome, timing)
        return None

    def _go_on(self, finished_at: datetime) -> None:
        """Let iterators go on to their next items, and count the steps of those that are over."""
        for loop in self._state.iterations.take_over():
            timing = Timing.between(loop.began_at, finished_at)
            attempt = loop.above.next_attempt(loop.node_id)
            self._count(loop.above, loop.node_id, attempt, loop.outcome(), timing)

    def _count(
        self, path: PathState, node_id: str, attempt: int, outcome: Sealed | Success | Failure, timing: Timing
    ) -> None:
        sealed = outcome if isinstance(outcome, Sealed) else self._sealed(node_id, outcome)
        text, handle, status = sealed
        self._record(path, Result(path.text, node_id, attempt, status, text, handle, timing))
        counted = Counted(node_id, attempt, handle, status, size_of(text))
        self._state.count(path, counted, loads_object(text), timing.finished_at)

    def _sealed(self, node_id: str, outcome: Success | Failure) -> Sealed:
        settled = way_on(self._graph, node_id, outcome)
        try:
            text = seal(settled.output, self._output_bytes)
        except PermanentError as error:
            settled = way_on(self._graph, node_id, Failure(error.message))
            text = self._seal(settled.output)
        return Sealed(text, settled.handle, settled.status)

    def _finish(self, flight: Flight, finish: Finish, timing: Timing) -> RunEnd | None:
        try:
            text = seal(finish.output, self._output_bytes)
        except PermanentError as error:
            self._count(flight.path, flight.node_id, flight.attempt, Failure(error.message), timing)
            return None
        result = Result(flight.path.text, flight.node_id, flight.attempt, StepStatus.SUCCESS, text, None, timing)
        self._record(flight.path, result)
        status = RunStatus.COMPLETED if finish.completed else RunStatus.FAILED
        output = loads_object(text)
        answer = self._graph.nodes[flight.node_id].answer(output) if self._graph.trigger.is_awaited else None
        return RunEnd(self._run.id, status, finish.message, output, answer.as_json() if answer else None)

    def _record(self, path: PathState, result: Result) -> None:
        self._recorder.step(result)
        self._state.attempted(path, result.node_id, result.attempt, size_of(result.output))

    def _begin_wait(self, flight: Flight, wait: Wait, now: datetime, attempt: int) -> None:
        row = WaitRow(
            run_id=self._run.id,
            org_id=self._run.org_id,
            path=flight.path.text,
            node_id=flight.node_id,
            component_id=self._graph.nodes[flight.node_id].component_id,
            attempt=attempt,
            kind=wait.kind,
            due_at=wait.due_at,
            child_run_id=wait.child_run_id,
        )
        if wait.prompt is not None:
            place = FormPlace(row.run_id, row.path, row.node_id, row.attempt)
            token = self._tools.form_tokens.issue(place, wait.key_id)
            row = replace(row, token_hash=token.hash, token_key_id=token.key_id, prompt=dumps(wait.prompt))
        if self._state.waits.begin(row, now):
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

    def _seal(self, output: JsonObject) -> str:
        """Seal the output of a failure; what it had produced is left out where it cannot be stored."""
        try:
            return seal(output, self._output_bytes)
        except PermanentError:
            return seal({"error": output["error"]}, FAILURE_BYTES)
