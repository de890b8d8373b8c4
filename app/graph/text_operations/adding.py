"""Operations that make a text longer."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.leaf import Roots, rendered
from app.graph.template import NumberTemplate, TextTemplate
from app.graph.text_operations.operation import MAX_CHARACTERS, TextOperation, too_long
from app.graph.text_operations.parameters import Characters, Whole, early

_LENGTH = Whole("length", 0, MAX_CHARACTERS)
_TIMES = Whole("times", 0, MAX_CHARACTERS)
_FILL = Characters("fill", 1, 100)


class Attach(TextOperation):
    operation: Literal["append", "prepend"] = Field(description="Puts something behind the text, or before it.")
    text: TextTemplate = Field(description="What is put there.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        added = rendered(self.text, roots, budget)
        return lambda text: text + added if self.operation == "append" else added + text


class Pad(TextOperation):
    operation: Literal["pad"] = Field(description="Makes a text that is too short as long as it should be.")
    length: Annotated[NumberTemplate, early(_LENGTH)] = Field(description="How many characters it has at least.")
    side: Literal["left", "right", "both"] = Field(default="right", description="Where it is filled up.")
    fill: Annotated[TextTemplate, early(_FILL)] = Field(default=TextTemplate(" "), description="What fills it up.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        length, fill = _LENGTH(rendered(self.length, roots, budget)), _FILL(rendered(self.fill, roots, budget))

        def pad(text: str) -> str:
            missing = max(length - len(text), 0)
            before = {"left": missing, "right": 0, "both": missing // 2}[self.side]
            return _filled(fill, before) + text + _filled(fill, missing - before)

        return pad


class Repeat(TextOperation):
    operation: Literal["repeat"] = Field(description="Writes the text several times.")
    times: Annotated[NumberTemplate, early(_TIMES)] = Field(description="How often.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        times = _TIMES(rendered(self.times, roots, budget))

        def repeat(text: str) -> str:
            if len(text) * times > MAX_CHARACTERS:
                raise too_long(self.operation)
            return text * times

        return repeat


def _filled(fill: str, length: int) -> str:
    return (fill * (length // len(fill) + 1))[:length]
