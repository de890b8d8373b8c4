"""What the templates of one step have used up so far, and when it is enough."""

import time
from collections.abc import Callable
from typing import Self

from app.graph.errors import TemplateError
from app.graph.template import limits


class StepBudget:
    """One for each step, shared by all its templates. Only the time between entering and leaving counts.

    It is the rendering thread's own: that the machine is busy with something else is not the template's fault.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time, seconds: float = limits.RENDER_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._spent_seconds = 0.0
        self._entered_at: float | None = None
        self._turns = 0
        self._output_bytes = 0
        self._made_bytes = 0

    def __enter__(self) -> Self:
        self._entered_at = self._clock()
        return self

    def __exit__(self, kind: object, error: object, trace: object, /) -> None:
        self._spent_seconds = self._elapsed_seconds()
        self._entered_at = None

    def check(self) -> None:
        """Raise `TemplateError` once the time is used up."""
        if self._elapsed_seconds() > self._seconds:
            milliseconds = round(self._seconds * 1000)
            raise TemplateError(f"The templates of this step took longer than {milliseconds} ms together.")

    def count_turn(self) -> None:
        """Count a turn of a loop. Raises `TemplateError` past the limit, and once the time is used up."""
        self._turns += 1
        if self._turns > limits.LOOP_TURNS:
            raise TemplateError(f"The loops of this step's templates make more than {limits.LOOP_TURNS} turns.")
        self.check()

    def count_output(self, size: int) -> None:
        """Count what a template renders to, in bytes. Raises `TemplateError` past the limit."""
        self._output_bytes += size
        if self._output_bytes > limits.OUTPUT_BYTES:
            raise TemplateError(f"The templates of this step render to more than {limits.OUTPUT_BYTES} bytes together.")

    def count_made(self, size: int) -> None:
        """Count what filters make on the way, in bytes. Raises `TemplateError` past the limit."""
        self._made_bytes += size
        if self._made_bytes > limits.MADE_BYTES:
            raise TemplateError(
                f"The filters of this step's templates make more than {limits.MADE_BYTES} bytes together."
            )

    def _elapsed_seconds(self) -> float:
        if self._entered_at is None:
            return self._spent_seconds
        return self._spent_seconds + self._clock() - self._entered_at
