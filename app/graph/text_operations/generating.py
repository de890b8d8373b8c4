"""Operations that put something random in the place of the text."""

import secrets
import string
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.leaf import Roots, rendered
from app.graph.template import NumberTemplate, TextTemplate
from app.graph.text_operations.operation import TextOperation
from app.graph.text_operations.parameters import Characters, Whole, early

_LENGTH = Whole("length", 1, 1024)
_ALPHABET = Characters("alphabet", 1, 1024)
_PASSWORD_LENGTH = Whole("length", 8, 256)
_SYMBOLS = "!#$%&*+-.:=?@_"  # none that shells, URLs in quotes or JSON would make something of


class Random(TextOperation):
    operation: Literal["random"] = Field(description="Makes a random text.")
    length: Annotated[NumberTemplate, early(_LENGTH)] = Field(
        default=NumberTemplate(16), description="How many characters it has."
    )
    alphabet: Annotated[TextTemplate, early(_ALPHABET)] = Field(
        default=TextTemplate(string.ascii_letters + string.digits), description="The characters it is made of."
    )

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        length = _LENGTH(rendered(self.length, roots, budget))
        alphabet = _ALPHABET(rendered(self.alphabet, roots, budget))
        return lambda _: "".join(secrets.choice(alphabet) for _ in range(length))


class Password(TextOperation):
    operation: Literal["password"] = Field(description="Makes a random password.")
    length: Annotated[NumberTemplate, early(_PASSWORD_LENGTH)] = Field(
        default=NumberTemplate(24), description="How many characters it has."
    )
    uppercase: bool = Field(default=True, description="Whether it has capital letters.")
    lowercase: bool = Field(default=True, description="Whether it has small letters.")
    digits: bool = Field(default=True, description="Whether it has digits.")
    symbols: bool = Field(default=True, description="Whether it has signs.")

    @model_validator(mode="after")
    def _is_made_of_something(self) -> Self:
        if not self._classes():
            raise ValueError("A password needs characters: uppercase, lowercase, digits or symbols must be true.")
        return self

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        length = _PASSWORD_LENGTH(rendered(self.length, roots, budget))
        return lambda _: _password(length, self._classes())

    def _classes(self) -> list[str]:
        chosen = (
            (string.ascii_uppercase, self.uppercase),
            (string.ascii_lowercase, self.lowercase),
            (string.digits, self.digits),
            (_SYMBOLS, self.symbols),
        )
        return [characters for characters, is_wanted in chosen if is_wanted]


def _password(length: int, classes: Sequence[str]) -> str:
    """Return a password with at least one character of each class."""
    characters = [secrets.choice(one) for one in classes]
    characters += [secrets.choice("".join(classes)) for _ in range(length - len(classes))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
