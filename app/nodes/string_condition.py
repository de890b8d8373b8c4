"""Compares texts."""

from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.conditions import OPERATORS, Options


class StringConditionSettings(ConditionSettings):
    kind: ClassVar[str] = "string"

    operator: str = Field(
        description="How the texts are compared; regex takes a bare pattern or /pattern/flags.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )
    case_sensitive: bool = Field(default=True, description="Whether upper and lower case differ.")

    @property
    def options(self) -> Options:
        return Options(case_sensitive=self.case_sensitive)


class StringCondition(Condition):
    component_id = "string_condition"
    settings_type = StringConditionSettings
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.email }}",
        "operator": "ends_with",
        "value": "@example.com",
        "case_sensitive": False,
    }
