"""The waits of one leased run. Its timers are the owner's own; only a parked run's lie in its row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.clock import format_time
from app.core.json import JsonObject
from app.graph.outcome import WaitKind
from worker.execution.steps import WaitRow

# A wait this short is not worth giving the lease up for, nor a row: beginning it again after a crash ends no later.
IN_PLACE_SECONDS = {WaitKind.DELAY: 1.0, WaitKind.RETRY: 5.0, WaitKind.CHILD: 0.0, WaitKind.FORM: 0.0}

Place = tuple[str, str]  # path and node


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A wait, and whether the journal knows of it."""

    row: WaitRow
    persisted: bool

    def is_over(self, now: datetime) -> bool:
        return self.row.resolved_at is not None or (self.row.due_at is not None and self.row.due_at <= now)

    @property
    def may_be_answered(self) -> bool:
        """Say whether it is a form that somebody may answer yet, as far as its owner has heard."""
        return self.persisted and self.row.kind == WaitKind.FORM and self.row.resolved_at is None

    @property
    def resolution(self) -> JsonObject:
        """Return what the wait was resolved with; a timer resolves with the moment it was set to."""
        if self.row.resolution is not None:
            return self.row.resolution
        return {"due_at": format_time(self.row.due_at)} if self.row.due_at is not None else {}


class OpenWaits:
    """By path and node; a node has one wait at a time on each path."""

    def __init__(self) -> None:
        self._waits: dict[Place, OpenWait] = {}

    def __bool__(self) -> bool:
        return bool(self._waits)

    @property
    def may_park(self) -> bool:
        """Say whether the run can do without a worker: every wait would survive this one."""
        return bool(self._waits) and all(wait.persisted for wait in self._waits.values())

    @property
    def next_due_at(self) -> datetime | None:
        return self.next_due_among(lambda _: True)

    def next_due_among(self, is_meant: Callable[[str], bool]) -> datetime | None:
        """Return when the earliest wait is due on the paths that are meant."""
        due = (wait.row.due_at for place, wait in self._waits.items() if is_meant(place[0]))
        return min((moment for moment in due if moment is not None), default=None)

    def restore(self, rows: Iterable[WaitRow]) -> None:
        """Take over what the journal holds."""
        self._waits = {_place(row): OpenWait(row, persisted=True) for row in rows}

    def begin(self, row: WaitRow, now: datetime) -> bool:
        """Add a wait. Returns whether it has to be written, being too long to sit out."""
        seconds = (row.due_at - now).total_seconds() if row.due_at is not None else float("inf")
        persisted = seconds > IN_PLACE_SECONDS[WaitKind(row.kind)]
        self._waits[_place(row)] = OpenWait(row, persisted)
        return persisted

    def resolve(self, resolved: Iterable[WaitRow]) -> None:
        """Take over resolutions that others have written."""
        for row in resolved:
            known = self._waits.get(_place(row))
            # What was read may be of an attempt that is over by now, and of which only the row is not deleted yet.
            if known is not None and known.row.is_the_wait_of(row):
                self._waits[_place(row)] = replace(known, row=row)

    def over(self, now: datetime) -> list[OpenWait]:
        """Return the waits that are over."""
        return [wait for wait in self._waits.values() if wait.is_over(now)]

    def on_paths(self, is_meant: Callable[[str], bool]) -> list[OpenWait]:
        """Return the waits on the paths that are meant."""
        return [wait for place, wait in self._waits.items() if is_meant(place[0])]

    def remove(self, wait: OpenWait) -> None:
        del self._waits[_place(wait.row)]


def _place(row: WaitRow) -> Place:
    return row.path, row.node_id
