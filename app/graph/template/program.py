"""A template in Liquid: read once, rendered many times, from any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from liquid import BoundTemplate
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.expression import Expression

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template import limits
from app.graph.template.environment import parse
from app.graph.template.faults import VALUE_FAULTS, error_at, rendering_error
from app.graph.template.hardening import harden
from app.graph.template.reads import Read, reads_of
from app.graph.template.scope import Scope
from app.graph.template.sinks import TextSink
from app.graph.template.values import json_of, native_of


@dataclass(frozen=True, slots=True)
class Program:
    """What a template's text was read into."""

    source: str
    template: BoundTemplate
    reads: frozenset[Read]
    lone: Expression | None  # of a template that is one `{{ … }}` and nothing else

    @classmethod
    def of(cls, source: str) -> "Program":
        """Read a template. Raises `TemplateError` with line and column."""
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > limits.SOURCE_BYTES:
            raise TemplateError(f"A template has at most {limits.SOURCE_BYTES} bytes; this one has {size}.")
        template = parse(source)
        try:
            harden(template)
            reads = reads_of(template)
        except LiquidError as error:  # which would print the whole template, were it kept as the cause
            raise error_at(str(error.message), source, error.token) from None
        return cls(source, template, reads, _lone_expression(template.nodes))

    def bare(self) -> "Program | None":
        """Return the same as a lone expression where nothing but blanks stands around one."""
        lone = _lone_expression([node for node in self.template.nodes if not _is_blank_text(node)])
        return replace(self, lone=lone) if lone else None

    def value(self, roots: Mapping[str, JsonValue], budget: Budget) -> JsonValue:
        """Return the value of a lone expression as it is, of every other template its text. Raises `TemplateError`."""
        if self.lone is None:
            return self.text(roots, budget)
        token = self.lone.token
        try:
            value = native_of(self.lone.evaluate(Scope(self.template, roots, budget)))
            budget.count_output(len(json_of(value)))
        except (LiquidError, TemplateError, *VALUE_FAULTS) as error:
            raise rendering_error(error, self.source, token) from None
        return value

    def text(self, roots: Mapping[str, JsonValue], budget: Budget) -> str:
        """Return the text that the template renders to. Raises `TemplateError`."""
        sink = TextSink(budget)
        self.render(sink, roots, budget)
        return sink.getvalue()

    def render(self, sink: TextSink, roots: Mapping[str, JsonValue], budget: Budget) -> None:
        """Render into a sink. Raises `TemplateError`."""
        scope = Scope(self.template, roots, budget)
        for node in self.template.nodes:
            try:
                node.render(scope, sink)
            except LiquidInterrupt:  # `break` and `continue` outside of a loop end the template, as in Liquid
                return
            except (LiquidError, TemplateError, *VALUE_FAULTS) as error:
                raise rendering_error(error, self.source, node.token) from None


def is_liquid(text: str) -> bool:
    """Say whether a text is more than a text, so that Liquid has to read it."""
    return "{{" in text or "{%" in text


def _is_blank_text(node: Node) -> bool:
    return isinstance(node, ContentNode) and node.blank


def _lone_expression(nodes: Sequence[Node]) -> Expression | None:
    match nodes:
        case [OutputNode() as node]:
            return node.expression
    return None
