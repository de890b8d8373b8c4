"""The clock of all processes of a system, which an experiment sets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.clock import Clock
from app.queue.client import Doorbell
from app.queue.jobs import LOOK_AT_SCHEDULES
from tests.faults.ledger import Ledger
from tests.faults.system import System

HOUR_SECONDS = 3600


class Offset:
    """By how much the clock of every process is off. What it does is written into the ledger; it excuses nothing."""

    def __init__(self, file: Path, ledger: Ledger) -> None:
        self._file = file
        self._ledger = ledger
        self.seconds = 0.0
        self._write()

    @property
    def settings(self) -> dict[str, str]:
        """Return what lets the processes of a system follow this."""
        return {"VIRGA_TESTING": "true", "VIRGA_TEST_CLOCK_OFFSET": str(self._file)}

    def now(self) -> datetime:
        """Return what the processes take for the time."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)  # noqa: TID251 -- the processes' own clock, from outside

    def set(self, seconds: float, kind: str = "clock jumps by an hour") -> None:
        if seconds != self.seconds:
            self._ledger.note(kind, excuses=False)
        self.seconds = seconds
        self._write()

    def go_to(self, moment: datetime, kind: str) -> None:
        self.set((moment - self.now()).total_seconds() + self.seconds, kind)

    def _write(self) -> None:
        """Replace the file as a whole: whoever read an empty one would take it for no offset."""
        new = self._file.with_suffix(".new")
        new.write_text(str(self.seconds))
        new.replace(self._file)


async def stop_schedules(system: System) -> None:
    """Switch every workflow off, so that a system comes to rest."""
    for row in await system.rows("SELECT id FROM workflows WHERE is_active"):
        answer = await system.http.put(f"/workflows/{row.id}", json={"is_active": False})
        assert answer.is_success, answer.text


async def look_at_schedules(system: System) -> None:
    """Let workers look now, as whoever saves a schedule does."""
    await Doorbell(system.redis, Clock()).ring(["any"] * 2, LOOK_AT_SCHEDULES)
