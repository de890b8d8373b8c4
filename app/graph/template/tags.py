"""The tags there are, and how those that put something out hand it to a sink."""

from typing import TextIO, cast

from liquid import Environment, RenderContext, Tag, Token, TokenStream
from liquid.ast import BlockNode, Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    cycle_tag,
    decrement_tag,
    echo_tag,
    for_tag,
    if_tag,
    ifchanged_tag,
    increment_tag,
    inline_comment_tag,
    liquid_tag,
    tablerow_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError
from liquid.parser import get_parser
from liquid.token import TOKEN_EXPRESSION, TOKEN_OUTPUT

from app.graph.template.plain import plain_expression
from app.graph.template.sinks import StaticText, TextSink
from app.graph.template.streams import expression_stream, line_stream


class ContentNode(content.ContentNode):
    """Text of the template itself."""

    __slots__ = ("static",)

    def __init__(self, token: Token, text: str) -> None:
        super().__init__(token, text)
        self.static = StaticText(text)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        del context
        # Blocks that hold nothing but blanks render to nowhere, as in Liquid.
        return buffer.write_static(self.static) if isinstance(buffer, TextSink) else 0


class OutputNode(output.OutputNode):
    """`{{ … }}`."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _put(buffer, self.expression.evaluate(context))


class EchoNode(echo_tag.EchoNode):
    """`{% echo … %}`."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _put(buffer, self.expression.evaluate(context))


class CycleNode(cycle_tag.CycleNode):
    """`{% cycle … %}`."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        values = [argument.evaluate(context) for argument in self.args]
        group = str(values) if self.group is None else f"group {self.group.evaluate(context)}"
        return _put(buffer, values[context.cycle(group, len(values)) % len(values)])


class IncrementNode(increment_tag.IncrementNode):
    """`{% increment … %}`."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _put(buffer, context.increment(self.name))


class DecrementNode(decrement_tag.DecrementNode):
    """`{% decrement … %}`."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _put(buffer, context.decrement(self.name))


VALUE_NODES = (OutputNode, EchoNode, CycleNode, IncrementNode, DecrementNode)  # what puts out values


class _Output(output.Output):
    def parse(self, stream: TokenStream) -> OutputNode:
        token = stream.eat(TOKEN_OUTPUT)
        expression = stream.expect(TOKEN_EXPRESSION)
        read = plain_expression(expression) or FilteredExpression.parse(self.env, expression_stream(expression, tag=""))
        return OutputNode(token, read)


class _Liquid(liquid_tag.LiquidTag):
    def parse(self, stream: TokenStream) -> Node:
        token = stream.current
        if stream.peek.kind != TOKEN_EXPRESSION:
            return BlockNode(token, [])
        next(stream)
        lines = line_stream(stream.current, stream.block_depth)
        return BlockNode(token, get_parser(self.env).parse_block(lines, end=()).nodes)


class _Content(content.Literal):
    node_class = ContentNode


class _Echo(echo_tag.EchoTag):
    node_class = EchoNode


class _Cycle(cycle_tag.CycleTag):
    node_class = CycleNode


class _Increment(increment_tag.IncrementTag):
    node_class = IncrementNode


class _Decrement(decrement_tag.DecrementTag):
    node_class = DecrementNode


TAGS: tuple[type[Tag], ...] = (  # no include, no render, no extends: a template is one text
    _Content,
    _Output,
    illegal.Illegal,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    case_tag.CaseTag,
    comment_tag.CommentTag,
    _Cycle,
    _Decrement,
    _Echo,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    for_tag.ForTag,
    if_tag.IfTag,
    ifchanged_tag.IfChangedTag,
    _Increment,
    inline_comment_tag.InlineCommentTag,
    _Liquid,
    tablerow_tag.TablerowTag,
    unless_tag.UnlessTag,
)


class Located(Tag):
    """A tag whose errors name where it stands when they cannot say more exactly where they are."""

    def __init__(self, env: Environment, tag: Tag) -> None:
        super().__init__(env)
        self._tag = tag

    def parse(self, stream: TokenStream) -> Node:
        start = stream.current
        try:
            return self._tag.parse(stream)
        except LiquidError as error:
            if error.token is None or error.token.start_index < 0:
                error.token = start
            raise


def _put(buffer: TextIO, value: object) -> int:
    return cast("TextSink", buffer).write_value(value)
