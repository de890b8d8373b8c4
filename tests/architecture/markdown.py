"""The project's documents as data: their tables, their code, their links."""

import re

from tests.architecture.source import CHECKOUT, files

DOCUMENTS = {str(file): (CHECKOUT / file).read_text() for file in files(".md")}
README = DOCUMENTS["README.md"]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def blocks(text: str, language: str) -> list[str]:
    return [body for named, body in _FENCED.findall(text) if named == language]


def code(text: str) -> list[str]:
    """Return every line of code: spans within sentences, and the lines of shell blocks."""
    lines = [line for body in [*blocks(text, "sh"), *blocks(text, "")] for line in body.splitlines()]
    return _SPAN.findall(_FENCED.sub("", text)) + lines


def table(text: str, *header: str) -> list[list[str]]:
    """Return the rows of the table with this header. Raises `ValueError` where there is none."""
    lines = text.splitlines()
    first = lines.index(f"| {' | '.join(header)} |") + 2
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def links(text: str) -> list[str]:
    return _LINK.findall(_FENCED.sub("", text))
