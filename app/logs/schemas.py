"""What clients ask of and get about the logs of all runs of a workflow."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII)


def _read_moment(written: object) -> datetime:
    """Read what a query parameter says. Raises `ValueError` with a sentence."""
    try:
        if not isinstance(written, str) or _RFC_3339.fullmatch(written) is None:
            raise ValueError  # noqa: TRY301 -- all that is wrong gets one sentence
        return datetime.fromisoformat(written.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        example = "2026-01-15T09:30:00Z or 2026-01-15T10:30:00%2B01:00"
        raise ValueError(f"must be a date and time with its zone by RFC 3339, such as {example} in a URL") from None


Moment = Annotated[datetime, BeforeValidator(_read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class LogStatuses(BaseModel):
    """How many logs there are of each status."""

    success: int
    error: int
    warning: int


class RecentRuns(BaseModel):
    """How the runs of late ended."""

    completed: int
    failed: int


class LogStatistics(BaseModel):
    """How a workflow fares. Runs count when they end, with all that they have logged, also when removed since."""

    log_statuses: LogStatuses = Field(description="Logs of the runs that ended in the last 30 days.")
    recent_runs: RecentRuns = Field(description="Runs that ended in the last 30 days.")
    total_runs: int = Field(description="Runs accepted since the workflow was created.")
    success_rate: float = Field(
        description="Of the runs that ended in the last 30 days, the percentage that completed; 0 when none ended."
    )
