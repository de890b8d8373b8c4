"""How a run that a caller waits for has ended."""

from dataclasses import dataclass

from app.core.json import JsonObject, loads_object
from app.core.statements import Driver
from app.unit_of_work import OrganizationQuery


@dataclass(frozen=True, slots=True)
class Ended:
    """A terminal run. `answer` is what its responding step says; None where none responded."""

    status: str
    error_message: str | None
    answer: JsonObject | None


_FIND_END = OrganizationQuery("""
    SELECT status, error_message, answer::text FROM runs
    WHERE id = :id AND org_id = org.id AND status IN ('completed', 'failed')
""")


async def find_end(driver: Driver, org_id: str, run_id: str) -> Ended | None:
    """Return how the run ended, None while it has not."""
    rows = await _FIND_END.rows(driver, org_id, {"id": run_id})
    return next((Ended(row.status, row.error_message, _object(row.answer)) for row in rows), None)


def _object(text: str | None) -> JsonObject | None:
    return None if text is None else loads_object(text)
