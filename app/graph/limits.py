"""What a definition may be at most. The settings of the same names replace these values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphLimits:
    nodes: int = 500  # a larger drawing is unreadable, and validation stays under 50 ms
