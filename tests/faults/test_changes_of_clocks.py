"""Clocks on walls are put forward and back: what a schedule of their time starts, how often, and when."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.faults.clocks import Offset, look_at_schedules, stop_schedules
from tests.faults.ledger import Ledger
from tests.faults.system import System
from tests.worker.planned import ticking

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

HOUR, QUARTER, SECOND = timedelta(hours=1), timedelta(minutes=15), timedelta(seconds=1)
BETWEEN = timedelta(minutes=5)  # past a due time, and far from the next one of any schedule
AHEAD = 400 * 24  # hours, in which clocks change at least twice
FORWARD, BACK = HOUR, -HOUR


class Change(NamedTuple):
    """When a zone's clocks change next, and by how much."""

    zone: ZoneInfo
    at: datetime
    by: timedelta

    def due(self, wall: datetime) -> datetime:
        """Return the moment of a time on the wall: the first of two, and for one that is left out the change itself."""
        moment = wall.replace(tzinfo=self.zone).astimezone(UTC)
        shown = moment.astimezone(self.zone).replace(tzinfo=None)
        return moment if shown == wall else self.at

    @property
    def odd_time(self) -> time:
        """Return a time of day that the wall leaves out, or shows twice."""
        before = (self.at - SECOND).astimezone(self.zone).replace(tzinfo=None) + SECOND
        return (before + self.by / 2).time()

    def days(self, until: datetime) -> list[datetime]:
        """Return the moments of that time, from the day of the change on."""
        first = self.at.astimezone(self.zone).date()
        walls = (datetime.combine(first + timedelta(days=number), self.odd_time) for number in range(4))
        return [moment for moment in map(self.due, walls) if moment <= until]

    def quarters(self, since: datetime, until: datetime) -> list[datetime]:
        """Return the quarters of an hour after `since`, without those that the wall shows for the second time."""
        all_quarters = (since + number * QUARTER for number in range(1, (until - since) // QUARTER + 2))
        shown = (moment for moment in all_quarters if moment <= until)
        return [moment for moment in shown if moment.astimezone(self.zone).fold == 0]


def next_change(zone: str, by: timedelta) -> Change:
    """Return the next change in a direction, as the system's tables of zones have it."""
    place = ZoneInfo(zone)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # noqa: TID251 -- years ahead of any offset
    for moment in (now + number * HOUR for number in range(2 * 24, AHEAD)):
        before, after = (at.astimezone(place).utcoffset() for at in (moment - SECOND, moment))
        if before is not None and after is not None and after - before == by:
            return Change(place, moment, by)
    raise AssertionError(f"the clocks of {zone} do not change")


@pytest.fixture(params=["Europe/Berlin", "America/New_York"])
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[FORWARD, BACK], ids=["forward", "back"])
def change(request: pytest.FixtureRequest, zone: str) -> Change:
    return next_change(zone, request.param)


@pytest.fixture
def start(change: Change) -> datetime:
    """Return when an experiment begins: a quarter of an hour before anything odd is on the wall."""
    return change.at - QUARTER - (HOUR if change.by == BACK else timedelta(0))


@pytest.fixture
def offset(tmp_path: Path, start: datetime) -> Offset:
    offset = Offset(tmp_path / "offset", Ledger())
    offset.go_to(start + SECOND, "")
    return offset


@pytest.fixture
def settings(offset: Offset) -> Mapping[str, str]:
    return offset.settings


async def planned(system: System, change: Change) -> Mapping[str, str]:
    """Return workflows by how they are planned; `daily` is at a time that the wall leaves out or shows twice."""
    plans = {"cron": "*/15 * * * *", "interval": "15 minutes", "daily": f"{change.odd_time:%H:%M}"}
    return {
        kind: await system.create(
            ticking("manual_trigger"), schedule_type=kind, schedule_value=value, timezone=change.zone.key
        )
        for kind, value in plans.items()
    }


async def started(system: System, workflow: str) -> list[tuple[datetime, int]]:
    rows = await system.rows("SELECT trigger_payload FROM runs WHERE workflow_id = :id ORDER BY id", id=workflow)
    payloads = [row.trigger_payload for row in rows]
    return [(datetime.fromisoformat(one["scheduled_for"]), one["missed"]) for one in payloads]


async def starts_what_is_due(system: System, offset: Offset) -> None:
    now = offset.now()
    await look_at_schedules(system)
    await system.holds("SELECT bool_and(next_run_at > :now) FROM workflows", now=now)


async def test_each_time_on_the_wall_starts_one_run(
    system: System, offset: Offset, ledger: Ledger, change: Change, start: datetime
) -> None:
    """Two workers live through the change: what it leaves out starts with it, what it shows twice starts once."""
    workflows = await planned(system, change)
    for _ in range(2):
        await system.worker()
    end = change.at + HOUR + QUARTER
    for number in range(1, (end - start) // QUARTER + 1):
        offset.go_to(start + number * QUARTER + BETWEEN, "")
        await starts_what_is_due(system, offset)
    ledger.note("clocks are put forward" if change.by == FORWARD else "clocks are put back", excuses=False)
    runs = {kind: await started(system, workflow) for kind, workflow in workflows.items()}
    await stop_schedules(system)
    await system.verify()
    odd = change.at if change.by == FORWARD else change.at - HOUR / 2
    assert runs["daily"] == [(odd, 0)]
    assert runs["cron"] == [(moment, 0) for moment in change.quarters(start, end)]
    times = [moment for moment, _ in runs["interval"]]
    assert {after - before for before, after in pairwise(times)} == {QUARTER}
    assert {missed for _, missed in runs["interval"]} == {0}


async def test_what_was_due_while_nobody_looked_starts_one_run(
    system: System, offset: Offset, change: Change, start: datetime
) -> None:
    """No worker lives for two days, the change among them: the one run says how many due times it is late."""
    workflows = await planned(system, change)
    end = start + timedelta(days=2)
    offset.go_to(end + BETWEEN, "")
    system.ledger.note("no worker for many due times", excuses=False)
    for _ in range(2):
        await system.worker()
    await starts_what_is_due(system, offset)
    rows = await system.rows("SELECT schedule_type, next_run_at FROM workflows")
    planned_at = {row.schedule_type: row.next_run_at for row in rows}
    await stop_schedules(system)
    await system.verify()
    due = {"cron": change.quarters(start, end), "daily": change.days(end)}
    for kind, moments in due.items():
        assert await started(system, workflows[kind]) == [(moments[0], len(moments) - 1)]
    [(first, missed)] = await started(system, workflows["interval"])
    assert first + (missed + 1) * QUARTER == planned_at["interval"]
