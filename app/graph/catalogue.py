"""From JSON to a typed node, in the second of two steps: the wire form is read first, then bound to its component."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.graph.errors import Issue
from app.graph.model import NodeSpec
from app.graph.node import Node


class Catalogue:
    """The components that exist, by `componentId` and alias."""

    def __init__(self, components: Iterable[type[Node]]) -> None:
        self._components = tuple(components)
        self._by_id = {name: kind for kind in self._components for name in (kind.component_id, *kind.aliases)}

    def __iter__(self) -> Iterator[type[Node]]:
        return iter(self._components)

    def get(self, component_id: str) -> type[Node] | None:
        return self._by_id.get(component_id)

    def bind(self, spec: NodeSpec) -> Node | list[Issue]:
        """Return the typed node, or every fault of its settings."""
        kind = self.get(spec.component_id)
        if kind is None:
            message = f'There is no component "{spec.component_id}"; GET /workflows/components lists them.'
            return [Issue(f"{spec.path}.data.componentId", message, spec.id)]
        try:
            settings = kind.settings_type.model_validate(spec.data)
        except ValidationError as error:
            return [_issue(spec, fault) for fault in error.errors(include_url=False)]
        return kind(spec.id, settings)


def _issue(spec: NodeSpec, fault: ErrorDetails) -> Issue:
    places = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return Issue(f"{spec.path}.data{places}", message, spec.id)
