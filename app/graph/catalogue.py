"""From JSON to a typed node, in the second of two steps: the wire form is read first, then bound to its component."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue
from app.graph.kinds import cut, shown
from app.graph.model import NodeSpec
from app.graph.node import Node
from app.graph.settings_faults import issues_of


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
            return [Issue(f"{spec.path}.data.componentId", self._no_component(spec.component_id), spec.id)]
        overruled = [_overruled(spec, name, value) for name, value in _contradicted(kind, spec)]
        if overruled:
            return overruled
        try:
            settings = kind.settings_type.model_validate(self.settings_of(spec))
        except ValidationError as error:
            return issues_of(spec, error)
        return kind(spec.id, settings)

    def settings_of(self, spec: NodeSpec) -> JsonObject:
        """Return `data` with what an alias adds to it, so that it says the same under the component's own name."""
        kind = self.get(spec.component_id)
        return {**spec.data, **(kind.fixed.get(spec.component_id, {}) if kind else {})}

    def _no_component(self, component_id: str) -> str:
        if not component_id:
            return 'A node names its component in "data.componentId", or else in "type": a text that is not empty.'
        names = ", ".join(sorted(known.component_id for known in self))
        return f'There is no component "{cut(component_id)}". There are: {names}.'


def _contradicted(kind: type[Node], spec: NodeSpec) -> Iterator[tuple[str, JsonValue]]:
    """Give what the node's alias fixes otherwise than the node says."""
    for name, value in kind.fixed.get(spec.component_id, {}).items():
        if spec.data.get(name) not in (None, value):
            yield name, value


def _overruled(spec: NodeSpec, name: str, value: JsonValue) -> Issue:
    message = f'"{name}" of a {spec.component_id} is always {shown(value)}; leave it out.'
    return Issue(f"{spec.path}.data.{name}", message, spec.id)
