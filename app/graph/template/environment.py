"""The Liquid environment of all templates: our own reader, the tags of `tags`, no loader, no filters of the library."""

from collections.abc import Callable, Iterator

from liquid import BoundTemplate, Environment, Token
from liquid.exceptions import LiquidError

from app.graph.template import limits
from app.graph.template.faults import syntax_error
from app.graph.template.lexer import tokenize
from app.graph.template.tags import TAGS, Located


class _Environment(Environment):
    block_nesting_limit = limits.NESTING
    context_depth_limit = 2 * limits.NESTING  # each loop adds one to the four there are

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        return tokenize

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        del extra
        self.tags = {tag.name: Located(self, tag(self)) for tag in TAGS}


ENVIRONMENT = _Environment()


def parse(source: str) -> BoundTemplate:
    """Read a template. Raises `TemplateError`."""
    try:
        return ENVIRONMENT.from_string(source)
    except LiquidError as error:
        raise syntax_error(error, source) from error
