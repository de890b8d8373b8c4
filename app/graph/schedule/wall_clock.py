"""Schedules that follow the clock on the wall of a time zone: at some times of some days."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.graph.schedule.schedule import Schedule
from app.graph.schedule.zones import moment_of, wall_of

MINUTES = tuple(time(minute // 60, minute % 60) for minute in range(24 * 60))  # of a day; all schedules share them
ALL_MONTHS = frozenset(range(1, 13))

_SEARCHED_DAYS = 50 * 366  # of any 40 years each date falls on each day of the week in some
_LAST_DAY = date.max - timedelta(days=3)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WallClock(Schedule):
    """`times`, in order, of the days in `months` for which `is_day` holds."""

    zone: ZoneInfo
    times: Sequence[time]
    is_day: Callable[[date], bool]
    months: frozenset[int] = ALL_MONTHS

    def first_after(self, moment: datetime) -> datetime | None:
        start = wall_of(moment, self.zone)
        for day in self._days(start.date(), _LAST_DAY):
            first = bisect_left(self.times, start.time()) if day == start.date() else 0
            for at in self.times[first:]:
                due = moment_of(datetime.combine(day, at), self.zone)
                if due > moment:  # else it is in an hour that the clocks show for the second time
                    return due
        return None

    def next_after(self, previous_due: datetime, now: datetime) -> datetime | None:
        return self.first_after(max(previous_due, now))

    def missed(self, previous_due: datetime, now: datetime) -> int:
        following = self.first_after(previous_due)
        return 0 if following is None or following > now else self._count(previous_due, now)

    def _count(self, after: datetime, until: datetime) -> int:
        """Count by days, and look at single moments only around changes of the clocks."""
        start, end = wall_of(after, self.zone), wall_of(until, self.zone)
        count, odd = 0, set[datetime]()
        for day in self._days(start.date() - _DAY, end.date() + _DAY):
            if self._is_even(day):
                first = _place(self.times, start, day)
                count += max(_place(self.times, end, day) - first, 0)
            else:
                moments = (moment_of(datetime.combine(day, at), self.zone) for at in self.times)
                odd |= {moment for moment in moments if after < moment <= until}
        return count + len(odd)

    def _is_even(self, day: date) -> bool:
        """Say whether no change of the clocks is near the day, so that each of its times is one moment of its own."""
        midnights = (datetime.combine(day + days * _DAY, time(), self.zone) for days in (-1, 0, 1, 2))
        return len({midnight.utcoffset() for midnight in midnights}) == 1

    def _days(self, first: date, last: date) -> Iterator[date]:
        """Give the schedule's days, as far as one looks ahead."""
        day = first
        last = min(last, _LAST_DAY, first + min(_SEARCHED_DAYS * _DAY, _LAST_DAY - first))
        while day <= last:
            if day.month not in self.months:
                day = (day.replace(day=1) + 31 * _DAY).replace(day=1)
                continue
            if self.is_day(day):
                yield day
            day += _DAY


def _place(times: Sequence[time], wall: datetime, day: date) -> int:
    """Return how many of the day's times are not later than `wall`."""
    if day == wall.date():
        return bisect_right(times, wall.time())
    return len(times) if day < wall.date() else 0
