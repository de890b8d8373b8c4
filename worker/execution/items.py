"""What the journal holds of iterators' items, brought back for the steps that need it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple

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


class _Wanted(NamedTuple):
    output: Mapping[str, JsonValue]  # of the iterator, without the results of its items
    results: Sequence[ItemResult | None]


class Items:
    """Reads for one run. Its steps under way hold at most `held_bytes` of items together."""

    def __init__(
        self, run_id: str, graph: Graph, state: RunState, recorder: Recorder, restorer: Restorer, held_bytes: int
    ) -> None:
        self._run_id = run_id
        self._graph = graph
        self._state = state
        self._recorder = recorder
        self._restorer = restorer
        self._held_bytes = held_bytes
        self._room = _Room(held_bytes)

    async def with_items(self, path: PathState, node_id: str, context: StepContext, held: ExitStack) -> StepContext:
        """Return the context with the results of all items that the node reads, which are let go of with `held`.

        Waits while steps under way hold too many. Raises `PermanentError` where they are more than a run may hold in
        memory.
        """
        wanted = self._wanted(path, node_id, context.roots)
        size = self._size(wanted)
        await self._room.take(size, held)
        if wanted:
            await self._recorder.flush()  # what is to be read must be there
        read = {name: {**output, ITEMS: await self._read(results)} for name, (output, results) in wanted.items()}
        return replace(context, roots={**context.roots, **read}, context_bytes=context.context_bytes + size)

    async def iteration(self, path: PathState, node_id: str, iterate: Iterate) -> Iteration:
        """Return an iterator's pass: what a former owner of the run has recorded of it is taken over."""
        iteration = self._state.iterations.prepare(path, node_id, iterate)
        iteration.take(await self._restorer.outputs(self._run_id, iteration.wanted()))
        return iteration

    async def _read(self, results: Sequence[ItemResult | None]) -> list[JsonValue]:
        places = [(result.path, result.node_id, result.attempt) for result in results if result]
        outputs = await self._restorer.outputs(self._run_id, places)
        return [outputs.get((result.path, result.node_id, result.attempt)) if result else None for result in results]

    def _wanted(self, path: PathState, node_id: str, roots: Mapping[str, JsonValue]) -> Mapping[str, _Wanted]:
        """Return what is to be read, by the iterators' ids."""
        outputs = {iterator: roots.get(iterator) for iterator in sorted(self._graph.items_read.get(node_id, ()))}
        return {
            iterator: _Wanted(output, self._state.results(path, iterator))
            for iterator, output in outputs.items()
            if isinstance(output, Mapping) and not is_complete(output)
        }

    def _size(self, wanted: Mapping[str, _Wanted]) -> int:
        size = 0
        for iterator, (_, results) in wanted.items():
            size += sum(result.size_bytes for result in results if result)
            if size > self._held_bytes:
                most = in_words(self._held_bytes)
                raise PermanentError(
                    f"The items of {iterator} come to {in_words(size)}; a step reads at most {most} of them."
                )
        return size


class _Room:
    """Bytes of memory, some of them taken for a while."""

    def __init__(self, free_bytes: int) -> None:
        self._free_bytes = free_bytes
        self._grew = asyncio.Event()

    async def take(self, size: int, held: ExitStack) -> None:
        """Wait until there is room for `size` bytes, at most as many as there are; they are given back with `held`."""
        while self._free_bytes < size:
            self._grew.clear()
            await self._grew.wait()
        self._free_bytes -= size
        held.callback(self._give, size)

    def _give(self, size: int) -> None:
        self._free_bytes += size
        self._grew.set()
