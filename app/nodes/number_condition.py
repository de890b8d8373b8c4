"""Compares numbers, also when they come as text."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.leaves import NumberLeaf


class NumberConditionSettings(NumberLeaf, ConditionSettings):
    pass


class NumberCondition(Condition):
    component_id = "number_condition"
    settings_type = NumberConditionSettings
    example: ClassVar[JsonObject] = {"input": "{{ trigger.context.total }}", "operator": "between", "value": [100, 500]}
