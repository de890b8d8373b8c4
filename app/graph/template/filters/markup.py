"""Filters for HTML."""

import html
import re

from app.graph.template.values import text_of

_ESCAPED_ONCE = re.compile(r"""["'<>]|&(?!(?:[a-zA-Z]+|#\d+|#[xX][\da-fA-F]+);)""")
_LINE_END = re.compile(r"\r?\n")
_BLOCKS = (("<script", "</script>"), ("<!--", "-->"), ("<style", "</style>"))


def escape(left: object) -> str:
    return _escaped(text_of(left))


def escape_once(left: object) -> str:
    return _ESCAPED_ONCE.sub(lambda match: _escaped(match.group()), text_of(left))


def newline_to_br(left: object) -> str:
    return _LINE_END.sub("<br />\n", text_of(left))


def strip_html(left: object) -> str:
    text = text_of(left)
    for opening, closing in _BLOCKS:
        text = _without(text, opening, closing)
    return _without(text, "<", ">")


def _escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")


def _without(text: str, opening: str, closing: str) -> str:
    """Remove each stretch from an opening to the next closing mark. What is never closed stays."""
    kept = []
    at = 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join([*kept, text[at:]])
