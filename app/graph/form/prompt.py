"""What a form asks, with its texts rendered: all that is needed to show and to answer it while its run sleeps."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue

from app.core.json import JsonObject
from app.graph.rules import Rule

VALUES = "values"  # the root that `visible_if` reads what was entered from
ROOTS = frozenset({VALUES, "now"})

FieldType = Literal["text", "textarea", "email", "number", "select", "checkbox", "date"]


class _Shown(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class Option(_Shown):
    value: str
    label: str


class Button(_Shown):
    id: str
    label: str


class Field(_Shown):
    """One thing that is asked. Limits are None where there is none, or where its type has none."""

    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"visible_if": ROOTS}

    name: str
    type: FieldType
    label: str
    required: bool = False
    default: JsonValue = None
    options: tuple[Option, ...] = ()
    min: int | float | str | None = None
    max: int | float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    visible_if: Rule | None = None


class Prompt(_Shown):
    title: str
    description: str | None = None
    assignee: str | None = None
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...]

    def as_json(self) -> JsonObject:
        """Return what `read` makes the same prompt of. Rules are as the author wrote them."""
        written: JsonObject = self.model_dump(mode="json", exclude_none=True)
        return written

    @classmethod
    def read(cls, stored: object) -> Self:
        """Return the prompt. Raises `ValueError` for what is none."""
        return cls.model_validate(stored)
