"""Compares texts."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.leaves import StringLeaf


class StringConditionSettings(StringLeaf, ConditionSettings):
    pass


class StringCondition(Condition):
    component_id = "string_condition"
    settings_type = StringConditionSettings
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.email }}",
        "operator": "ends_with",
        "value": "@example.com",
        "case_sensitive": False,
    }
