"""Which values of the context a template reads, known without rendering it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import Identifier, Path
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression

from app.graph.template.faults import RefusedError
from app.graph.template.tags import ContentNode, OutputNode

VAULT = "vault"


class Read(NamedTuple):
    """A root of the context, and the path from there as far as the template spells it out."""

    root: str
    path: tuple[str | int, ...] = ()


def reads_of(template: BoundTemplate) -> frozenset[Read]:
    """Return what a template reads. Its own variables are not read, from where it first gives them a value on.

    Raises `RefusedError` for a variable named as the vault, behind which reading the real one could hide.
    """
    reader = _Reader(template)
    reader.nodes(template.nodes)
    return frozenset(reader.found)


class _Reader:
    def __init__(self, template: BoundTemplate) -> None:
        self._context = RenderContext(template)  # the library asks for one, for tags that do not exist here
        self._own: list[set[str]] = [set()]  # the template's variables, then those of each loop around
        self.found: set[Read] = set()

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            for expression in node.expressions():
                self._expression(expression)
            if not isinstance(node, ContentNode | OutputNode):  # which have neither children nor names, and are most
                self._block(node)

    def _block(self, node: Node) -> None:
        names = set(_names(node.block_scope()))
        if isinstance(node, ForNode):
            self._within(names, [node.block])
            self._within(set(), [node.default] if node.default else [])
        else:
            self._within(names, node.children(self._context))
        for name in _names(node.template_scope()):
            self._own[0].add(name)

    def _within(self, names: set[str], nodes: Iterable[Node]) -> None:
        self._own.append(names)
        self.nodes(nodes)
        self._own.pop()

    def _expression(self, expression: Expression) -> None:
        if isinstance(expression, Path):
            root, *path = _spelled_out(expression)
            if not any(root in names for names in self._own):
                self.found.add(Read(str(root), tuple(path)))
        for child in expression.children():
            self._expression(child)


def _spelled_out(path: Path) -> Iterator[str | int]:
    for part in path.path:
        if isinstance(part, Path):  # known only when it is rendered
            return
        yield part


def _names(identifiers: Iterable[Identifier]) -> Iterator[str]:
    for identifier in identifiers:
        if identifier == VAULT:
            raise RefusedError(f"A template cannot have a variable of its own named {VAULT}.", identifier.token)
        yield str(identifier)
