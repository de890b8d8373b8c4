"""Compares numbers, also when they come as text."""

from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.conditions import OPERATORS


class NumberConditionSettings(ConditionSettings):
    kind: ClassVar[str] = "number"

    operator: str = Field(
        description="How the numbers are compared; between takes two, both included.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )


class NumberCondition(Condition):
    component_id = "number_condition"
    settings_type = NumberConditionSettings
    example: ClassVar[JsonObject] = {"input": "{{ trigger.context.total }}", "operator": "between", "value": [100, 500]}
