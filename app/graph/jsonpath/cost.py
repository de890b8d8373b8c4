"""What all the paths of one step have used up so far, and when it is enough."""

import time
from collections.abc import Callable

from app.graph.errors import PermanentError

MAX_STEPS = 2_000_000  # values looked at, a value as often as it is: most of a second, some 20 MB of lists
MAX_SECONDS = 1.0  # of the evaluating thread's own time: what steps come to where each takes long, as patterns do

_STEPS_BETWEEN_LOOKS = 1_000


class Cost:
    """One for each step. Both methods raise `PermanentError` once what they watch is used up."""

    def __init__(self, clock: Callable[[], float] = time.thread_time, most_steps: int = MAX_STEPS) -> None:
        self._clock = clock
        self._most_steps = most_steps
        self._deadline = clock() + MAX_SECONDS
        self._steps = 0
        self._next_look = _STEPS_BETWEEN_LOOKS

    def count(self, steps: int = 1) -> None:
        """Count steps before they are made, and now and then look at the time."""
        self._steps += steps
        if self._steps > self._most_steps:
            raise PermanentError(
                f"The paths of this step look at more than {self._most_steps:,} values; make them simpler."
            )
        if self._steps >= self._next_look:
            self.look()

    def look(self) -> None:
        """Look at the time."""
        self._next_look = self._steps + _STEPS_BETWEEN_LOOKS
        if self._clock() > self._deadline:
            raise PermanentError(f"The paths of this step take longer than {MAX_SECONDS:g} s; make them simpler.")
