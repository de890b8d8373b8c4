"""What a resumed run takes over from an old one: read without the outputs, copied without them leaving the database."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select, text

from app.core.ids import LOG, IdSource
from app.graph import paths
from app.models import RunLog
from app.unit_of_work import UnitOfWork

_COPY = text("""
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, inherited, started_at, duration_ms, created_at)
    SELECT :new_run, old.path, old.node_id, old.attempt, kept.id, old.org_id, old.workflow_id, kept.place + 1,
           old.component_id, old.status, old.output, old.handle, 0, true, old.started_at, old.duration_ms,
           old.created_at
    FROM unnest(CAST(:paths AS text[]), CAST(:nodes AS text[]), CAST(:attempts AS smallint[]), CAST(:ids AS text[]))
        WITH ORDINALITY AS kept(path, node_id, attempt, id, place)
    JOIN run_logs old ON old.run_id = :old_run AND old.org_id = :org_id
        AND old.path = kept.path AND old.node_id = kept.node_id AND old.attempt = kept.attempt
""")


class CountedRow(NamedTuple):
    """A step that counted in a run, without its output."""

    path: str
    node_id: str
    attempt: int
    component_id: str
    status: str
    handle: str | None


_COUNTED = tuple(getattr(RunLog, name) for name in CountedRow._fields)


class Inheritances:
    def __init__(self, work: UnitOfWork, ids: IdSource) -> None:
        self._session = work.session
        self._org_id = work.org_id
        self._ids = ids

    async def counted(self, run_id: str) -> list[CountedRow]:
        """Return the steps of a run that counted, in the order in which they were recorded."""
        mine = (RunLog.run_id == run_id, RunLog.org_id == self._org_id, RunLog.status != "warning")
        rows = await self._session.execute(select(*_COUNTED).where(*mine).order_by(RunLog.seq))
        return [CountedRow(*row) for row in rows]

    async def copy(self, old_run: str, new_run: str, rows: Sequence[CountedRow]) -> bool:
        """Put the rows into the new run's journal, behind the place of its trigger.

        Returns False where the old run's rows are gone by now.
        """
        parameters = {
            "old_run": old_run,
            "new_run": new_run,
            "org_id": self._org_id,
            "paths": [row.path for row in rows],
            "nodes": [row.node_id for row in rows],
            "attempts": [row.attempt for row in rows],
            "ids": [self._ids.new(LOG) for _ in rows],
        }
        connection = await self._session.connection()
        return (await connection.execute(_COPY, parameters)).rowcount == len(rows)


def rows_of(nodes: Collection[str], counted: Sequence[CountedRow]) -> list[CountedRow]:
    """Return the rows of these nodes, and of the items of those that are iterators."""
    iterators = {paths.encode_part(node_id) for node_id in nodes}
    return [row for row in counted if (row.path.split(".")[0] in iterators if row.path else row.node_id in nodes)]
