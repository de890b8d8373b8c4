"""A slow reference: it walks minute by minute, looks at the clock on the wall, and knows nothing but the rule."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
MEMORY = timedelta(days=2)  # before the walk: no clock ever shows an hour again after longer than that

Matches = Callable[[datetime], bool]  # whether a schedule names what the clock shows


@dataclass(frozen=True)
class CronField:
    """One field, as it is written and as the numbers that it stands for."""

    text: str
    numbers: frozenset[int]

    @property
    def is_starred(self) -> bool:
        return self.text.startswith("*")


def cron_matches(fields: Sequence[CronField]) -> Matches:
    minute, hour, day, month, weekday = fields

    def matches(wall: datetime) -> bool:
        on_day = wall.day in day.numbers
        on_weekday = wall.isoweekday() % 7 in {number % 7 for number in weekday.numbers}
        either_is_starred = day.is_starred or weekday.is_starred
        is_day = (on_day and on_weekday) if either_is_starred else (on_day or on_weekday)
        return wall.minute in minute.numbers and wall.hour in hour.numbers and wall.month in month.numbers and is_day

    return matches


def monthly_matches(day: int, hour: int, minute: int) -> Matches:
    def matches(wall: datetime) -> bool:
        last = monthrange(wall.year, wall.month)[1]
        return (wall.day, wall.hour, wall.minute) == (min(day, last), hour, minute)

    return matches


def due_times(matches: Matches, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Give every due time from `begin` to `end`, both whole minutes."""
    shown: set[datetime] = set()
    moment = begin - MEMORY
    before = _wall(moment - MINUTE, zone)
    while moment <= end:
        wall = _wall(moment, zone)
        skipped = _between(before, wall)
        is_first_time = wall not in shown
        if moment >= begin and ((is_first_time and matches(wall)) or any(map(matches, skipped))):
            yield moment
        shown.add(wall)
        before = wall
        moment += MINUTE


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _between(earlier: datetime, later: datetime) -> Iterator[datetime]:
    """Give the minutes that no clock has shown."""
    wall = earlier + MINUTE
    while wall < later:
        yield wall
        wall += MINUTE


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # a date's parts, in order
