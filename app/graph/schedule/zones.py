"""Time zones, and which moment a clock means that shows a time in one of them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.graph.kinds import shown

_NO_PLACES = frozenset({"localtime", "Factory"})  # differ by machine, or stand for none
_SECOND = timedelta(seconds=1)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


def is_zone(name: str) -> bool:
    """Say whether the IANA database has a zone of this name."""
    return name in _names()


def check_zone(name: str) -> None:
    """Raise `ValueError` with a sentence where there is no such zone."""
    if not is_zone(name):
        raise ValueError(
            f'"timezone" must be the name of a time zone in the IANA database, such as Europe/Berlin;'
            f" it is {shown(name)}."
        )


def zone_of(name: str) -> ZoneInfo:
    """Return the zone. Raises `ValueError` with a sentence."""
    check_zone(name)
    return ZoneInfo(name)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock in the zone shows at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None)


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which a clock shows `wall`: the first one, or the end of the gap that leaves it out."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall_of(moment, zone) == wall:
        return moment
    return _end_of_gap(wall, zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the clocks were put forward past `wall`.

    Read by the offset from before the gap, `wall` is a moment behind it, and by the one from after it, one before it.
    """
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    behind = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while behind - before > _SECOND:
        middle = before + (behind - before) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            behind = middle
    return behind
