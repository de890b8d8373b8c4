"""Operations without parameters."""

import secrets
from collections.abc import Callable, Mapping
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.leaf import Roots
from app.graph.template.filters import encodings, markup
from app.graph.text_operations.operation import TextOperation
from app.graph.text_operations.words import camel, kebab, reverse, snake, title

_UUID_BYTES = 16


def _uuid(_: str) -> str:
    return str(UUID(bytes=secrets.token_bytes(_UUID_BYTES), version=4))


_WORK: Mapping[str, Callable[[str], JsonValue]] = {
    "trim": str.strip,
    "ltrim": str.lstrip,
    "rtrim": str.rstrip,
    "upper": str.upper,
    "lower": str.lower,
    "capitalize": str.capitalize,
    "title": title,
    "camel": camel,
    "snake": snake,
    "kebab": kebab,
    "reverse": reverse,
    "length": len,
    "strip_tags": markup.strip_html,
    "base64_encode": encodings.base64_encode,
    "base64_decode": encodings.base64_decode,
    "url_encode": encodings.url_encode,
    "url_decode": encodings.url_decode,
    "uuid": _uuid,
}


class Plain(TextOperation):
    operation: Literal[
        "trim",
        "ltrim",
        "rtrim",
        "upper",
        "lower",
        "capitalize",
        "title",
        "camel",
        "snake",
        "kebab",
        "reverse",
        "length",
        "strip_tags",
        "base64_encode",
        "base64_decode",
        "url_encode",
        "url_decode",
        "uuid",
    ] = Field(description="What is done; length makes a number, uuid a random one (version 4) in place of the text.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        del roots, budget
        return _WORK[self.operation]
