"""What of a workflow's settings is dear to read, and how much of it a workflow may have: counted while it is bound."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

MAX_PATTERNS = 500  # each takes up to 10 ms to compile, and up to half a MiB of memory
MAX_PATH_CHARACTERS = 200_000  # of JSONPaths, each of which takes up to 10 microseconds to read


class TooMuchError(Exception):
    """A definition has more of something than one workflow may have. Its text is a sentence.

    It passes through pydantic, so that nothing more is read.
    """


@dataclass
class _Tally:
    patterns: int = 0
    path_characters: int = 0


_TALLY: ContextVar[_Tally | None] = ContextVar("tally", default=None)


@contextmanager
def counting() -> Iterator[None]:
    """Count what is read within, and refuse what is too much by `TooMuchError`; elsewhere nothing is counted."""
    token = _TALLY.set(_Tally())
    try:
        yield
    finally:
        _TALLY.reset(token)


def count_patterns(number: int = 1) -> None:
    """Raise `TooMuchError` where these regular expressions are too many, with those before."""
    tally = _TALLY.get()
    if tally is None:
        return
    tally.patterns += number
    if tally.patterns > MAX_PATTERNS:
        raise TooMuchError(
            f"A workflow has at most {MAX_PATTERNS} regular expressions, those of rules, JSON Schemas and JSONPaths"
            " included, and of those with large numbers in braces fewer; this one has more."
        )


def count_path(characters: int) -> None:
    """Raise `TooMuchError` where a JSONPath of this length is too much, with those before."""
    tally = _TALLY.get()
    if tally is None:
        return
    tally.path_characters += characters
    if tally.path_characters > MAX_PATH_CHARACTERS:
        raise TooMuchError(
            f"The JSONPaths of a workflow have at most {MAX_PATH_CHARACTERS:,} characters together; those of this one"
            " have more."
        )
