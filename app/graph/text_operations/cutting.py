"""Operations that take a part of a text, or take it apart and put it together."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.leaf import Roots, rendered
from app.graph.operands import text_of
from app.graph.template import NumberTemplate, TextTemplate
from app.graph.text_operations.operation import MAX_CHARACTERS, MAX_PARTS, ListOperation, TextOperation, too_long
from app.graph.text_operations.parameters import Characters, Whole, early
from app.graph.text_operations.words import slug

_START = Whole("start", -MAX_CHARACTERS, MAX_CHARACTERS)
_LENGTH = Whole("length", 0, MAX_CHARACTERS)
_SEPARATOR = Characters("separator", 0, 10)


class Substring(TextOperation):
    operation: Literal["substring"] = Field(description="Takes a part of the text.")
    start: Annotated[NumberTemplate, early(_START)] = Field(
        default=NumberTemplate(0), description="Where it begins, counted from 0; from the end where it is negative."
    )
    length: Annotated[NumberTemplate | None, early(_LENGTH)] = Field(
        default=None, description="How many characters it has at most; left out: all to the end."
    )

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        start = _START(rendered(self.start, roots, budget))
        length = MAX_CHARACTERS if self.length is None else _LENGTH(rendered(self.length, roots, budget))
        return lambda text: text[start:][:length]


class Truncate(TextOperation):
    operation: Literal["truncate"] = Field(description="Cuts a text that is too long.")
    length: Annotated[NumberTemplate, early(_LENGTH)] = Field(
        description="How many characters it has at most, the ellipsis included."
    )
    ellipsis: TextTemplate = Field(default=TextTemplate("..."), description="What shows that something was cut.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        length, ellipsis = _LENGTH(rendered(self.length, roots, budget)), rendered(self.ellipsis, roots, budget)
        kept = length - len(ellipsis)

        def cut(text: str) -> str:
            if len(text) <= length:
                return text
            return text[:kept] + ellipsis if kept > 0 else text[:length]

        return cut


class Slug(TextOperation):
    operation: Literal["slug"] = Field(description="Makes a text for addresses: small Latin letters and digits.")
    separator: Annotated[TextTemplate, early(_SEPARATOR)] = Field(
        default=TextTemplate("-"), description="What stands between the words."
    )

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        separator = _SEPARATOR(rendered(self.separator, roots, budget))
        return lambda text: slug(text, separator)


class Split(TextOperation):
    operation: Literal["split"] = Field(description="Takes the text apart: the result is a list.")
    separator: TextTemplate = Field(
        default=TextTemplate(","), description="What stands between the parts; empty: each character is one."
    )

    @property
    def gives_list(self) -> bool:
        return True

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        separator = rendered(self.separator, roots, budget)

        def split(text: str) -> JsonValue:
            parts = text.split(separator, MAX_PARTS) if separator else list(text)
            if len(parts) > MAX_PARTS:
                raise PermanentError(f'"split" makes at most {MAX_PARTS} parts.')
            return parts

        return split


class Join(ListOperation):
    operation: Literal["join"] = Field(description="Puts the parts of a list together.")
    separator: TextTemplate = Field(default=TextTemplate(","), description="What stands between the parts.")

    def on_list(self, roots: Roots, budget: Budget) -> Callable[[Sequence[JsonValue]], JsonValue]:
        separator = rendered(self.separator, roots, budget)

        def join(parts: Sequence[JsonValue]) -> str:
            texts, size = [], 0
            for part in parts:
                texts.append(text_of(part))
                size += len(texts[-1]) + len(separator)
                if size - len(separator) > MAX_CHARACTERS:
                    raise too_long(self.operation)
            return separator.join(texts)

        return join
