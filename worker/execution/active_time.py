"""For how long a run is active: while a worker holds it, not while it is parked."""

from app.core.clock import Clock
from app.core.config import LimitSettings
from worker.execution.claimed import Claimed


class ActiveTime:
    """Counts from its making, by a clock that does not jump, on top of what earlier workers have counted."""

    def __init__(self, run: Claimed, limits: LimitSettings, clock: Clock) -> None:
        self._earlier_ms = run.active_ms
        self._limit_seconds = limits.active_seconds
        self._clock = clock
        self._began = clock.monotonic()

    @property
    def held_ms(self) -> int:
        """Return for how long this worker has held the run."""
        return round((self._clock.monotonic() - self._began) * 1000)

    @property
    def seconds_left(self) -> float:
        return self._limit_seconds - (self._earlier_ms + self.held_ms) / 1000

    def passed_limit(self) -> str | None:
        """Name the limit, if the run has passed it."""
        limit = self._limit_seconds
        return f"The run was active for more than {limit:g} seconds." if self.seconds_left <= 0 else None
