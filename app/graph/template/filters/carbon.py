"""Formats of dates in the letters of PHP, which Carbon and so the hosted service's users write."""

import calendar
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from app.graph.template.filters.strftime import offset, strftime, zone_abbreviation

_LETTER = re.compile(r"\\(?P<literal>.)|(?P<letter>[A-Za-z])", re.DOTALL)
_SWATCH_ZONE = timezone(timedelta(hours=1))

_AS_STRFTIME = {
    "A": "%p",
    "a": "%P",
    "c": "%Y-%m-%dT%H:%M:%S%:z",
    "D": "%a",
    "d": "%d",
    "F": "%B",
    "G": "%-H",
    "g": "%-I",
    "H": "%H",
    "h": "%I",
    "i": "%M",
    "j": "%-d",
    "l": "%A",
    "M": "%b",
    "m": "%m",
    "N": "%u",
    "n": "%-m",
    "O": "%z",
    "o": "%G",
    "P": "%:z",
    "r": "%a, %d %b %Y %H:%M:%S %z",
    "s": "%S",
    "U": "%s",
    "u": "%6N",
    "v": "%3N",
    "W": "%V",
    "w": "%w",
    "Y": "%Y",
    "y": "%y",
}


def php_format(moment: datetime, pattern: str) -> str:
    """Format a moment. A backslash keeps the letter after it; letters without a meaning stay as they stand."""
    return _LETTER.sub(lambda match: match["literal"] or _formatted(moment, match["letter"]), pattern)


def _formatted(moment: datetime, letter: str) -> str:
    if letter in _AS_STRFTIME:
        return strftime(moment, _AS_STRFTIME[letter])
    return _COMPUTED[letter](moment) if letter in _COMPUTED else letter


def _ordinal_suffix(moment: datetime) -> str:
    teens = 11 <= moment.day <= 13
    return "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _swatch_beat(moment: datetime) -> str:
    local = moment.astimezone(_SWATCH_ZONE)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f"{seconds * 10 // 864:03}"


def _distance(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _zone_name(moment: datetime) -> str:
    if isinstance(moment.tzinfo, ZoneInfo):
        return moment.tzinfo.key
    return offset(moment, ":") if _distance(moment) else "UTC"


_COMPUTED: dict[str, Callable[[datetime], str]] = {
    "B": _swatch_beat,
    "e": _zone_name,
    "I": lambda moment: "1" if moment.dst() else "0",
    "L": lambda moment: "1" if calendar.isleap(moment.year) else "0",
    "p": lambda moment: offset(moment, ":") if _distance(moment) else "Z",
    "S": _ordinal_suffix,
    "T": lambda moment: zone_abbreviation(moment) or offset(moment, ":"),
    "t": lambda moment: str(calendar.monthrange(moment.year, moment.month)[1]),
    "Z": lambda moment: str(round(_distance(moment).total_seconds())),
    "z": lambda moment: str(moment.timetuple().tm_yday - 1),
}
