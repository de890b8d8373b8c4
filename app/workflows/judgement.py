"""Whether a posted workflow could run: what saving refuses, and what validating says without saving."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue
from app.graph import wire
from app.graph.errors import Issue, Severity
from app.graph.limits import GraphLimits
from app.graph.model import Definition, NodeSpec
from app.graph.node import Trigger
from app.graph.validation import validate
from app.nodes import CATALOGUE
from app.workflows.errors import GraphInvalidError, ScheduleUnavailableError
from app.workflows.schemas import MANUAL, WorkflowDraft, WorkflowVerdict


@dataclass(frozen=True, slots=True)
class AcceptedTrigger:
    """What is kept beside a workflow of its trigger.

    `component_id` is the component's own name, never an alias; what an alias fixes is among the settings.
    """

    component_id: str
    settings: JsonObject
    listens_to: str | None


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges with the very same rules whether or not the workflow is saved afterwards."""

    limits: GraphLimits

    def accept(
        self,
        schedule_type: str,
        nodes: Sequence[JsonValue],
        edges: Sequence[JsonValue],
        further: Sequence[Issue] = (),
    ) -> AcceptedTrigger:
        """Return the trigger. `further` is what was found elsewhere.

        Raises `GraphInvalidError` or `ScheduleUnavailableError`.
        """
        definition, issues = self._judge(nodes, edges)
        errors = [issue for issue in (*issues, *further) if issue.severity is Severity.ERROR]
        schedule = _schedule_issues(schedule_type)
        if errors:
            raise GraphInvalidError([*schedule, *errors])
        if schedule:
            raise ScheduleUnavailableError(schedule)
        return _trigger_of(definition)

    def verdict(self, draft: WorkflowDraft, further: Sequence[Issue] = ()) -> WorkflowVerdict:
        """Say all that is wrong, and all that only looks so. `further` is what was found elsewhere."""
        _, found = self._judge(draft.nodes, draft.edges)
        issues = [*_schedule_issues(draft.schedule_type), *found, *further]
        errors = [_line(issue) for issue in issues if issue.severity is Severity.ERROR]
        warnings = [_line(issue) for issue in issues if issue.severity is Severity.WARNING]
        return WorkflowVerdict(valid=not errors, errors=errors, warnings=warnings)

    def _judge(self, nodes: Sequence[JsonValue], edges: Sequence[JsonValue]) -> tuple[Definition, list[Issue]]:
        definition, misread = wire.read(nodes, edges)
        return definition, [*misread, *validate(definition, CATALOGUE, self.limits)]


def _schedule_issues(schedule_type: str) -> list[Issue]:
    if schedule_type == MANUAL:
        return []
    message = f'Schedules are not available in this version: use "{MANUAL}" instead of "{schedule_type}".'
    return [Issue("schedule_type", message)]


def _trigger_of(definition: Definition) -> AcceptedTrigger:
    bound = ((spec, CATALOGUE.bind(spec)) for spec in definition.nodes if _is_trigger(spec))
    spec, trigger = next((spec, node) for spec, node in bound if isinstance(node, Trigger))
    return AcceptedTrigger(trigger.component_id, CATALOGUE.settings_of(spec), trigger.listens_to)


def _is_trigger(spec: NodeSpec) -> bool:
    kind = CATALOGUE.get(spec.component_id)
    return kind is not None and issubclass(kind, Trigger)


def _line(issue: Issue) -> str:
    return f"{issue.path}: {issue.message}"
