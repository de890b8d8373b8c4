"""The formats of the `date` filter: Ruby's strftime, the same on every machine and in English."""

import re
from collections.abc import Callable
from datetime import datetime

from app.graph.template.filters.moments import MONTHS

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_DIRECTIVE = re.compile(r"%(?P<flags>[-0_^#:]*)(?P<width>\d{0,2})(?P<letter>[A-Za-z%+])", re.ASCII)

_COMPOSED = {
    "c": "%a %b %e %H:%M:%S %Y",
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "r": "%I:%M:%S %p",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "v": "%e-%^b-%Y",
    "x": "%m/%d/%y",
    "X": "%H:%M:%S",
    "+": "%a %b %e %H:%M:%S %Z %Y",
}

# Number, usual width, usual padding.
_NUMBERS: dict[str, tuple[Callable[[datetime], int], int, str]] = {
    "C": (lambda m: m.year // 100, 2, "0"),
    "d": (lambda m: m.day, 2, "0"),
    "e": (lambda m: m.day, 2, " "),
    "G": (lambda m: m.isocalendar().year, 4, "0"),
    "g": (lambda m: m.isocalendar().year % 100, 2, "0"),
    "H": (lambda m: m.hour, 2, "0"),
    "I": (lambda m: m.hour % 12 or 12, 2, "0"),
    "j": (lambda m: m.timetuple().tm_yday, 3, "0"),
    "k": (lambda m: m.hour, 2, " "),
    "l": (lambda m: m.hour % 12 or 12, 2, " "),
    "M": (lambda m: m.minute, 2, "0"),
    "m": (lambda m: m.month, 2, "0"),
    "S": (lambda m: m.second, 2, "0"),
    "s": (lambda m: int(m.timestamp()), 1, "0"),
    "U": (lambda m: (m.timetuple().tm_yday + 6 - m.isoweekday() % 7) // 7, 2, "0"),
    "u": (lambda m: m.isoweekday(), 1, "0"),
    "V": (lambda m: m.isocalendar().week, 2, "0"),
    "W": (lambda m: (m.timetuple().tm_yday + 6 - m.weekday()) // 7, 2, "0"),
    "w": (lambda m: m.isoweekday() % 7, 1, "0"),
    "Y": (lambda m: m.year, 4, "0"),
    "y": (lambda m: m.year % 100, 2, "0"),
}


def offset(moment: datetime, separator: str) -> str:
    """Return the distance to UTC, such as `+02:00` with a colon as the separator."""
    text = moment.strftime("%z")
    return f"{text[:3]}{separator}{text[3:5]}"


def zone_abbreviation(moment: datetime) -> str:
    """Return a name such as CEST; nothing where there is only a distance to UTC."""
    name = moment.tzname() or ""
    return "" if name.startswith("UTC") and name != "UTC" else name


_WORDS: dict[str, Callable[[datetime], str]] = {
    "A": lambda m: WEEKDAYS[m.weekday()],
    "a": lambda m: WEEKDAYS[m.weekday()][:3],
    "B": lambda m: MONTHS[m.month - 1],
    "b": lambda m: MONTHS[m.month - 1][:3],
    "h": lambda m: MONTHS[m.month - 1][:3],
    "n": lambda _: "\n",
    "P": lambda m: "pm" if m.hour >= 12 else "am",
    "p": lambda m: "PM" if m.hour >= 12 else "AM",
    "t": lambda _: "\t",
    "Z": zone_abbreviation,
    "%": lambda _: "%",
}


def strftime(moment: datetime, pattern: str) -> str:
    """Format a moment. What is no directive stays as it stands."""
    return _DIRECTIVE.sub(lambda match: _formatted(moment, match), pattern)


def _formatted(moment: datetime, match: re.Match[str]) -> str:
    flags, letter = match["flags"], match["letter"]
    width = int(match["width"] or 0)
    if letter in _NUMBERS:
        number, usual_width, usual_padding = _NUMBERS[letter]
        return _padded(str(number(moment)), flags, width or usual_width, usual_padding)
    if letter in "LN":
        return f"{moment.microsecond:06}000"[: width or (3 if letter == "L" else 9)]
    if letter == "z":
        return offset(moment, ":" if ":" in flags else "")
    if letter in _COMPOSED:
        text = strftime(moment, _COMPOSED[letter])
    elif letter in _WORDS:
        text = _WORDS[letter](moment)
    else:
        return match.group()
    return _padded(_cased(text, flags, letter), flags, width, " ")


def _cased(text: str, flags: str, letter: str) -> str:
    if "^" in flags:
        return text.upper()
    if "#" in flags:
        return text.lower() if letter == "p" else text.upper()
    return text


def _padded(text: str, flags: str, width: int, padding: str) -> str:
    if "-" in flags:
        return text
    if "_" in flags:
        padding = " "
    elif "0" in flags:
        padding = "0"
    return text.rjust(width, padding)
