"""What the journal holds of iterators' items, brought back for the steps that need it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.graph import ITEMS, Graph
from app.graph.outcome import Iterate
from worker.execution.context import StepContext
from worker.execution.iterating import Iteration
from worker.execution.loops import ItemResult, is_complete
from worker.execution.path import PathState
from worker.execution.recorder import Recorder
from worker.execution.restoring import Restorer
from worker.execution.sizes import in_words
from worker.execution.state import RunState


class Items:
    """Reads for one run. A step reads at most `held_bytes` of items."""

    def __init__(
        self, run_id: str, graph: Graph, state: RunState, recorder: Recorder, restorer: Restorer, held_bytes: int
    ) -> None:
        self._run_id = run_id
        self._graph = graph
        self._state = state
        self._recorder = recorder
        self._restorer = restorer
        self._held_bytes = held_bytes

    async def with_items(self, path: PathState, node_id: str, context: StepContext) -> StepContext:
        """Return the context with the results of all items that the node reads.

        Raises `PermanentError` where they are more than a run may hold in memory.
        """
        roots, size = dict(context.roots), 0
        for iterator in sorted(self._graph.items_read.get(node_id, ())):
            output = roots.get(iterator)
            if not isinstance(output, Mapping) or is_complete(output):
                continue
            results = self._state.results(path, iterator)
            size += sum(result.size_bytes for result in results if result)
            if size > self._held_bytes:
                most = in_words(self._held_bytes)
                raise PermanentError(
                    f"The items of {iterator} come to {in_words(size)}; a step reads at most {most} of them."
                )
            await self._recorder.flush()  # what is to be read must be there
            roots[iterator] = {**output, ITEMS: await self._read(results)}
        return replace(context, roots=roots, context_bytes=context.context_bytes + size)

    async def iteration(self, path: PathState, node_id: str, iterate: Iterate) -> Iteration:
        """Return an iterator's pass: what a former owner of the run has recorded of it is taken over."""
        iteration = self._state.iterations.prepare(path, node_id, iterate)
        iteration.take(await self._restorer.outputs(self._run_id, iteration.wanted()))
        return iteration

    async def _read(self, results: Sequence[ItemResult | None]) -> list[JsonValue]:
        places = [(result.path, result.node_id, result.attempt) for result in results if result]
        outputs = await self._restorer.outputs(self._run_id, places)
        return [outputs.get((result.path, result.node_id, result.attempt)) if result else None for result in results]
