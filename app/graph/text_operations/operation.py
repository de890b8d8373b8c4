"""What an operation is: its parameters are rendered first, then it does its work on a text or a list."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.leaf import Roots
from app.graph.operands import text_of
from app.graph.template import limits

MAX_CHARACTERS = limits.TEXT_LENGTH  # of a text before and after each operation
MAX_PARTS = limits.SEQUENCE_LENGTH  # of a list

Work = Callable[[JsonValue], JsonValue]


class Operation(BaseModel, ABC):
    """Subclasses say `operation` again, with their names."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    takes_list: ClassVar[bool] = False

    operation: str

    @property
    def gives_list(self) -> bool:
        return False

    @abstractmethod
    def prepare(self, roots: Roots, budget: Budget) -> Work:
        """Render the parameters, and return the work that is left to do. Both raise `PermanentError`."""


class TextOperation(Operation):
    """Works on a text: what is no list becomes one, as in templates."""

    @abstractmethod
    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        """Render the parameters, and return what is done to the text."""

    def prepare(self, roots: Roots, budget: Budget) -> Work:
        work = self.on_text(roots, budget)
        return lambda value: work(self._text(value))

    def _text(self, value: JsonValue) -> str:
        if isinstance(value, Sequence) and not isinstance(value, str):
            raise PermanentError(f'"{self.operation}" needs a text, but it is given a list; only join takes one.')
        text = text_of(value)
        if len(text) > MAX_CHARACTERS:
            raise too_long(self.operation)
        return text


class ListOperation(Operation):
    """Works on a list."""

    takes_list: ClassVar[bool] = True

    @abstractmethod
    def on_list(self, roots: Roots, budget: Budget) -> Callable[[Sequence[JsonValue]], JsonValue]:
        """Render the parameters, and return what is done to the list."""

    def prepare(self, roots: Roots, budget: Budget) -> Work:
        work = self.on_list(roots, budget)
        return lambda value: work(self._list(value))

    def _list(self, value: JsonValue) -> Sequence[JsonValue]:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        raise PermanentError(f'"{self.operation}" needs a list; it is given {shown(value)}.')


def too_long(name: str) -> PermanentError:
    return PermanentError(f'"{name}" takes and makes texts of at most {MAX_CHARACTERS} characters.')
