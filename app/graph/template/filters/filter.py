"""A filter as templates call it: with what it takes, and with bounds around what goes in and what comes out."""

import inspect
import math
from collections.abc import Callable

from liquid.builtin.expressions.primitive import Blank, Empty

from app.graph.context import Budget
from app.graph.template import limits
from app.graph.template.faults import VALUE_FAULTS, RefusedError

_POINTER_BYTES = 8  # what a list holds for each element


class Filter:
    """Wraps a function whose first parameter is the value to the left. A keyword `now` is the engine's moment."""

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        self._name = name
        self._function = function
        parameters = list(inspect.signature(function).parameters.values())[1:]
        named = {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}
        positional = [parameter for parameter in parameters if parameter.name not in named]
        self.least = sum(parameter.default is parameter.empty for parameter in positional)
        self.most = len(positional)
        self.needs_now = "now" in named
        self.keywords = frozenset(named - {"now"})

    @property
    def takes(self) -> str:
        """Say how many arguments there can be, for an error message."""
        if self.least != self.most:
            return f"{self.least} to {self.most} arguments"
        return "1 argument" if self.most == 1 else f"{self.most} arguments"

    def __call__(self, budget: Budget, now: object, left: object, *given: object, **named: object) -> object:
        """Apply the filter. Raises `RefusedError`, or `TemplateError` from the budget."""
        taken = [self._taken(value) for value in (left, *given)]
        if self.needs_now:
            named["now"] = now
        try:
            made = self._function(*taken, **named)
        except VALUE_FAULTS as error:
            raise RefusedError(f"`{self._name}` cannot be applied to this value.") from error
        if made is not left:
            budget.count_made(self._bytes_of(made))
        return made

    def _taken(self, value: object) -> object:
        self._bytes_of(value)
        return None if isinstance(value, Empty | Blank) else value  # they are for comparing with only

    def _bytes_of(self, value: object) -> int:
        """Return about what a value takes in memory, without what a list's elements take. Refuses what is too large."""
        match value:
            case str():
                if len(value) > limits.TEXT_LENGTH:
                    raise RefusedError(f"`{self._name}` takes and makes at most {limits.TEXT_LENGTH} characters.")
                return len(value)
            case int():
                if value.bit_length() > limits.INTEGER_BITS:
                    raise RefusedError(f"`{self._name}` takes and makes numbers of {limits.INTEGER_BITS} bits at most.")
            case float():
                if not math.isfinite(value):
                    raise RefusedError(f"`{self._name}` takes and makes finite numbers only.")
            case list():
                return len(value) * _POINTER_BYTES
        return 0
