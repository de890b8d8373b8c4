"""A line of Markdown as runs of text: how each looks, and where it leads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

MOST_RUNS = 5_000  # of one paragraph: time grows faster than their number
LINKED = ("https://", "http://", "mailto:", "tel:")  # what a reader may be led to


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    style: str = ""  # of B, I and S: bold, italic, struck through
    is_code: bool = False
    link: str | None = None


_STYLES = {"strong": "B", "em": "I", "s": "S"}


def runs_of(inline: Token) -> list[Run]:
    """Return the runs of an inline token. An image is its text, which leads to it: nothing is fetched.

    Raises `ValueError` for more than `MOST_RUNS`.
    """
    runs = [run for run in _runs(inline.children or ()) if run.text]
    if len(runs) > MOST_RUNS:
        raise ValueError(f"a paragraph has {len(runs)} pieces of text that look different; it may have {MOST_RUNS}")
    return runs


def plain_text(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def _runs(tokens: Sequence[Token]) -> Iterator[Run]:
    look = Run("")
    for token in tokens:
        kind, _, side = token.type.rpartition("_")
        if kind in _STYLES:
            look = replace(look, style=_changed(look.style, _STYLES[kind], is_open=side == "open"))
        elif kind == "link":
            look = replace(look, link=_target(token, "href") if side == "open" else None)
        elif token.type == "image":
            yield replace(look, text=token.content or "image", link=look.link or _target(token, "src"))
        else:
            yield replace(look, text=_text(token), is_code=token.type == "code_inline")


def _changed(style: str, letter: str, *, is_open: bool) -> str:
    return style + letter if is_open else style.replace(letter, "", 1)


def _text(token: Token) -> str:
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content)


def _target(token: Token, attribute: str) -> str | None:
    target = str(token.attrGet(attribute) or "")
    return target if target.isascii() and target.lower().startswith(LINKED) else None
