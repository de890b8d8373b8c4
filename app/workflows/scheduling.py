"""A workflow's schedule: one thing in two places, its own fields and its `scheduled_trigger`, and whether it can be."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from app.core.json import JsonValue
from app.graph.errors import Issue, Severity
from app.graph.model import Definition, NodeSpec
from app.graph.node import Node, Trigger
from app.graph.schedule import (
    MANUAL,
    SCHEDULED_TRIGGER,
    ScheduleFields,
    agreed,
    parse,
    rewritten,
    scheduled_node,
)
from app.models import Workflow
from app.nodes import CATALOGUE
from app.nodes.manual_trigger import ManualTrigger
from app.workflows.errors import ScheduleInvalidError

FIELDS = frozenset({"schedule_type", "schedule_value", "timezone"})
PLANNED_BY = FIELDS | {"is_active"}  # what decides about `next_run_at`, and nothing else does
_STARTED_BY_SCHEDULES = frozenset({ManualTrigger.component_id, SCHEDULED_TRIGGER})


def fields_of(workflow: Workflow) -> ScheduleFields:
    return ScheduleFields(workflow.schedule_type, workflow.schedule_value, workflow.timezone)


def united(nodes: Sequence[JsonValue], own: ScheduleFields) -> ScheduleFields:
    """Return the schedule of a workflow that is sent as a whole: what its node states wins."""
    node = scheduled_node(nodes)
    return own if node is None else agreed(node, own)


def united_changes(
    sent: Mapping[str, JsonValue], nodes: Sequence[JsonValue], own: ScheduleFields
) -> dict[str, JsonValue]:
    """Return what was sent, and what else has to change for fields and node to agree.

    Nodes that are sent win over fields, as in a whole workflow. Fields that are sent without nodes are written into
    what the saved node states.
    """
    if not sent.keys() & (FIELDS | {"nodes"}):
        return dict(sent)
    asked = own.changed_by(sent)
    posted = sent.get("nodes")
    if isinstance(posted, list):
        return {**sent, **united(posted, asked).as_columns()}
    node = scheduled_node(nodes)
    return dict(sent) if node is None else {**sent, "nodes": rewritten(nodes, node, asked)}


def is_stopped(workflow: Workflow) -> bool:
    """Return whether it has a schedule and is on, and yet nothing is planned."""
    return workflow.is_active and workflow.schedule_type != MANUAL and workflow.next_run_at is None


def plan(workflow: Workflow, now: datetime) -> None:
    """Set `next_run_at` as for a schedule that begins now. Raises `ScheduleInvalidError`."""
    try:
        schedule = parse(fields_of(workflow)) if workflow.is_active else None
    except ValueError as error:
        raise ScheduleInvalidError([Issue("schedule_value", str(error))]) from None
    workflow.next_run_at = None if schedule is None else schedule.first_after(now)


def triggers_of(definition: Definition) -> Iterator[NodeSpec]:
    for spec in definition.nodes:
        kind = CATALOGUE.get(spec.component_id)
        if kind is not None and issubclass(kind, Trigger):
            yield spec


def schedule_issues(definition: Definition, schedule: ScheduleFields) -> list[Issue]:
    """Return why the workflow cannot have this schedule. What binding its trigger reports is not said again."""
    trigger = next(triggers_of(definition), None)
    if schedule.schedule_type == MANUAL or (trigger is not None and not isinstance(CATALOGUE.bind(trigger), Node)):
        return []
    if trigger is not None and trigger.component_id not in _STARTED_BY_SCHEDULES:
        message = (
            f"A schedule starts workflows that begin with a manual_trigger or a {SCHEDULED_TRIGGER}; this one begins"
            f' with a {trigger.component_id}. Replace the trigger, or set "schedule_type" to "{MANUAL}".'
        )
        return [Issue("schedule_type", message)]
    try:
        parse(schedule)
    except ValueError as error:
        return [_at_its_place(trigger, str(error))]
    return []


def _at_its_place(trigger: NodeSpec | None, message: str) -> Issue:
    """Say it of the node where that states type or value, else of the workflow's own field."""
    if trigger is not None and _states(trigger, ("schedule_type", "schedule_value")):
        return Issue(f"{trigger.path}.data.schedule_value", message, trigger.id)
    return Issue("schedule_value", message)


def schedule_warnings(
    definition: Definition, schedule: ScheduleFields, stated: Mapping[str, JsonValue]
) -> Iterator[Issue]:
    """Give what is allowed and yet no schedule that anybody would want. `stated` are the workflow's fields as sent."""
    trigger = next((spec for spec in triggers_of(definition) if spec.component_id == SCHEDULED_TRIGGER), None)
    if trigger is None:
        return
    if schedule.schedule_type == MANUAL:
        message = f'{trigger.id} never starts anything: set its "schedule_type" to when it should.'
        yield Issue(f"{trigger.path}.data.schedule_type", message, trigger.id, Severity.WARNING)
    for name, used in schedule.as_columns().items():
        if _states(trigger, (name,)) and name in stated and stated[name] not in (used, None):
            message = f'{trigger.id} states another "{name}" than the workflow; what the node states is used.'
            yield Issue(name, message, trigger.id, Severity.WARNING)


def _states(trigger: NodeSpec, names: Collection[str]) -> bool:
    return any(trigger.data.get(name) is not None for name in names)
