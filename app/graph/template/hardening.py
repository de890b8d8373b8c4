"""Goes through a template that was read: refuses what costs too much or does not exist, and bounds what is left."""

from collections.abc import Iterable

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import (
    Filter,
    FilteredExpression,
    KeywordArgument,
    LoopExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.logical import EqExpression, NeExpression
from liquid.builtin.expressions.primitive import Blank, IntegerLiteral, RangeLiteral
from liquid.builtin.tags.case_tag import MultiExpressionBlockNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.expression import Expression

from app.graph.template import limits
from app.graph.template.bounds import BlankOrMissing, BoundedStop, CountedBlock, OrElse
from app.graph.template.faults import RefusedError
from app.graph.template.filters import FILTERS
from app.graph.template.tags import ContentNode, OutputNode

_NO_LIMIT = 2**31  # more than any loop may turn


def harden(template: BoundTemplate) -> None:
    """Change a template into one that is safe to render. Raises `RefusedError`."""
    _Hardening(template).nodes(template.nodes)


class _Hardening:
    def __init__(self, template: BoundTemplate) -> None:
        self._context = RenderContext(template)  # the library asks for one, for tags that do not exist here
        self._filters = 0

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            for expression in node.expressions():
                self._expression(expression)
            if not isinstance(node, ContentNode | OutputNode):  # which have no children, and are most
                self.nodes(node.children(self._context))
            if isinstance(node, ForNode | TablerowNode | MultiExpressionBlockNode):
                node.block = CountedBlock(node.block)  # a `when` renders its block once for each match

    def _expression(self, expression: Expression) -> None:
        for child in expression.children():
            self._expression(child)
        match expression:  # the most frequent first: asking for each other class costs time
            case Path():
                _check_path(expression)
            case FilteredExpression():
                self._filters_of(expression)
            case RangeLiteral():
                expression.stop = BoundedStop(expression)
            case LoopExpression():
                _allow_missing_arguments(expression)
            case EqExpression() | NeExpression():
                expression.left = _missing_is_blank(expression.left)
                expression.right = _missing_is_blank(expression.right)
            case IntegerLiteral():
                _check_integer(expression)

    def _filters_of(self, expression: FilteredExpression) -> None:
        for call in expression.filters or ():
            self._filter(call)

    def _filter(self, call: Filter) -> None:
        self._filters += 1
        if self._filters > limits.FILTERS:
            raise RefusedError(f"A template has at most {limits.FILTERS} filters.", call.token)
        known = FILTERS.get(call.name)
        if known is None:
            raise RefusedError(f"There is no filter `{call.name}`.", call.token)
        named = [argument.name for argument in call.args if isinstance(argument, KeywordArgument)]
        unknown = [name for name in named if name not in known.keywords]
        if unknown:
            raise RefusedError(f"`{call.name}` takes no argument called {unknown[0]}.", call.token)
        given = len(call.args) - len(named)
        if not known.least <= given <= known.most:
            raise RefusedError(f"`{call.name}` takes {known.takes}; here it is given {given}.", call.token)


def _check_integer(literal: IntegerLiteral) -> None:
    if literal.value.bit_length() > limits.INTEGER_BITS:
        raise RefusedError(f"A number has at most {limits.INTEGER_BITS} bits.", literal.token)


def _check_path(path: Path) -> None:
    if not isinstance(path.path[0], str):
        # Nobody could tell beforehand what it reads.
        raise RefusedError("A variable begins with a name.", path.token)


def _allow_missing_arguments(loop: LoopExpression) -> None:
    if loop.limit is not None:
        loop.limit = OrElse(loop.limit, _NO_LIMIT)
    if loop.offset is not None and not isinstance(loop.offset, StringLiteral):  # `continue` is one
        loop.offset = OrElse(loop.offset, 0)
    if loop.cols is not None:
        loop.cols = OrElse(loop.cols, 0)


def _missing_is_blank(operand: Expression) -> Expression:
    return BlankOrMissing(operand.token) if isinstance(operand, Blank) else operand
