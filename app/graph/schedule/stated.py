"""One schedule in two places: what a `scheduled_trigger` states of it, and the workflow's own fields, always agree.

A field that the node does not have is the workflow's alone; none is added to a node.
"""

from collections.abc import Sequence
from typing import cast

from app.core.json import JsonObject, JsonValue
from app.graph import wire
from app.graph.model import NodeSpec
from app.graph.schedule.fields import MANUAL, NEED_A_VALUE, ScheduleFields

SCHEDULED_TRIGGER = "scheduled_trigger"


def scheduled_node(nodes: Sequence[JsonValue]) -> NodeSpec | None:
    """Return the node that may state a schedule, the first where there are several."""
    definition, _ = wire.read(nodes, ())
    return next((spec for spec in definition.nodes if spec.component_id == SCHEDULED_TRIGGER), None)


def agreed(node: NodeSpec, own: ScheduleFields) -> ScheduleFields:
    """Return the schedule of a node beside the workflow's own fields: what the node states wins.

    A value belongs to its type: where the node states another type than the workflow's, the workflow's value is for a
    schedule that is no more. Only where the workflow had none, and the node's needs a value, it is taken.
    """
    kind = _stated(node, "schedule_type")
    is_waiting = own.schedule_type == MANUAL and kind in NEED_A_VALUE
    is_foreign = kind is not None and kind != own.schedule_type and not is_waiting
    value = _stated(node, "schedule_value")
    return ScheduleFields(
        own.schedule_type if kind is None else kind,
        (None if is_foreign else own.schedule_value) if value is None else value,
        _stated(node, "timezone") or own.timezone,
    )


def rewritten(nodes: Sequence[JsonValue], node: NodeSpec, fields: ScheduleFields) -> list[JsonValue]:
    """Return the nodes with the new schedule in what `node` states of it; all else stays as it was posted."""
    changed = {name: value for name, value in fields.as_columns().items() if _stated(node, name) is not None}
    posted = list(nodes)
    posted[node.index] = {**cast("JsonObject", posted[node.index]), "data": {**node.data, **changed}}
    return posted


def _stated(node: NodeSpec, name: str) -> str | None:
    """Return what the node says of a field; what is no text is a fault that binding the node reports."""
    said = node.data.get(name)
    return said if isinstance(said, str) else None
