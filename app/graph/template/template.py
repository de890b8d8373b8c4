"""What all kinds of templates have in common: as values, and as fields of a component's settings."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, Self, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template.reads import VAULT, Read

T_co = TypeVar("T_co", covariant=True)


class Template(ABC, Generic[T_co]):
    """A setting in which templates may stand, read when it is made.

    Immutable and usable from any thread. Equal to another of its kind from the same source. Making one raises
    `TemplateError` with line and column; as a field of a pydantic model that is a validation error.
    """

    json_schema: ClassVar[JsonSchemaValue]
    is_slow: ClassVar[bool] = False  # but over a large context
    expected: ClassVar[str]  # the values that a setting of this kind can have, for an error message

    def __init__(self, source: JsonValue, reads: frozenset[Read], *, is_static: bool) -> None:
        self.source = source
        self.reads = reads
        self.is_static = is_static  # nothing in it is a template: it renders to the same over every context

    @property
    def vault_names(self) -> frozenset[str]:
        """Return the items of the vault that the template names."""
        named = (read.path[0] for read in self.reads if read.root == VAULT and read.path)
        return frozenset(name for name in named if isinstance(name, str))

    @classmethod
    @abstractmethod
    def of(cls, setting: object) -> Self:
        """Return the template for a setting's value. Raises `TypeError` for a value of the wrong kind."""

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> T_co:
        """Render over the context. Raises `TemplateError` where a value does not fit, and past a limit."""
        if self.is_static:
            return self._render(roots, budget)
        with budget:
            return self._render(roots, budget)

    @abstractmethod
    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> T_co: ...

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)  # 1, 1.0 and true are not the same source

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object], /) -> Self:
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler, /) -> CoreSchema:
        to_json = core_schema.plain_serializer_function_ser_schema(lambda template: template.source)
        return core_schema.no_info_plain_validator_function(cls._validated, serialization=to_json)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        return dict(cls.json_schema)

    @classmethod
    def _validated(cls, setting: object) -> Self:
        if isinstance(setting, cls):
            return setting
        try:
            return cls.of(setting)
        except TypeError as error:
            raise PydanticCustomError(
                "template_type", "This must be {expected}.", {"expected": cls.expected}
            ) from error
        except TemplateError as error:
            raise PydanticCustomError("template", "{sentence}", {"sentence": _sentence(error)}) from error


def _sentence(error: TemplateError) -> str:
    if error.line is None:
        return error.message
    return f"{error.message.removesuffix('.')} (line {error.line}, column {error.column})."
