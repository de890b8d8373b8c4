"""The Liquid environment of all templates: our own reader, the tags of `tags`, no loader, no filters of the library."""

from liquid import BoundTemplate, Environment
from liquid.ast import Node
from liquid.exceptions import LiquidError
from liquid.parser import get_parser

from app.graph.template import limits
from app.graph.template.faults import syntax_error
from app.graph.template.lexer import tokenize
from app.graph.template.streams import Stream
from app.graph.template.tags import TAGS, Located


class _Environment(Environment):
    block_nesting_limit = limits.NESTING
    context_depth_limit = 2 * limits.NESTING  # each loop adds one to the four there are

    def _parse(self, source: str) -> list[Node]:
        return get_parser(self).parse(Stream(tokenize(source)))

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        del extra
        self.tags = {tag.name: Located(self, tag(self)) for tag in TAGS}


ENVIRONMENT = _Environment()


def parse(source: str) -> BoundTemplate:
    """Read a template. Raises `TemplateError`."""
    try:
        return ENVIRONMENT.from_string(source)
    except LiquidError as error:
        raise syntax_error(error, source) from None  # the library's error would print the whole template
