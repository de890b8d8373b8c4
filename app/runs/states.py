"""The states of a run. Every transition has one place; there are no others.

    pending ──▶ running ──▶ completed | failed
                  ▲ │
                  │ ▼
       awaiting_ui_interaction ──▶ failed

pending: `repository.starts`; running: `claim` of the worker; awaiting: its `parking`; the ends: `repository.ends`.
"""

from enum import StrEnum


class RunStatus(StrEnum):
    PENDING = "pending"  # accepted, nobody has taken it yet
    RUNNING = "running"  # leased by a worker, or parked until a timer or a child
    COMPLETED = "completed"
    FAILED = "failed"
    AWAITING_UI_INTERACTION = "awaiting_ui_interaction"  # parked until a person answers

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.FAILED})
CANCELLED = "Cancelled"
