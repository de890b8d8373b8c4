"""What a replacement says of the groups of a pattern, in the notations of PHP and JavaScript."""

import re

from app.graph.errors import PermanentError
from app.graph.patterns import Pattern

_REFERENCE = re.compile(
    r"(?P<sign>\$\$|\\\\|\\\$)|(?P<whole>\$&)|[$\\](?P<number>[0-9]{1,2})|\$(?:\{(?P<braced>\w+)\}|<(?P<angled>\w+)>)",
    re.ASCII,
)


def pieces_of(replacement: str, pattern: Pattern) -> list[str | int]:
    """Return the texts of a replacement, and between them the numbers of groups.

    Raises `PermanentError` for a group that the pattern does not have.
    """
    pieces: list[str | int] = []
    at = 0
    for reference in _REFERENCE.finditer(replacement):
        pieces += [replacement[at : reference.start()], _meaning(reference, pattern)]
        at = reference.end()
    return [piece for piece in [*pieces, replacement[at:]] if piece != ""]


def group_of(name: str, pattern: Pattern) -> int:
    """Return the number of a group. Raises `PermanentError` where the pattern has none of that number or name."""
    if name in pattern.groupindex:
        return pattern.groupindex[name]
    if name.isascii() and name.isdecimal() and len(name) <= 4 and int(name) <= pattern.groups:
        return int(name)
    raise PermanentError(
        f'The pattern has no group "{name[:60]}": it has {pattern.groups} of them. A dollar that is none is written $$.'
    )


def _meaning(reference: re.Match[str], pattern: Pattern) -> str | int:
    if reference["sign"]:
        return reference["sign"][-1]
    if reference["whole"]:
        return 0
    return group_of(reference["number"] or reference["braced"] or reference["angled"], pattern)
