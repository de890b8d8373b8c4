"""A setting that holds a rule, read as settings of components are."""

from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.json import JsonValue
from app.graph.errors import Issue
from app.graph.model import NodeSpec
from app.graph.rules import Rule
from app.graph.settings_faults import issues_of
from tests.factories.budgets import standing_budget

NOW = "2026-03-04T05:06:07Z"


class RuleSettings(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    rule: Rule


def bind(rule: JsonValue) -> RuleSettings | list[Issue]:
    data = {"rule": rule}
    try:
        return RuleSettings.model_validate(data)
    except ValidationError as error:
        return issues_of(NodeSpec("n1", "x", 0, 0, data, 0), error)


def bound(rule: JsonValue) -> Rule:
    settings = bind(rule)
    assert isinstance(settings, RuleSettings), settings
    return settings.rule


def is_so(rule: JsonValue, **roots: JsonValue) -> bool:
    return bound(rule).render({"now": NOW, **roots}, standing_budget())


def leaf(
    kind: str, given: JsonValue, operator: str, value: JsonValue = None, **more: JsonValue
) -> dict[str, JsonValue]:
    written: dict[str, JsonValue] = {"type": kind, "input": given, "operator": operator}
    return written | ({} if value is None else {"value": value}) | more


def group(logic: str, *rules: JsonValue) -> dict[str, JsonValue]:
    return {"logic": logic, "rules": list(rules)}
