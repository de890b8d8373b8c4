"""What a run that a schedule started is told of it."""

from collections.abc import Mapping

from app.core.json import JsonValue

SCHEDULED = "scheduled"  # the trigger type of such runs, whichever trigger their workflow begins with


def tick_of(payload: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the due time that the run is for, and how many later ones passed before it could start."""
    return {"scheduled_for": payload.get("scheduled_for"), "missed": payload.get("missed", 0)}
