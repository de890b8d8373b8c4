"""What a rule is, and what stands behind its colon."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.field_rules.field import Field
from app.graph.field_rules.names import Name, parse_name
from app.graph.kinds import shown
from app.graph.operands import number_of, text_of

Check = Callable[[Field], str | None]  # says what is wrong, to stand behind the field's name
_ANY_NUMBER = 10_000


class WrongParametersError(Exception):
    """What stands behind a rule's colon is not what the rule needs. A message says more than the rule's `usage`."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Each way of reading them raises `WrongParametersError` where they are something else."""

    given: JsonValue  # a text, or whatever a template comes to; None where the rule has no colon

    def none(self) -> None:
        if self.given is not None:
            raise WrongParametersError

    def text(self) -> str:
        """Return all as one text, which is not empty."""
        text = "" if self.given is None else text_of(self.given)
        if not text:
            raise WrongParametersError
        return text

    def texts(self, least: int = 1, most: int = _ANY_NUMBER) -> tuple[str, ...]:
        """Return the entries of a list, or the parts of a text between its commas; one with a comma stands in `"`."""
        texts = tuple(text_of(item) for item in self._items())
        if not least <= len(texts) <= most:
            raise WrongParametersError
        return texts

    def numbers(self, count: int) -> tuple[Decimal, ...]:
        try:
            return tuple(number_of("", text) for text in self.texts(count, count))
        except PermanentError:
            raise WrongParametersError from None

    def lengths(self, count: int) -> tuple[int, ...]:
        """Return whole numbers from 0."""
        texts = self.texts(count, count)
        if not all(text.isdecimal() and text.isascii() and len(text) <= 9 for text in texts):
            raise WrongParametersError
        return tuple(int(text) for text in texts)

    def names(self, least: int = 1, most: int = _ANY_NUMBER) -> tuple[Name, ...]:
        try:
            return tuple(parse_name(text) for text in self.texts(least, most))
        except ValueError as error:
            raise WrongParametersError(str(error)) from None

    def name(self) -> Name:
        return self.names(1, 1)[0]

    def _items(self) -> Sequence[JsonValue]:
        if self.given is None or self.given == "":
            return ()
        if isinstance(self.given, Sequence) and not isinstance(self.given, str):
            return self.given
        try:
            return next(csv.reader([text_of(self.given)], skipinitialspace=True, strict=True))
        except csv.Error:
            raise WrongParametersError from None


@dataclass(frozen=True, slots=True)
class Rule:
    bind: Callable[[Parameters], Check]  # raises `WrongParametersError`
    usage: str  # as it is written, and what is meant where that does not say it
    is_implicit: bool = False  # looks at fields that are missing or blank, too


def expecting(test: Callable[[JsonValue], bool], expected: str) -> Check:
    """Return a check of the value alone."""

    def check(field: Field) -> str | None:
        return None if test(field.value) else f"must be {expected}; it is {shown(field.value)}"

    return check


def plain(test: Callable[[JsonValue], bool], expected: str, name: str) -> Rule:
    """Return a rule about the value alone, that takes no parameters."""
    check = expecting(test, expected)

    def bind(parameters: Parameters) -> Check:
        parameters.none()
        return check

    return Rule(bind, name)
