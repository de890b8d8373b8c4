"""Reads expressions. Liquid's words are words like others where they mean nothing: `n1.limit` is a property."""

import re
from collections.abc import Iterator

from liquid import Token, TokenStream
from liquid.builtin.expressions import tokenize
from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_DOT, TOKEN_EXPRESSION, TOKEN_TAG, TOKEN_WORD

from app.graph.template import limits

LITERALS = frozenset({"true", "false", "nil", "null", "empty", "blank"})  # whatever tag they stand in
_LOOP_WORDS = LITERALS | {"in", "limit", "offset", "reversed", "cols", "continue"}
_LOGIC_WORDS = LITERALS | {"and", "or", "contains"}
_WORDS = {
    "for": _LOOP_WORDS,
    "tablerow": _LOOP_WORDS,
    "if": _LOGIC_WORDS,
    "elsif": _LOGIC_WORDS,
    "unless": _LOGIC_WORDS,
    "when": LITERALS | {"or"},
}
_OPERATOR = re.compile(r"\b(?:and|or|contains)\b|[=<>!]{1,2}")
_LINE = re.compile(r"\s*(#|\w+)\s*")


class Stream(TokenStream):
    """A template's tokens, from which tags read their expressions."""

    def into_inner(self, *, tag: Token | None = None, eat: bool = True) -> TokenStream:
        token = self.current
        if token.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("missing expression", token=tag or token)
        if eat:
            next(self)
        return expression_stream(token, tag.value if tag else "")


def expression_stream(expression: Token, tag: str) -> TokenStream:
    """Return the tokens of an expression. Raises `LiquidSyntaxError`, also for one that would cost too much to read."""
    text = expression.value
    if text.count("(") + text.count("[") > limits.BRACKETS:
        raise LiquidSyntaxError(f"more than {limits.BRACKETS} brackets in one expression", token=expression)
    if len(_OPERATOR.findall(text)) > limits.OPERATORS:
        raise LiquidSyntaxError(f"more than {limits.OPERATORS} operators in one expression", token=expression)
    return TokenStream(_plain_words(expression, _WORDS.get(tag, LITERALS)))


def line_stream(expression: Token, depth: int) -> Stream:
    """Return the tags that stand, one on each line, in the expression of `{% liquid %}`."""
    return Stream(_line_tokens(expression), block_depth_carry=depth)


def _plain_words(expression: Token, meaningful: frozenset[str]) -> Iterator[Token]:
    before = ""
    for token in tokenize(expression.value, expression):
        is_word = token.kind == token.value and (before == TOKEN_DOT or token.value not in meaningful)
        yield token._replace(kind=TOKEN_WORD) if is_word else token
        before = token.kind


def _line_tokens(expression: Token) -> Iterator[Token]:
    start = expression.start_index
    for line in expression.value.splitlines(keepends=True):
        if line.strip():
            name = _LINE.match(line)
            if name is None:
                raise LiquidSyntaxError("a tag needs a name", token=expression._replace(start_index=start))
            yield Token(TOKEN_TAG, name[1], start + name.start(1), expression.source)
            if rest := line[name.end() :].rstrip():
                yield Token(TOKEN_EXPRESSION, rest, start + name.end(), expression.source)
        start += len(line)
