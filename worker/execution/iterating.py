"""The iterators of one run: their items' paths, from the first item's turn to the last one's end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.json import JsonObject
from app.graph import paths
from app.graph.graph import Graph
from app.graph.outcome import Iterate
from worker.execution.loops import ItemResult, Loop
from worker.execution.path import PathState, Turn
from worker.execution.records import StepPlace
from worker.execution.steps import RecordedStep


@dataclass(slots=True)
class Iteration:
    """An iterator's pass as it is after its items are known: begun anew, or as far as a former owner had come."""

    loop: Loop
    live: list[PathState] = field(default_factory=list)
    ended: list[PathState] = field(default_factory=list)

    def wanted(self) -> list[StepPlace]:
        """Return the steps whose outputs are needed to go on: those of live items, and those to be shown."""
        shown = (self.loop.wants_output(path) for path in self.ended)
        return [
            *((path.text, step.node_id, step.attempt) for path in self.live for step in path.counted),
            *((result.path, result.node_id, result.attempt) for result in shown if result),
        ]

    def take(self, outputs: dict[StepPlace, JsonObject]) -> None:
        """Take what was wanted."""
        for path in self.live:
            for step in path.counted:
                path.show(step.node_id, outputs[path.text, step.node_id, step.attempt], step.size_bytes)
        for path in self.ended:
            result = self.loop.wants_output(path)
            if result is not None:
                self.loop.show(path, outputs[result.path, result.node_id, result.attempt])


class Iterations:
    """Begins and ends items. At most `concurrent_items` are under way, but one of each iterator always."""

    def __init__(self, graph: Graph, created_at: datetime, concurrent_items: int) -> None:
        self._graph = graph
        self._created_at = created_at
        self._concurrent_items = concurrent_items
        self._loops: dict[tuple[str, str], Loop] = {}
        self._items: dict[str, PathState] = {}
        self._touched: list[PathState] = []
        self._results: dict[tuple[str, str], Sequence[ItemResult | None]] = {}
        self._recorded: dict[str, list[RecordedStep]] = defaultdict(list)
        self._waiting: dict[str, list[str]] = defaultdict(list)
        self._begun: dict[str, set[int]] = defaultdict(set)  # by the path of an iterator: items with steps or waits

    @property
    def live(self) -> Iterable[PathState]:
        return self._items.values()

    @property
    def loops(self) -> Iterable[Loop]:
        return self._loops.values()

    @property
    def held_bytes(self) -> int:
        return sum(path.held_bytes for path in self._items.values())

    def get(self, text: str) -> PathState | None:
        """Return an item's path while it is under way."""
        return self._items.get(text)

    def recorded(self, step: RecordedStep) -> None:
        """Keep what the journal holds of an item, until its iterator is begun again or its results are asked for."""
        self._recorded[step.path].append(step)
        self._note_begun(step.path)

    def waits(self, text: str, node_id: str) -> None:
        """Keep that a node of an item waits, until its iterator is begun again."""
        self._waiting[text].append(node_id)
        self._note_begun(text)

    def unfinished(self, path: PathState) -> set[str]:
        """Return the iterators of a path that a former owner had begun and not ended."""
        if not self._begun:
            return set()
        return {node_id for node_id in path.frontier.ready() if self._begun.get(_text(path, node_id))}

    def prepare(self, path: PathState, node_id: str, iterate: Iterate) -> Iteration:
        """Return the iterator's pass, nothing of it begun but what a former owner had begun."""
        iteration = Iteration(Loop(path, node_id, iterate))
        for index in sorted(self._begun.get(_text(path, node_id), ())):
            item = self._replayed(iteration.loop.resume(index))
            if item.is_over:
                iteration.loop.end(item, None)
                iteration.ended.append(item)
            else:
                iteration.live.append(item)
        return iteration

    def begin(self, iteration: Iteration) -> None:
        """Let an iterator's items take their turns."""
        loop = iteration.loop
        self._loops[loop.above.text, loop.node_id] = loop
        self._items.update((path.text, path) for path in iteration.live)

    def touch(self, path: PathState) -> None:
        """Note that a step of the path has counted."""
        self._touched.append(path)

    def take_over(self) -> Iterator[Loop]:
        """End the items that are over, begin those whose turn it is, and give each iterator that is over by that."""
        while True:
            while self._touched:
                self._end_if_over(self._touched.pop())
            over = next((loop for loop in self._loops.values() if loop.is_over), None)
            if over is not None:
                del self._loops[over.above.text, over.node_id]
                self._results[over.above.text, over.node_id] = over.results()
                yield over
            elif not self._fill():
                return

    def results(self, path: PathState, node_id: str, count: int) -> Sequence[ItemResult | None]:
        """Return where the results of the `count` items of an iterator stand, which has ended in `path`."""
        key = (path.text, node_id)
        if key not in self._results:
            self._results[key] = self._recorded_results(path, node_id, count)
        return self._results[key]

    def _fill(self) -> bool:
        """Begin items while there is room. Returns whether any was begun."""
        begun = False
        for loop in self._loops.values():
            while loop.may_begin and (loop.is_idle or len(self._items) < self._concurrent_items):
                path = PathState(self._graph, self._created_at, loop.begin())
                self._items[path.text] = path
                self._touched.append(path)
                begun = True
        return begun

    def _end_if_over(self, path: PathState) -> None:
        if path.turn is None or not path.is_over or self._items.get(path.text) is not path:
            return
        del self._items[path.text]
        for key in [key for key in self._results if key[0] == path.text]:
            del self._results[key]
        result = path.result()
        loop = self._loops[path.turn.above.text, path.turn.iterator]
        loop.end(path, path.output_of(result.node_id) if result else None)

    def _note_begun(self, text: str) -> None:
        parts = text.split(".")
        for place in range(1, len(parts), 2):
            self._begun[".".join(parts[:place])].add(int(parts[place]))

    def _replayed(self, turn: Turn) -> PathState:
        path = PathState(self._graph, self._created_at, turn)
        for step in self._recorded.pop(path.text, ()):
            path.replay(step)
        for node_id in self._waiting.pop(path.text, ()):
            path.start(node_id)
        path.unfinished = self.unfinished(path)
        return path

    def _recorded_results(self, path: PathState, node_id: str, count: int) -> Sequence[ItemResult | None]:
        """Find the results of an iterator that another owner of the run, or another run, has ended."""
        turns = (Turn(path, node_id, index, None, self._created_at) for index in range(count))
        found = (self._replayed(turn) for turn in turns)
        return [
            ItemResult(item.text, result.node_id, result.attempt, result.size_bytes) if result else None
            for item, result in ((item, item.result()) for item in found)
        ]


def _text(path: PathState, iterator: str) -> str:
    own = paths.encode_part(iterator)
    return f"{path.text}.{own}" if path.text else own
