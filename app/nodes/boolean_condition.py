"""Asks whether something is true."""

from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.conditions import OPERATORS


class BooleanConditionSettings(ConditionSettings):
    kind: ClassVar[str] = "boolean"

    operator: str = Field(description="What is asked of the input.", json_schema_extra={"enum": [*OPERATORS[kind]]})


class BooleanCondition(Condition):
    component_id = "boolean_condition"
    settings_type = BooleanConditionSettings
    example: ClassVar[JsonObject] = {"input": "{{ trigger.context.is_new }}", "operator": "is_true"}
