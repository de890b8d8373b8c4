"""Iterators under way: which of their items have ended, which run, and whose turn is next."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from app.core.json import JsonObject, JsonValue
from app.graph.outcome import DONE, Failure, Iterate, Success
from worker.execution.path import PathState, Turn

SHOWN_ITEMS = 20  # in the log and in what is held of an iterator; all of them are read from the journal on demand
SHOWN_BYTES = 64 * 1024
MESSAGE_CHARACTERS = 200  # of each error: a thousand of them fit into an output


class ItemResult(NamedTuple):
    """Where the journal has the result of an item: the output of one of its steps."""

    path: str
    node_id: str
    attempt: int
    size_bytes: int


class EndedItem(NamedTuple):
    """`result` is None where the item failed, or where nothing ran. `output` is held of the first few only."""

    finished_at: datetime
    failure: str | None
    result: ItemResult | None
    output: JsonValue = None


class Loop:
    """One iterator's pass over its items. Items that ended keep no more than where their result stands."""

    def __init__(self, above: PathState, node_id: str, iterate: Iterate) -> None:
        self.above = above
        self.node_id = node_id
        self.began_at = above.became_ready_at(node_id)
        self._iterate = iterate
        self._waiting = deque(range(len(iterate.items)))
        self._live: set[int] = set()
        self._ended: dict[int, EndedItem] = {}
        self._stopped = False

    @property
    def is_over(self) -> bool:
        return not self._live and (self._stopped or not self._waiting)

    @property
    def may_begin(self) -> bool:
        """Say whether another item may be begun, as far as the iterator's own settings go."""
        return bool(self._waiting) and not self._stopped and len(self._live) < self._iterate.concurrency

    @property
    def is_idle(self) -> bool:
        """Say whether none of its items is under way."""
        return not self._live

    def begin(self) -> Turn:
        """Take the next item's turn."""
        return self._turn(self._waiting.popleft())

    def resume(self, index: int) -> Turn:
        """Take the turn of an item that a former owner of the run had begun; those before it were resumed before."""
        self._waiting.remove(index)
        return self._turn(index)

    def end(self, path: PathState, output: JsonValue) -> None:
        """Count an item's path as over. `output` is that of its result."""
        if path.turn is None:
            raise ValueError("the run itself is no item")
        result, index = path.result(), path.turn.index
        self._live.remove(index)
        is_shown = result is not None and _is_shown(path, result.size_bytes)
        self._ended[index] = EndedItem(
            path.finished_at,
            path.failure,
            ItemResult(path.text, result.node_id, result.attempt, result.size_bytes) if result else None,
            output if is_shown else None,
        )
        if path.failure is not None and self._iterate.stops:
            self._stopped = True

    def wants_output(self, path: PathState) -> ItemResult | None:
        """Return the result of an ended item whose output belongs to what is shown, if it does."""
        ended = self._ended.get(path.turn.index) if path.turn else None
        return ended.result if ended and ended.result and _is_shown(path, ended.result.size_bytes) else None

    def show(self, path: PathState, output: JsonValue) -> None:
        """Show the output of an item that was ended without it."""
        if path.turn is not None:
            self._ended[path.turn.index] = self._ended[path.turn.index]._replace(output=output)

    def outcome(self) -> Success | Failure:
        """Return what the iterator's step comes to, once it is over."""
        errors: list[JsonValue] = [
            {"index": index, "message": (item.failure or "")[:MESSAGE_CHARACTERS]}
            for index, item in sorted(self._ended.items())
            if item.failure is not None
        ]
        output: JsonObject = {"count": len(self._iterate.items), "items": self._shown(), "errors": errors}
        if not self._stopped:
            return Success(output, DONE)
        first = min(index for index, item in self._ended.items() if item.failure is not None)
        return Failure(f"Item {first} failed: {self._ended[first].failure}", output)

    def results(self) -> Sequence[ItemResult | None]:
        """Return where the result of each item stands, in the order of the items."""
        ended = (self._ended.get(index) for index in range(len(self._iterate.items)))
        return [item.result if item else None for item in ended]

    def progress(self) -> str:
        return f"{len(self._ended):,} of {len(self._iterate.items):,} items"

    def _shown(self) -> list[JsonValue]:
        """Return the first results, as far as they are small."""
        shown: list[JsonValue] = []
        size = 0
        for index in range(min(SHOWN_ITEMS, len(self._iterate.items))):
            item = self._ended.get(index)
            size += item.result.size_bytes if item and item.result else 0
            if size > SHOWN_BYTES:
                break
            shown.append(item.output if item else None)
        return shown

    def _turn(self, index: int) -> Turn:
        """Return an item's turn. It came when so many items before it had ended that there was room for it.

        That is known from the journal alone, so that a repeated attempt finds the same moment.
        """
        self._live.add(index)
        room_after = index - self._iterate.concurrency + 1
        begun_at = self.began_at
        if room_after > 0:
            finished = sorted(item.finished_at for before, item in self._ended.items() if before < index)
            begun_at = max([begun_at, *finished[room_after - 1 : room_after]])
        return Turn(self.above, self.node_id, index, self._iterate.items[index], begun_at)


def _is_shown(path: PathState, size_bytes: int) -> bool:
    return path.turn is not None and path.turn.index < SHOWN_ITEMS and size_bytes <= SHOWN_BYTES


def is_complete(output: JsonValue) -> bool:
    """Say whether an iterator's output, as the journal has it, holds all of its items."""
    if not isinstance(output, Mapping):
        return True
    items, count = output.get("items"), output.get("count")
    return not isinstance(items, Sequence) or not isinstance(count, int) or len(items) >= count
