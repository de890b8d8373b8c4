"""Where a template renders to: plain text, or JSON text out of whose quotes no value can break."""

import re
from enum import IntEnum
from io import StringIO

from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template.values import JsonText, json_of, native_of, text_of

_MARK = re.compile(r'"|\\.?', re.DOTALL)


class Place(IntEnum):
    """Where in JSON text one stands."""

    OUTSIDE = 0
    INSIDE = 1  # between quotes
    ESCAPED = 2  # between quotes, behind a backslash whose character is yet to come


_PLACE_AFTER_UNMARKED = (Place.OUTSIDE, Place.INSIDE, Place.INSIDE)


class StaticText:
    """A stretch of the template's own text, and where in JSON one stands behind it, whatever place it begins at."""

    __slots__ = ("place_after", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        is_marked = '"' in text or "\\" in text
        self.place_after = tuple(_place_after(text, place) for place in Place) if is_marked else _PLACE_AFTER_UNMARKED


class TextSink(StringIO):
    """Takes values as text."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def write(self, text: str, /) -> int:
        """Take text that Liquid itself makes."""
        self._budget.count_output(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
        return super().write(text)

    def write_static(self, static: StaticText) -> int:
        """Take text that stands in the template."""
        return self.write(static.text)

    def write_value(self, value: object) -> int:
        """Take what an expression came to."""
        return self.write(text_of(value))


class JsonSink(TextSink):
    """Takes values as JSON where they stand outside quotes, and as escaped text inside."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self._place = Place.OUTSIDE

    def write(self, text: str, /) -> int:
        """Take text that Liquid itself makes: it may hold values, so it is one."""
        return self.write_value(text)

    def write_static(self, static: StaticText) -> int:
        self._place = static.place_after[self._place]
        return super().write(static.text)

    def write_value(self, value: object) -> int:
        if self._place is Place.ESCAPED:
            raise TemplateError("In JSON no template can stand right behind a backslash.")
        if self._place is Place.INSIDE:
            return super().write(json_of(text_of(value))[1:-1])
        return super().write(value if isinstance(value, JsonText) else json_of(native_of(value)))


def _place_after(text: str, place: Place) -> Place:
    """Follow the quotes of a text that is not empty. A backslash outside, which no JSON has, is passed over too."""
    start = 0
    if place is Place.ESCAPED:
        start, place = 1, Place.INSIDE
    for mark in _MARK.finditer(text, start):
        if mark.group() == '"':
            place = Place.OUTSIDE if place is Place.INSIDE else Place.INSIDE
        elif mark.group() == "\\":
            return Place.ESCAPED
    return place
