"""Choosing what to claim next: runs that somebody waits for first, then rung ones, then what looking found."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from worker.execution.claim import Capacity, Claimer
from worker.execution.claimed import Claimed

CONTENDED_SECONDS = 0.05  # another worker's claim holds its locks for less
RESERVED_SHARE = 10  # one slot in so many is kept for runs that somebody waits for


@dataclass(frozen=True, slots=True)
class Room:
    """How many more runs fit: of any kind, and of those that somebody waits for."""

    ordinary: int
    urgent: int

    @classmethod
    def beside(cls, held: Sequence[Claimed], slots: int) -> "Room":
        ordinary = sum(not run.is_urgent for run in held)
        free = max(0, slots - len(held))
        return cls(max(0, min(free, slots - slots // RESERVED_SHARE - ordinary)), free)


class Boarding:
    """What this worker has heard of, and how it is claimed. One organization gets at most half of the slots."""

    def __init__(self, claimer: Claimer, slots: int) -> None:
        self.claimer = claimer
        self._slots = slots
        self._hints: dict[str, None] = {}
        self._urgent_hints: dict[str, None] = {}
        self._backlog = False
        self._urgent_backlog = False
        self._suspect_waits = False
        self.wanted = asyncio.Event()

    @property
    def hints(self) -> int:
        return len(self._hints)

    @property
    def urgent_hints(self) -> int:
        return len(self._urgent_hints)

    def rung(self, run_id: str, *, urgent: bool = False) -> None:
        """Take a ring: a run may be due."""
        hints = self._urgent_hints if urgent else self._hints
        hints[run_id] = None
        self.wanted.set()

    def saw_due(self, *, ready: bool, urgent: bool, suspect: bool) -> None:
        """Take what looking found: runs are due, some of them awaited, or suspected of killing their workers."""
        self._backlog = self._backlog or ready
        self._urgent_backlog = self._urgent_backlog or urgent
        self._suspect_waits = suspect
        if ready or urgent or suspect:
            self.wanted.set()

    def surrender(self) -> tuple[list[str], list[str]]:
        """Forget all rings that nothing was claimed for yet. Returns their runs: ordinary ones, and awaited ones."""
        hints, urgent_hints = list(self._hints), list(self._urgent_hints)
        self._hints, self._urgent_hints = {}, {}
        return hints, urgent_hints

    def claim_failed(self) -> None:
        """Remember that there may be runs which nobody rings for any more."""
        self._backlog = self._urgent_backlog = True

    def vacated(self, run: Claimed) -> None:
        """Go on claiming where a run that left made room for others."""
        self._suspect_waits = self._suspect_waits or run.is_suspect
        if self._backlog or self._urgent_backlog or self._suspect_waits or self._hints or self._urgent_hints:
            self.wanted.set()

    async def claim(self, worker_id: str, held: Sequence[Claimed], room: Room) -> list[Claimed]:
        """Claim once what should be next, if there is anything and it fits."""
        if room.urgent and (self._urgent_hints or self._urgent_backlog):
            claimed = await self._claim_urgent(worker_id, held, room.urgent)
            if claimed:
                return claimed
        return await self._claim_any(worker_id, held, room.ordinary) if room.ordinary else []

    async def _claim_urgent(self, worker_id: str, held: Sequence[Claimed], free: int) -> list[Claimed]:
        hints, self._urgent_hints = list(self._urgent_hints), {}
        if not self._urgent_backlog and len(held) + len(hints) <= self._cap:
            return await self.claimer.claim_hinted(worker_id, hints, urgent=True)
        self._urgent_backlog = True  # also when the claim fails
        capacity = self._capacity(held, free)
        claimed = await self.claimer.claim_in_rounds(worker_id, capacity, urgent=True)
        self._urgent_backlog = bool(claimed) or self._is_capped(capacity)
        return claimed

    async def _claim_any(self, worker_id: str, held: Sequence[Claimed], free: int) -> list[Claimed]:
        if self._suspect_waits and not any(run.is_suspect for run in held):
            self._suspect_waits = False
            if suspects := await self.claimer.claim_suspect(worker_id):
                return suspects
        hints, self._hints = list(self._hints), {}
        if not hints and not self._backlog:
            return []
        if not self._backlog and len(held) + len(hints) <= self._cap:
            return await self.claimer.claim_hinted(worker_id, hints)
        return await self._claim_in_rounds(worker_id, self._capacity(held, free))

    async def _claim_in_rounds(self, worker_id: str, capacity: Capacity) -> list[Claimed]:
        """Claim what is due, and remember whether more may be. Nothing is believed only after a second try."""
        is_capped = self._is_capped(capacity)
        self._backlog = True  # also when the claim fails
        claimed = await self.claimer.claim_in_rounds(worker_id, capacity)
        if not claimed and not is_capped:  # perhaps what is due first was locked by another worker's claim
            with suppress(TimeoutError):
                async with asyncio.timeout(CONTENDED_SECONDS):
                    await self.wanted.wait()
            claimed = await self.claimer.claim_in_rounds(worker_id, capacity)
        self._backlog = bool(claimed) or is_capped
        return claimed

    @property
    def _cap(self) -> int:
        return self._slots // 2

    def _capacity(self, held: Sequence[Claimed], free: int) -> Capacity:
        return Capacity(free, self._cap, Counter(run.org_id for run in held))

    def _is_capped(self, capacity: Capacity) -> bool:
        return any(count >= self._cap for count in capacity.held.values())
