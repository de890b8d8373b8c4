"""The components of this server as clients see them; they are the same as long as the process lives."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.components.schemas import Component
from app.core.json import JsonObject, dumps
from app.graph.catalogue import Catalogue
from app.graph.schema import component_schemas
from app.nodes import CATALOGUE, COMPONENTS


@dataclass(frozen=True, slots=True)
class ComponentList:
    """All components, and a tag that differs where anything about them does."""

    components: list[Component]
    tag: str


@cache
def all_components() -> ComponentList:
    schemas = component_schemas(CATALOGUE)
    tag = hashlib.sha256(dumps(schemas).encode()).hexdigest()[:32]
    return ComponentList(_components(schemas), tag)


def first_component() -> Component:
    """Return the first without making the others, which takes memory that a server needs once somebody asks."""
    [first] = _components(component_schemas(Catalogue(COMPONENTS[:1])))
    return first


def _components(schemas: JsonObject) -> list[Component]:
    entries = ((name, entry) for name, entry in schemas.items() if isinstance(entry, Mapping))
    return [Component.model_validate({"component_id": name, **entry}) for name, entry in entries]
