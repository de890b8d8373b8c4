"""Whether a posted workflow could run: what saving refuses, and what validating says without saving."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.json import JsonValue
from app.graph import wire
from app.graph.errors import Issue, Severity
from app.graph.limits import GraphLimits
from app.graph.model import Definition
from app.graph.node import Trigger
from app.graph.validation import validate
from app.nodes import CATALOGUE
from app.workflows.errors import GraphInvalidError, ScheduleUnavailableError
from app.workflows.schemas import MANUAL, WorkflowDraft, WorkflowVerdict


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges with the very same rules whether or not the workflow is saved afterwards."""

    limits: GraphLimits

    def accept(self, schedule_type: str, nodes: Sequence[JsonValue], edges: Sequence[JsonValue]) -> str:
        """Return the trigger's component. Raises `GraphInvalidError` or `ScheduleUnavailableError`."""
        definition, issues = self._judge(nodes, edges)
        errors = [issue for issue in issues if issue.severity is Severity.ERROR]
        schedule = _schedule_issues(schedule_type)
        if errors:
            raise GraphInvalidError([*schedule, *errors])
        if schedule:
            raise ScheduleUnavailableError(schedule)
        return _trigger_component(definition)

    def verdict(self, draft: WorkflowDraft) -> WorkflowVerdict:
        """Say all that is wrong, and all that only looks so."""
        _, found = self._judge(draft.nodes, draft.edges)
        issues = [*_schedule_issues(draft.schedule_type), *found]
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


def _trigger_component(definition: Definition) -> str:
    """Return the component's own name, also where the node uses an alias of it."""
    kinds = (CATALOGUE.get(spec.component_id) for spec in definition.nodes)
    return next(kind.component_id for kind in kinds if kind is not None and issubclass(kind, Trigger))


def _line(issue: Issue) -> str:
    return f"{issue.path}: {issue.message}"
