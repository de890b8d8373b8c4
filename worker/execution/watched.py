"""Which runs somebody wants to hear of: those of callers who wait, and those that an API process asked to watch."""

from collections.abc import Iterable

from app.core.clock import Clock

WATCH_SECONDS = 30.0  # after which an API process that still watches has asked again, three times
MOST_WATCHED = 10_000  # further ones are looked at by whoever watches them, at his own pace


class Watched:
    """Run ids, each until a moment; in memory, since losing them costs whoever watches a second or two."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def watch(self, run_id: str, seconds: float = WATCH_SECONDS) -> None:
        """Note changes of a run from now on, for some seconds."""
        if run_id not in self._until and len(self._until) >= MOST_WATCHED:
            self._forget_old()
        if run_id in self._until or len(self._until) < MOST_WATCHED:
            self._until[run_id] = self._clock.monotonic() + seconds

    def among(self, run_ids: Iterable[str]) -> list[str]:
        """Return those of the runs that somebody wants to hear of, each once."""
        if not self._until:
            return []
        now = self._clock.monotonic()
        return [run_id for run_id in dict.fromkeys(run_ids) if self._until.get(run_id, now) > now]

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        self._until = {run_id: until for run_id, until in self._until.items() if until > now}
