"""What an operator of a condition is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo

from app.core.json import JsonValue
from app.graph.operands import text_of

INPUT, VALUE = "input", "value"  # the settings, as messages name them


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator regards besides its operands. `now` is the root of that name: the step's moment, as text."""

    case_sensitive: bool = True
    now: JsonValue = None
    zone: tzinfo = UTC  # of dates that name none, and whose days count
    span: timedelta = timedelta(0)

    def cased(self, value: JsonValue) -> str:
        return text_of(value) if self.case_sensitive else text_of(value).casefold()


@dataclass(frozen=True, slots=True)
class Operator:
    holds: Callable[[JsonValue, JsonValue, Options], bool]  # of input and value; raises `PermanentError`
    check: Callable[[JsonValue], object] | None = None  # raises `PermanentError` for a value that can never be right
    takes_value: bool = True
    quantifier: Callable[[Iterable[bool]], bool] | None = None  # its value is a rule over each item of the input
    is_slow: bool = False  # may take a tenth of a second: not for the event loop
