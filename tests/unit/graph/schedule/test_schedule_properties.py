"""Random schedules, zones and moments, near changes of the clocks above all, against a walk minute by minute."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from app.graph.schedule import Schedule, ScheduleFields, parse
from app.graph.schedule.times_of_day import WEEKDAYS
from tests.unit.graph.schedule.walking import (
    CronField,
    Matches,
    cron_matches,
    due_times,
    monthly_matches,
    utc,
)

# Near what each moment has: a zone, and the day of a change of its clocks.
CHANGES = [
    ("Europe/Berlin", utc(2025, 3, 30)),
    ("Europe/Berlin", utc(2025, 10, 26)),
    ("America/New_York", utc(2026, 3, 8)),
    ("America/New_York", utc(2026, 11, 1)),
    ("Australia/Lord_Howe", utc(2025, 4, 5)),  # half an hour back
    ("Australia/Lord_Howe", utc(2025, 10, 4)),
    ("America/Sao_Paulo", utc(2018, 11, 4)),  # midnight is left out
    ("America/Sao_Paulo", utc(2018, 2, 18)),  # the hour before midnight comes twice
    ("Africa/Cairo", utc(2025, 4, 24)),
    ("Africa/Cairo", utc(2025, 10, 30)),
    ("America/St_Johns", utc(2010, 11, 7)),  # at 00:01 back into the day before
    ("America/St_Johns", utc(2010, 3, 14)),
    ("Pacific/Apia", utc(2011, 12, 30)),  # a day is left out
    ("Pacific/Kwajalein", utc(1993, 8, 21)),
    ("Antarctica/Troll", utc(2025, 3, 30)),  # two hours
    ("Antarctica/Troll", utc(2025, 10, 26)),
    ("Africa/Casablanca", utc(2025, 2, 23)),
    ("Asia/Pyongyang", utc(2018, 5, 4)),  # half an hour forward, for good
    ("America/Caracas", utc(2007, 12, 9)),  # half an hour back, for good
    ("Asia/Gaza", utc(2014, 10, 24)),
]
ZONES = sorted(name for name in available_timezones() if "/" in name)
SEEN = timedelta(days=2)


@dataclass(frozen=True)
class Case:
    fields: ScheduleFields
    matches: Matches

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.fields.timezone)

    @property
    def schedule(self) -> Schedule:
        schedule = parse(self.fields)
        assert schedule is not None
        return schedule

    def due(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        return due_times(self.matches, self.zone, begin, end)


@st.composite
def cron_fields(draw: st.DrawFn, first: int, last: int) -> CronField:
    """Return a star, steps, or a list of numbers and ranges."""
    everything = range(first, last + 1)
    kind = draw(st.sampled_from(["*", "*", "steps", "list"]))
    if kind == "*":
        return CronField("*", frozenset(everything))
    if kind == "steps":
        step = draw(st.integers(1, len(everything)))
        return CronField(f"*/{step}", frozenset(everything[::step]))
    ranges = draw(st.lists(st.tuples(st.sampled_from(everything), st.sampled_from(everything)), min_size=1, max_size=3))
    ordered = [(min(pair), max(pair)) for pair in ranges]
    text = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ordered)
    return CronField(text, frozenset(number for low, high in ordered for number in range(low, high + 1)))


@st.composite
def cases(draw: st.DrawFn, zone: str) -> Case:
    kind = draw(st.sampled_from(["cron", "cron", "daily", "weekly", "monthly"]))
    hour, minute = draw(st.sampled_from([*range(4), 23]) | st.integers(0, 23)), draw(st.integers(0, 59))
    at = f"{hour:02}:{minute:02}"
    if kind == "cron":
        bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
        fields = [draw(cron_fields(*pair)) for pair in bounds]
        fields[2] = draw(
            st.sampled_from(
                [CronField("*", frozenset(range(1, 32))), CronField("1-31", frozenset(range(1, 32))), fields[2]]
            )
        )
        fields[3] = CronField("*", frozenset(range(1, 13)))
        return Case(ScheduleFields(kind, " ".join(field.text for field in fields), zone), cron_matches(fields))
    if kind == "daily":
        return Case(ScheduleFields(kind, at, zone), lambda wall: (wall.hour, wall.minute) == (hour, minute))
    if kind == "weekly":
        weekday = draw(st.integers(0, 6))
        text = f"{WEEKDAYS[weekday][:3]} {at}"
        return Case(
            ScheduleFields(kind, text, zone),
            lambda wall: (wall.weekday(), wall.hour, wall.minute) == (weekday, hour, minute),
        )
    day = draw(st.integers(1, 31))
    return Case(ScheduleFields(kind, f"{day} {at}", zone), monthly_matches(day, hour, minute))


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[Case, datetime]:
    zone, change = draw(st.sampled_from(CHANGES))
    return draw(cases(zone)), change + timedelta(seconds=draw(st.integers(-86_400, 2 * 86_400)))


@st.composite
def anywhere(draw: st.DrawFn) -> tuple[Case, datetime]:
    moment = draw(st.datetimes(datetime(1975, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- the zone is said beside it
    return draw(cases(draw(st.sampled_from(ZONES)))), moment


def check(case: Case, moment: datetime, later: timedelta) -> None:
    begin, end = moment.replace(second=0, microsecond=0), moment.replace(second=0, microsecond=0) + SEEN
    expected = [due for due in case.due(begin, end) if due > moment]
    walked, due = [], case.schedule.first_after(moment)
    while due is not None and due <= end:
        walked.append(due)
        due = case.schedule.first_after(due)
    assert walked == expected
    now = moment + later
    assert case.schedule.missed(moment, now) == len([due for due in expected if due <= now])
    following = [due for due in expected if due > now]
    if following:
        assert case.schedule.next_after(moment, now) == following[0]


LATER = st.integers(0, int(SEEN.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=80)
@given(given_case=near_changes(), later=LATER)
def test_near_a_change_of_the_clocks_it_is_as_walked(given_case: tuple[Case, datetime], later: timedelta) -> None:
    check(*given_case, later)


@settings(max_examples=25)
@given(given_case=anywhere(), later=LATER)
def test_anywhere_and_at_any_time_it_is_as_walked(given_case: tuple[Case, datetime], later: timedelta) -> None:
    check(*given_case, later)


@settings(max_examples=50)
@given(given_case=near_changes(), days=st.integers(3, 40))
def test_what_was_missed_in_many_days_is_counted_as_by_going_from_one_to_the_next(
    given_case: tuple[Case, datetime], days: int
) -> None:
    case, moment = given_case
    now = moment + timedelta(days=days)
    count, due = 0, case.schedule.first_after(moment)
    while due is not None and due <= now:
        count += 1
        due = case.schedule.first_after(due)
    assert case.schedule.missed(moment, now) == count
