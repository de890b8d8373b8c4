"""The least that a row of any table needs, made from what the tables say of themselves."""

from datetime import UTC, date, datetime

from sqlalchemy import Column, Table

from app.core.clock import Clock
from app.core.ids import RUN, IdSource

_IDS = IdSource(Clock())
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_BY_TYPE: dict[type, object] = {
    bool: False,
    int: 1,
    str: "text",
    bytes: b"bytes",
    datetime: _MOMENT,
    date: _MOMENT.date(),
    object: {},  # JSON
}


def new_run_id() -> str:
    """Return an id that lies in a partition of the present month."""
    return _IDS.new(RUN)


def least_row(table: Table, **values: object) -> dict[str, object]:
    """Return a row with `values`, and something of the right type in each other column that has to have a value."""
    needed = (column for column in table.columns if not column.nullable and column.server_default is None)
    return {column.name: values.get(column.name, _anything(column)) for column in needed}


def _anything(column: Column[object]) -> object:
    if column.primary_key and column.type.python_type is str:  # unique, and of a run in one of its partitions
        return new_run_id()
    return _BY_TYPE[column.type.python_type]
