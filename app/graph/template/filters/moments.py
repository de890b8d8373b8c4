"""Reads dates as people and programs write them. No wall clock, no local time zone, no locale."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from app.graph.template import limits
from app.graph.template.faults import RefusedError

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_WEEKDAY = r"(?:[a-z]{3,9}\.?,?\s+)?"
_NAMED_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_ZONE = r"(?P<zone>utc|gmt|z|[-+]\d{2}:?\d{2})"
_TIME = (
    r"(?:,?\s+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    rf"\s*(?P<half>[ap]m)?\s*{_ZONE}?)?"
)
_SPELLINGS = tuple(
    re.compile(date + _TIME)
    for date in (
        rf"{_WEEKDAY}{_NAMED_MONTH}\s+{_DAY},?\s+{_YEAR}",  # March 14, 2016
        rf"{_WEEKDAY}{_DAY}[\s-]+{_NAMED_MONTH}[\s-]+{_YEAR}",  # Mon, 14 Mar 2016 10:00:00 GMT
        rf"{_YEAR}/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})",
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/{_YEAR}",  # the American order, as PHP reads it
        rf"(?P<day>\d{{1,2}})[-.](?P<month>\d{{1,2}})[-.]{_YEAR}",  # the European order, as PHP reads it
    )
)
_EPOCH = re.compile(r"-?\d{1,12}", re.ASCII)
_ZONE_SUFFIX = re.compile(r"\s*(?:UTC|GMT)$")
_ZONE_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")  # no `localtime`, which differs by machine
_HALF_DAY_HOURS = 12


def moment_of(value: object, now: object, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment that a value names, in `zone` where it names no zone itself; None when it names none.

    `now` is the moment that the words "now" and "today" mean, as text.
    """
    named = now if isinstance(value, str) and value.strip().lower() in ("now", "today") else value
    try:
        if isinstance(named, str) and len(named) <= limits.DATE_LENGTH:
            return _of_text(named.strip(), zone)
        if isinstance(named, int | float) and not isinstance(named, bool):
            return datetime.fromtimestamp(named, UTC)
    except (OverflowError, ValueError, OSError):  # a month 13, a year 10000
        return None
    return None


def zone_of(name: object) -> tzinfo:
    """Return the time zone of an IANA name. Raises `RefusedError`."""
    try:
        if isinstance(name, str) and _ZONE_NAME.fullmatch(name):
            return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        pass
    raise RefusedError('There is no such time zone; a name such as "Europe/Berlin" is one.')


def _of_text(text: str, zone: tzinfo) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    lowered = text.lower()
    for spelling in _SPELLINGS:
        if spelled := spelling.fullmatch(lowered):
            return _of_parts(spelled, zone)
    moment = datetime.fromisoformat(_ZONE_SUFFIX.sub("Z", text.upper()))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _of_parts(spelled: re.Match[str], zone: tzinfo) -> datetime:
    hour = int(spelled["hour"] or 0)
    if spelled["half"]:
        hour = hour % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if spelled["half"] == "pm" else 0)
    return datetime(
        int(spelled["year"]),
        _month(spelled["month"]),
        int(spelled["day"]),
        hour,
        int(spelled["minute"] or 0),
        int(spelled["second"] or 0),
        tzinfo=_offset(spelled["zone"]) if spelled["zone"] else zone,
    )


def _month(text: str) -> int:
    """Return a month's number. Raises `ValueError`."""
    if text.isdigit():
        return int(text)
    return [name.lower().startswith(text) for name in MONTHS].index(True) + 1


def _offset(text: str) -> tzinfo:
    if text in ("z", "utc", "gmt"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text.startswith("-") else minutes))
