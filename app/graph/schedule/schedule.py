"""What every schedule can say. All moments are in UTC."""

from abc import ABC, abstractmethod
from datetime import datetime


class Schedule(ABC):
    """When something is due, again and again."""

    @abstractmethod
    def first_after(self, moment: datetime) -> datetime | None:
        """Return the first due time of a schedule that begins at `moment`, past it; None where there is none."""

    @abstractmethod
    def next_after(self, previous_due: datetime, now: datetime) -> datetime | None:
        """Return the first due time past both, counted from the previous one; None where there is no other."""

    @abstractmethod
    def missed(self, previous_due: datetime, now: datetime) -> int:
        """Return how many due times lie between the previous one and now, now included."""
