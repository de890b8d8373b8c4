"""How operations read their parameters, before a run where they can, else during it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import AfterValidator

from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.static_checks import check_static
from app.graph.template import Template

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    name: str
    least: int
    most: int

    def __call__(self, number: float) -> int:
        if number == int(number) and self.least <= number <= self.most:
            return int(number)
        raise PermanentError(
            f'"{self.name}" must be a whole number from {self.least} to {self.most}; it is {shown(number)}.'
        )


@dataclass(frozen=True, slots=True)
class Characters:
    """A text of a length within bounds."""

    name: str
    least: int
    most: int

    def __call__(self, text: str) -> str:
        if self.least <= len(text) <= self.most:
            return text
        raise PermanentError(f'"{self.name}" must have {self.least} to {self.most} characters; it has {len(text)}.')


def early(read: Callable[[T], object]) -> AfterValidator:
    """Return what refuses a setting when it is saved, where `read` refuses what it will come to in every run."""

    def check(template: Template[T] | None) -> Template[T] | None:
        check_static(template, read)
        return template

    return AfterValidator(check)
