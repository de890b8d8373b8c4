"""Resolving a form's wait with its answer: whoever has the run's row locked is the only one."""

from datetime import datetime

from app.core.json import JsonObject, dumps
from app.core.statements import Driver, Statement
from app.graph.outcome import WaitKind
from app.runs.form_tokens import FormPlace
from app.runs.repository.ends import MAKE_READY, Echo
from app.runs.repository.locks import lock_with_family

# Also under the lock it has to be asked again: the owner of a leased run closes a form whose time has come without it.
_RESOLVE = Statement(f"""
    UPDATE run_waits SET resolved_at = :now, resolution = CAST(:resolution AS json)
    WHERE run_id = :run_id AND path = :path AND node_id = :node_id AND attempt = :attempt
      AND kind = '{WaitKind.FORM}' AND resolved_at IS NULL AND (due_at IS NULL OR due_at > :now)
    RETURNING run_id
""")  # noqa: S608 -- made of constants


async def answer_form(driver: Driver, place: FormPlace, answer: JsonObject, now: datetime) -> Echo | None:
    """Keep the answer, and let the run go on. Returns what is to be said after the commit; None: the form is closed."""
    run = (await lock_with_family(driver, [], [place.run_id])).get(place.run_id)
    if run is None or not run.is_live or run.cancel_requested_at is not None:
        return None
    parameters = {**place._asdict(), "now": now, "resolution": dumps(answer)}
    if not await _RESOLVE.column(driver, parameters):
        return None
    if run.lease_owner is not None:
        return Echo(notices=[(run.lease_owner, run.id)])
    return Echo(rings=await MAKE_READY.column(driver, {"ids": [run.id], "now": now}))
