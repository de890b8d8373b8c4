"""Regular expressions written by users: compiled within bounds of memory, matched within bounds of time."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import regex

from app.graph.errors import PermanentError
from app.graph.tally import count_patterns

MATCH_SECONDS = 0.1  # an honest pattern takes microseconds; this much of a core a hostile one may have
MAX_CHARACTERS = 2_000
MAX_EXPANDED = 200_000  # `(a{100}){100}` is laid out 10,000 times in memory, at some 300 bytes each
_COUNTED_ONCE = 10_000  # characters; a pattern that is laid out to more counts as several

_DELIMITED = re.compile(r"/(?P<pattern>.*)/(?P<flags>[imsug]*)", re.DOTALL)
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "u": 0, "g": 0}
_LEAST_COUNT = re.compile(r"\{([0-9]+)")
_ESCAPE_OR_REFUSED = re.compile(r"\\.|(?P<refused>\(\?(?:[a-zA-Z0-9]*x|R|[+-]?[0-9]|&|P>))", re.DOTALL)

Pattern = regex.Pattern[str]


def compile_pattern(source: str, *, case_sensitive: bool = True) -> Pattern:
    """Compile `/…/flags` or a bare pattern. Raises `PermanentError` with a sentence for one that cannot be used."""
    delimited = _DELIMITED.fullmatch(source)
    bare, letters = (delimited["pattern"], delimited["flags"]) if delimited else (source, "")
    flags = 0 if case_sensitive else regex.IGNORECASE
    for letter in letters:
        flags |= _FLAGS[letter]
    return _compiled(bare, flags, source)


def compile_bare(source: str) -> Pattern:
    """Compile a pattern in which slashes are slashes. Raises `PermanentError` for one that cannot be used."""
    return _compiled(source, 0, source)


def is_found(pattern: Pattern, text: str) -> bool:
    """Search. It may take `MATCH_SECONDS`: call it off the event loop. Raises `PermanentError` past that."""
    with _in_time(pattern):
        return pattern.search(text, timeout=MATCH_SECONDS) is not None


def is_whole(pattern: Pattern, text: str) -> bool:
    """Say whether the pattern matches all of a text, as `is_found` says whether it matches a part."""
    with _in_time(pattern):
        return pattern.fullmatch(text, timeout=MATCH_SECONDS) is not None


def replaced(pattern: Pattern, text: str, pieces: Sequence[str | int], most: int) -> str:
    """Return the text with each match replaced by the pieces, numbers among them being those of groups.

    It may take `MATCH_SECONDS`: call it off the event loop. Raises `PermanentError` past that, and for a result of more
    than `most` characters, before it is made.
    """
    made: list[str] = []
    at, size = 0, len(text)
    for match in _matches(pattern, text):
        size += sum(_length(match, piece) for piece in pieces) - _length(match, 0)
        if size > most:
            raise PermanentError(
                f"{_shown(pattern.pattern)} and its replacement would make more than {most} characters."
            )
        made.append(text[at : match.start()])
        made += [piece if isinstance(piece, str) else match[piece] or "" for piece in pieces]
        at = match.end()
    return "".join([*made, text[at:]])


def extracted(pattern: Pattern, text: str, group: int) -> Iterator[str | None]:
    """Give what a group holds in each match, None where it takes no part in it; time is bounded as for `replaced`."""
    for match in _matches(pattern, text):
        yield match[group]


def _matches(pattern: Pattern, text: str) -> Iterator[regex.Match[str]]:
    if pattern.flags & regex.REVERSE:
        raise PermanentError(f"{_shown(pattern.pattern)} uses the flag r; it is not available here.")
    with _in_time(pattern):
        yield from pattern.finditer(text, timeout=MATCH_SECONDS)


def _length(match: regex.Match[str], piece: str | int) -> int:
    if isinstance(piece, str):
        return len(piece)
    start, end = match.span(piece)
    return end - start


def _compiled(bare: str, flags: int, source: str) -> Pattern:
    count_patterns(1 + _check_size(bare) // _COUNTED_ONCE)
    try:
        return regex.compile(bare, flags, cache_pattern=False)
    except RecursionError:
        raise PermanentError(f"{_shown(source)} nests its parentheses too deeply.") from None
    except (regex.error, OverflowError, ValueError) as error:
        raise PermanentError(f"{_shown(source)} is not a valid regular expression: {error}.") from None


@contextmanager
def _in_time(pattern: Pattern) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        limit = f"{MATCH_SECONDS * 1000:.0f} ms"
        raise PermanentError(f"{_shown(pattern.pattern)} took longer than {limit}; make it simpler.") from None


def _check_size(pattern: str) -> int:
    """Return what the pattern comes to, at most `MAX_EXPANDED`. Raises `PermanentError`."""
    if len(pattern) > MAX_CHARACTERS:
        raise PermanentError(f"A regular expression has at most {MAX_CHARACTERS} characters; this has {len(pattern)}.")
    if any(token["refused"] for token in _ESCAPE_OR_REFUSED.finditer(pattern)):
        raise PermanentError(f"{_shown(pattern)} uses recursion or the flag x; neither is available here.")
    expanded = _expanded(pattern)
    if expanded > MAX_EXPANDED:
        raise PermanentError(f"{_shown(pattern)} repeats too much; use smaller numbers in its braces.")
    return expanded


def _expanded(pattern: str) -> int:
    """Return an upper bound of the characters that the pattern comes to when its counted repeats are written out.

    Repeats multiply only when nested, and nothing nests deeper than there are opening parentheses.
    """
    counts = sorted((int(count) for count in _LEAST_COUNT.findall(pattern)), reverse=True)
    nested = counts[: pattern.count("(") + 1]
    return len(pattern) * math.prod(max(count, 1) for count in nested)


def _shown(source: str) -> str:
    return f'The pattern "{source[:60]}{"…" if len(source) > 60 else ""}"'
