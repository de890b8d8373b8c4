"""The forms that a call's body can be written in, each with its own way of becoming bytes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template.cache import PROGRAMS
from app.graph.template.outline import is_json, is_written_as_json
from app.graph.template.program import Program, is_liquid
from app.graph.template.reads import Read
from app.graph.template.sinks import JsonSink
from app.graph.template.tree import Tree
from app.graph.template.values import json_bytes


@dataclass(frozen=True, slots=True)
class RenderedBody:
    """The bytes to send, and whether they are JSON, so that the call can say so."""

    content: bytes
    is_json: bool


class Form(ABC):
    """One way to write a body."""

    def __init__(self, reads: frozenset[Read], *, is_static: bool) -> None:
        self.reads = reads
        self.is_static = is_static

    @abstractmethod
    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody: ...


def form_of(source: JsonValue) -> Form:
    """Return the form that a body is written in. Raises `TemplateError`."""
    if not isinstance(source, str):
        return _LeafByLeaf(Tree(source))
    if not is_liquid(source):
        return _Static(source)
    program = PROGRAMS.program(source)
    if bare := program.bare():
        return _OneValue(bare)
    return _JsonText(program) if is_written_as_json(program.template) else _PlainText(program)


class _Static(Form):
    """A text without templates."""

    def __init__(self, text: str) -> None:
        super().__init__(frozenset(), is_static=True)
        self._rendered = _of_text(text)

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        del roots, budget
        return self._rendered


class _LeafByLeaf(Form):
    """An object or a list."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree.reads, is_static=tree.is_static)
        self._tree = tree

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        return RenderedBody(json_bytes(self._tree.render(roots, budget)), is_json=True)


class _OfProgram(Form):
    def __init__(self, program: Program) -> None:
        super().__init__(program.reads, is_static=False)
        self._program = program


class _PlainText(_OfProgram):
    """A text that is no JSON."""

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        return _of_text(self._program.text(roots, budget))


class _OneValue(_OfProgram):
    """A text that is one `{{ … }}`: text stays as it is, so that it can be a whole body made elsewhere."""

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        value = self._program.value(roots, budget)
        if value is None:
            return RenderedBody(b"", is_json=False)
        if isinstance(value, str):
            return _of_text(value)
        return RenderedBody(json_bytes(value), is_json=True)


class _JsonText(_OfProgram):
    """A text that is JSON with templates in it: no value can break out of its quotes, or out of its place."""

    def render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        sink = JsonSink(budget)
        self._program.render(sink, roots, budget)
        text = sink.getvalue()
        if not text.strip():  # a branch that leaves the body away
            return RenderedBody(b"", is_json=False)
        if not is_json(text):
            raise TemplateError("This body is written as JSON, but with these values it does not come to JSON.")
        return RenderedBody(_encoded(text), is_json=True)


def _of_text(text: str) -> RenderedBody:
    """Return a text as it is. It counts as JSON where it happens to be an object or a list, made elsewhere perhaps."""
    return RenderedBody(_encoded(text), text.lstrip()[:1] in ("{", "[") and is_json(text))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # half a character, which a filter can leave, has no bytes
