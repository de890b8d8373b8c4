"""Reading dates in a format of PHP's letters: `Y-m-d`, `d/m/Y H:i`."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from app.core.json import JsonValue
from app.graph.field_rules.field import Field
from app.graph.kinds import shown
from app.graph.template.filters.carbon import php_format
from app.graph.template.filters.moments import MONTHS

_MAX_CHARACTERS = 100  # of a format, and of what is read by it
_TWO, _ONE_OR_TWO, _WORD, _HALF = r"\d\d", r"\d\d?", "[A-Za-z]{3,9}", "[AaPp][Mm]"
_WRITTEN: Mapping[str, Mapping[str, str]] = {  # what a date has, by the letters for it, and how they are written
    "day": {"d": _TWO, "j": _ONE_OR_TWO},
    "month": {"m": _TWO, "n": _ONE_OR_TWO, "F": _WORD, "M": _WORD},
    "year": {"Y": r"\d{4}", "y": _TWO},
    "weekday": {"D": _WORD, "l": _WORD},
    "ordinal": {"S": "st|nd|rd|th"},
    "hour": {"H": _TWO, "G": _ONE_OR_TWO},
    "half_hour": {"h": _TWO, "g": _ONE_OR_TWO},
    "half": {"a": _HALF, "A": _HALF},
    "minute": {"i": _TWO},
    "second": {"s": _TWO},
    "fraction": {"u": r"\d{6}", "v": r"\d{3}"},
    "zone": {"P": r"[+-]\d\d:\d\d", "p": r"Z|[+-]\d\d:\d\d", "O": r"[+-]\d{4}"},
}
_PARTS = {letter: (part, written) for part, letters in _WRITTEN.items() for letter, written in letters.items()}
_LETTER = re.compile(r"\\(?P<literal>.)|(?P<letter>[A-Za-z])|(?P<other>.)", re.DOTALL)


class DateFormat:
    """A check that a text is a date in one of some formats. What it reads, other rules of the field compare."""

    def __init__(self, formats: Sequence[str]) -> None:
        """Raise `ValueError` with a sentence for a format that cannot be read."""
        self._formats = [(written, _pattern(written)) for written in formats]
        self._expected = " or ".join(formats)

    def __call__(self, field: Field) -> str | None:
        if self.read(field.value) is not None:
            return None
        return f"must be a date written as {self._expected}; it is {shown(field.value)}"

    def read(self, value: JsonValue) -> datetime | None:
        """Return the date, None where the value is none. What the format does not say is that of 1970-01-01 in UTC."""
        if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
            return None
        moments = (_read(value, written, pattern) for written, pattern in self._formats)
        return next((moment for moment in moments if moment is not None), None)


def _pattern(written: str) -> re.Pattern[str]:
    if len(written) > _MAX_CHARACTERS:
        raise ValueError(f"A format of dates has at most {_MAX_CHARACTERS} characters.")
    seen: set[str] = set()
    return re.compile("".join(_piece(found, seen) for found in _LETTER.finditer(written)), re.ASCII)


def _piece(found: re.Match[str], seen: set[str]) -> str:
    letter = found["letter"]
    if letter is None:
        return re.escape(found["literal"] or found["other"])
    if letter not in _PARTS:
        raise ValueError(
            f'A format of dates cannot have the letter "{letter}"; there are {", ".join(_PARTS)}. A backslash before a'
            " letter keeps it as it is."
        )
    part, pattern = _PARTS[letter]
    if part in seen:
        raise ValueError(f"A format of dates says the {part.replace('_', ' ')} only once.")
    seen.add(part)
    return f"(?P<{part}>{pattern})"


def _read(text: str, written: str, pattern: re.Pattern[str]) -> datetime | None:
    """Return the date that comes to this text again when it is written: no 31st of February, no wrong weekday."""
    found = pattern.fullmatch(text)
    try:
        moment = _moment({part: value for part, value in found.groupdict().items() if value}) if found else None
    except ValueError:
        return None
    return moment if moment is not None and php_format(moment, written) == text else None


def _moment(parts: Mapping[str, str]) -> datetime:
    return datetime(
        _year(parts.get("year", "1970")),
        _month(parts.get("month", "1")),
        int(parts.get("day", "1")),
        _hour(parts),
        int(parts.get("minute", "0")),
        int(parts.get("second", "0")),
        int(parts.get("fraction", "0").ljust(6, "0")),
        tzinfo=_zone(parts.get("zone", "Z")),
    )


def _year(digits: str) -> int:
    if len(digits) > 2:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 70 else 1900)


def _month(written: str) -> int:
    if written.isdecimal():
        return int(written)
    return [name[:3].lower() for name in MONTHS].index(written[:3].lower()) + 1


def _hour(parts: Mapping[str, str]) -> int:
    half = 12 if parts.get("half", "").lower() == "pm" else 0
    if "half_hour" in parts:
        return int(parts["half_hour"]) % 12 + half
    return int(parts.get("hour", half))


def _zone(written: str) -> tzinfo:
    return datetime.strptime(written, "%z").tzinfo or UTC
