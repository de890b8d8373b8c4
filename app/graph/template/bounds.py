"""Stand-ins for parts of a template that could cost too much, or that a missing value would make fail."""

from typing import TextIO, cast

from liquid import RenderContext
from liquid.ast import BlockNode
from liquid.builtin.expressions.primitive import Blank, RangeLiteral
from liquid.expression import Expression
from liquid.limits import to_int

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.scope import Scope


class CountedBlock(BlockNode):
    """A block that may be rendered more than once: each time is a turn."""

    __slots__ = ()

    def __init__(self, block: BlockNode) -> None:
        super().__init__(block.token, block.nodes)
        self.blank = block.blank

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        cast("Scope", context).budget.count_turn()
        return super().render_to_output(context, buffer)


class BoundedStop(Expression):
    """The end of a range, refused when it is too far from the start: later it is too late, for some uses lay it out."""

    __slots__ = ("_start", "_stop")

    def __init__(self, literal: RangeLiteral) -> None:
        super().__init__(literal.token)
        self._start = literal.start
        self._stop = literal.stop

    def __str__(self) -> str:
        return str(self._stop)

    def evaluate(self, context: RenderContext) -> int:
        start, stop = _whole(self._start.evaluate(context)), _whole(self._stop.evaluate(context))
        if stop - start >= limits.SEQUENCE_LENGTH:
            raise RefusedError(f"A range has at most {limits.SEQUENCE_LENGTH} numbers.", self.token)
        return stop

    def children(self) -> list[Expression]:
        return [self._stop]


class OrElse(Expression):
    """An expression with a value for when it comes to nothing."""

    __slots__ = ("_default", "_expression")

    def __init__(self, expression: Expression, default: int) -> None:
        super().__init__(expression.token)
        self._expression = expression
        self._default = default

    def evaluate(self, context: RenderContext) -> object:
        value = self._expression.evaluate(context)
        return self._default if value is None else value

    def children(self) -> list[Expression]:
        return [self._expression]


class BlankOrMissing(Blank):
    """`blank`, to which also what is missing is equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or super().__eq__(other)

    __hash__ = None  # type: ignore[assignment] # as of the library's own


def _whole(value: object) -> int:
    """Return a number as the library's ranges take it."""
    try:
        return to_int(value)
    except (TypeError, ValueError):
        return 0
