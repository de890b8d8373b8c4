"""The one source of time. Wall time follows Postgres' clock, so that many machines agree."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

TEST_OFFSET_VARIABLE = "VIRGA_TEST_CLOCK_OFFSET"


class Clock:
    """Wall time (`now`), durations (`monotonic`), and time that counts while the machine sleeps (`boottime`)."""

    def __init__(self, test_offset_file: Path | None = None) -> None:
        self._offset = timedelta(0)
        self._test_offset_file = test_offset_file

    @classmethod
    def from_environment(cls, *, testing: bool) -> "Clock":
        """Honour `VIRGA_TEST_CLOCK_OFFSET` (a file with seconds) in tests; refuse it elsewhere with `RuntimeError`."""
        named = os.environ.get(TEST_OFFSET_VARIABLE)
        if named and not testing:
            raise RuntimeError(f"{TEST_OFFSET_VARIABLE} is for tests only; unset it, or set VIRGA_TESTING=true.")
        return cls(Path(named) if named else None)

    def follow(self, database_now: datetime) -> None:
        """Keep the distance to the database's clock, of which `database_now` is a reading just made."""
        self._offset = database_now - datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 -- this is the clock

    def now(self) -> datetime:
        """Return the time in UTC, with microseconds."""
        moment = datetime.fromtimestamp(time.time(), UTC) + self._offset  # noqa: TID251 -- this is the clock
        return moment + self._test_offset() if self._test_offset_file else moment

    def monotonic(self) -> float:
        """Return seconds that never jump, from an arbitrary start."""
        return time.monotonic()

    def boottime(self) -> float:
        """Return seconds since boot, suspended time included: a stopped process notices how long it was away."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def _test_offset(self) -> timedelta:
        file = self._test_offset_file
        text = file.read_text().strip() if file and file.exists() else ""
        return timedelta(seconds=float(text or 0))


def format_time(moment: datetime) -> str:
    """Write a moment as the contract does: UTC, RFC 3339, six decimals and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
