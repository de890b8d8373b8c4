"""Finding the templates in a component's settings, and which of them may read the vault."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import NamedTuple, get_args

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.graph.template.reads import Read
from app.graph.template.template import Template


@dataclass(frozen=True, slots=True)
class SecretCapable:
    """Marks a setting whose templates may read the vault: `Annotated[TextTemplate, SECRET_CAPABLE]`."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        return {**handler(schema), "x-secret": True}


SECRET_CAPABLE = SecretCapable()


class TemplateSetting(NamedTuple):
    """A template, its path as the settings are posted (`headers[0].value`), and what its place means for it.

    `own_roots` are roots that its place brings along, whatever the context has.
    """

    path: str
    template: Template[object]
    is_secret_capable: bool
    own_roots: frozenset[str]

    @property
    def reads(self) -> frozenset[Read]:
        """Return what it reads of the context."""
        return frozenset(read for read in self.template.reads if read.root not in self.own_roots)


class _Place(NamedTuple):
    path: str
    is_secret_capable: bool
    own_roots: frozenset[str]

    def below(self, path: str) -> "_Place":
        return self._replace(path=self.path + path)


class _Field(NamedTuple):
    name: str
    posted_name: str
    is_secret_capable: bool
    own_roots: frozenset[str]


_WITHOUT_TEMPLATES = (str, int, float, NoneType)


def iter_templates(settings: BaseModel) -> Iterator[TemplateSetting]:
    """Give every template of the settings.

    A model whose `own_roots` names roots for a field gives them to the templates below it, as a rule over the items
    of an array has `item`.
    """
    return _of_model(settings, "", frozenset())


def place_of(template: object, settings: BaseModel) -> str | None:
    """Return where in the settings a template stands; None for what is none of theirs, such as a rule."""
    return next((setting.path for setting in iter_templates(settings) if setting.template is template), None)


def secret_capable_settings(settings_type: type[BaseModel]) -> list[str]:
    """Name the settings in which templates may read the vault, in the whole or in a part."""
    return [field.alias or name for name, field in settings_type.model_fields.items() if _has_a_marked_part(field)]


def _of_model(model: BaseModel, path: str, own_roots: frozenset[str]) -> Iterator[TemplateSetting]:
    for field in _fields_of(type(model)):
        value = getattr(model, field.name)
        if not isinstance(value, _WITHOUT_TEMPLATES):
            below = f"{path}.{field.posted_name}" if path else field.posted_name
            yield from _of_value(value, _Place(below, field.is_secret_capable, own_roots | field.own_roots))


@cache
def _fields_of(kind: type[BaseModel]) -> Sequence[_Field]:
    """Return what is the same for all settings of a kind, of which there are as many as there are models."""
    added: Mapping[str, frozenset[str]] = getattr(kind, "own_roots", {})
    return [
        _Field(name, field.alias or name, _is_marked(field), added.get(name, frozenset()))
        for name, field in kind.model_fields.items()
    ]


def _of_value(value: object, place: _Place) -> Iterator[TemplateSetting]:
    match value:
        case Template():
            yield TemplateSetting(place.path, value, place.is_secret_capable, place.own_roots)
        case BaseModel():
            yield from _of_model(value, place.path, place.own_roots)
        case Mapping():
            for key, item in value.items():
                yield from _of_value(item, place.below(f".{key}"))
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _of_value(item, place.below(f"[{index}]"))


def _has_a_marked_part(field: FieldInfo) -> bool:
    fields, seen = [field], set[type[BaseModel]]()
    for one in fields:  # grows by the fields of the models within
        models = {part for part in _parts(one.annotation) if isinstance(part, type) and issubclass(part, BaseModel)}
        fields += [inner for model in models - seen for inner in model.model_fields.values()]
        seen |= models
    return any(_is_marked(one) for one in fields)


def _is_marked(field: FieldInfo) -> bool:
    return SECRET_CAPABLE in field.metadata or SECRET_CAPABLE in _parts(field.annotation)


def _parts(annotation: object) -> list[object]:
    """Return an annotation and all that it is made of."""
    parts = [annotation]
    for part in parts:  # grows
        parts += get_args(part)
    return parts
