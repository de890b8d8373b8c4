"""Whether a posted workflow could run: what saving refuses, and what validating says without saving."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue
from app.graph import wire
from app.graph.errors import Issue, Severity
from app.graph.limits import GraphLimits
from app.graph.model import Definition
from app.graph.node import Trigger
from app.graph.schedule import ScheduleFields
from app.graph.validation import validate
from app.nodes import CATALOGUE
from app.workflows.errors import GraphInvalidError, ScheduleInvalidError
from app.workflows.scheduling import schedule_issues, schedule_warnings, triggers_of, united
from app.workflows.schemas import WorkflowDraft, WorkflowVerdict


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

    def refuse_too_much(self, nodes: Sequence[JsonValue], edges: Sequence[JsonValue]) -> None:
        """Raise `GraphInvalidError` for a graph that is too large to be looked at."""
        too_much = self.limits.issues(len(nodes), len(edges))
        if too_much:
            raise GraphInvalidError(too_much)

    def accept(
        self,
        schedule: ScheduleFields,
        nodes: Sequence[JsonValue],
        edges: Sequence[JsonValue],
        further: Sequence[Issue] = (),
    ) -> AcceptedTrigger:
        """Return the trigger. `schedule` is what fields and nodes agree on, `further` what was found elsewhere.

        It may take seconds, as `verdict` may: neither is for the event loop.

        Raises `GraphInvalidError` or `ScheduleInvalidError`.
        """
        definition, issues = self._judge(nodes, edges)
        errors = [issue for issue in (*issues, *further) if issue.severity is Severity.ERROR]
        unfit = schedule_issues(definition, schedule)
        if errors or any(issue.node_id for issue in unfit):
            raise GraphInvalidError([*unfit, *errors])
        if unfit:
            raise ScheduleInvalidError(unfit)
        return _trigger_of(definition)

    def verdict(self, draft: WorkflowDraft, further: Sequence[Issue] = ()) -> WorkflowVerdict:
        """Say all that is wrong, and all that only looks so. `further` is what was found elsewhere."""
        definition, found = self._judge(draft.nodes, draft.edges)
        schedule = united(draft.nodes, draft.schedule)
        issues = [
            *schedule_issues(definition, schedule),
            *found,
            *further,
            *schedule_warnings(definition, schedule, draft.own_statement),
        ]
        return verdict_of(issues)

    def _judge(self, nodes: Sequence[JsonValue], edges: Sequence[JsonValue]) -> tuple[Definition, list[Issue]]:
        definition, misread = wire.read(nodes, edges)
        return definition, [*misread, *validate(definition, CATALOGUE, self.limits)]


def verdict_of(issues: Sequence[Issue]) -> WorkflowVerdict:
    errors = [_line(issue) for issue in issues if issue.severity is Severity.ERROR]
    warnings = [_line(issue) for issue in issues if issue.severity is Severity.WARNING]
    return WorkflowVerdict(valid=not errors, errors=errors, warnings=warnings)


def _trigger_of(definition: Definition) -> AcceptedTrigger:
    spec = next(triggers_of(definition))
    trigger = CATALOGUE.bind(spec)
    if not isinstance(trigger, Trigger):
        raise TypeError(f"{spec.id} was accepted and cannot be bound.")
    return AcceptedTrigger(trigger.component_id, CATALOGUE.settings_of(spec), trigger.listens_to)


def _line(issue: Issue) -> str:
    return f"{issue.path}: {issue.message}"
