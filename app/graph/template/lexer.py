"""Splits a template into text, outputs and tags, in time that grows with its length only.

The library's own reader takes time in the square of the length for hostile input, which is why it is not used.
"""

import re
from collections.abc import Iterator

from liquid import Token
from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG

_OPENING = re.compile(r"\{[{%]")
_CLOSING = {"{{": "}}", "{%": "%}"}
_NAME = re.compile(r"#|\w+")
_COMMENT_MARK = re.compile(r"\{%-?\s*(end)?comment\b")
_END_OF_RAW = re.compile(r"\{%-?\s*endraw\b")
_END_OF_DOC = re.compile(r"\{%-?\s*enddoc\b")


def tokenize(source: str) -> Iterator[Token]:
    """Return the tokens that Liquid's parser takes. Raises `LiquidSyntaxError`."""
    return iter(_Lexer(source).tokens())


class _Lexer:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0  # all before it is tokenized
        self._strip_next = False  # the part before ended in `-}}` or `-%}`
        self._tokens: list[Token] = []

    def tokens(self) -> list[Token]:
        while opening := _OPENING.search(self._source, self._at):
            self._text(opening.start())
            if opening.group() == "{{":
                self._output(opening.start())
            else:
                self._tag(opening.start())
        self._text(len(self._source))
        return self._tokens

    def _text(self, end: int) -> None:
        """Take the text up to where a part starts, or to the end."""
        text = self._source[self._at : end]
        if self._strip_next:
            text = text.lstrip()
        if self._source.startswith("-", end + 2):
            text = text.rstrip()
        if text:
            self._add(TOKEN_CONTENT, text, self._at)

    def _output(self, start: int) -> None:
        begin, expression = self._enter(start)
        self._add(TOKEN_OUTPUT, "{{", start)
        self._add(TOKEN_EXPRESSION, expression, begin)

    def _tag(self, start: int) -> None:
        begin, inside = self._enter(start)
        name = _NAME.match(inside)
        if name is None:
            raise self._fault("a tag needs a name", start)
        match name.group():
            case "#":
                return
            case "comment":
                self._skip_comment(start)
            case "doc":
                self._enter(self._end_of("doc", _END_OF_DOC, start))
            case "raw":
                end = self._end_of("raw", _END_OF_RAW, start)
                self._text(end)
                self._enter(end)
            case word:
                self._add(TOKEN_TAG, word, begin)
                if expression := inside[name.end() :].lstrip():
                    self._add(TOKEN_EXPRESSION, expression, begin + len(inside) - len(expression))

    def _skip_comment(self, start: int) -> None:
        depth = 1
        while depth:
            mark = _COMMENT_MARK.search(self._source, self._at)
            if mark is None:
                raise self._fault("'{% comment %}' is never closed by '{% endcomment %}'", start)
            depth += -1 if mark.group(1) else 1
            self._enter(mark.start())

    def _end_of(self, name: str, mark: re.Pattern[str], start: int) -> int:
        end = mark.search(self._source, self._at)
        if end is None:
            raise self._fault(f"'{{% {name} %}}' is never closed by '{{% end{name} %}}'", start)
        return end.start()

    def _enter(self, start: int) -> tuple[int, str]:
        """Move behind the part that starts here. Return what stands between its marks, and where that begins."""
        opening = self._source[start : start + 2]
        end = self._source.find(_CLOSING[opening], start + 2)
        if end < 0:
            raise self._fault(f"'{opening}' is never closed by '{_CLOSING[opening]}'", start)
        begin = start + 2
        self._at = end + 2
        if self._source.startswith("-", begin, end):
            begin += 1
        self._strip_next = self._source.endswith("-", begin, end)
        inside = self._source[begin : end - 1 if self._strip_next else end]
        expression = inside.strip()
        return begin + inside.find(expression), expression  # where there is none, it begins behind the mark

    def _add(self, kind: str, value: str, start: int) -> None:
        self._tokens.append(Token(kind, value, start, self._source))

    def _fault(self, message: str, start: int) -> LiquidSyntaxError:
        return LiquidSyntaxError(message, token=Token(TOKEN_TAG, "", start, self._source))
