"""A JSON value whose texts are templates; the keys of its objects are not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template import limits
from app.graph.template.cache import PROGRAMS
from app.graph.template.program import Program, is_liquid


class _Leaf(NamedTuple):
    program: Program
    path: str  # from the top of the value, such as `.user.names[0]`


class Tree:
    """Rendered leaf by leaf, each to a value of the type that it comes to."""

    def __init__(self, value: JsonValue) -> None:
        """Read all templates. Raises `TemplateError`."""
        self._leaves: list[_Leaf] = []
        self._characters = 0
        self._root = self._read(value, "", 0)
        self.reads = frozenset(read for leaf in self._leaves for read in leaf.program.reads)
        self.is_static = not self._leaves

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> JsonValue:
        """Return the value with its templates rendered. Raises `TemplateError`."""
        return _rendered(self._root, roots, budget)

    def _read(self, value: JsonValue, path: str, depth: int) -> object:
        if depth > limits.DEPTH:
            raise TemplateError(f"Objects and lists may stand in each other at most {limits.DEPTH} deep.")
        match value:
            case str():
                return self._leaf(value, path) if is_liquid(value) else value
            case Mapping():
                return {key: self._read(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
            case Sequence():
                return [self._read(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
        return value

    def _leaf(self, source: str, path: str) -> _Leaf:
        self._characters += len(source)
        if self._characters > limits.SOURCE_BYTES:
            raise TemplateError(f"The templates of one setting have at most {limits.SOURCE_BYTES} characters together.")
        try:
            leaf = _Leaf(PROGRAMS.program(source), path)
        except TemplateError as error:
            raise _at(path, error) from error
        self._leaves.append(leaf)
        return leaf


def _rendered(part: object, roots: Mapping[str, JsonValue], budget: Budget) -> JsonValue:
    match part:
        case _Leaf(program, path):
            try:
                return program.value(roots, budget)
            except TemplateError as error:
                raise _at(path, error) from error
        case dict():
            return {key: _rendered(item, roots, budget) for key, item in part.items()}
        case list():
            return [_rendered(item, roots, budget) for item in part]
    return cast("JsonValue", part)


def _at(path: str, error: TemplateError) -> TemplateError:
    message = f"In {path.removeprefix('.')}: {error.message}" if path else error.message
    return TemplateError(message, error.line, error.column)
