"""Asks what is in an array, how long it is, or whether a rule holds for any or all of its items."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.rules import ArrayLeaf


class ArrayConditionSettings(ArrayLeaf, ConditionSettings):
    pass


class ArrayCondition(Condition):
    component_id = "array_condition"
    settings_type = ArrayConditionSettings
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.orders }}",
        "operator": "any",
        "value": {"type": "number", "input": "{{ item.total }}", "operator": "greater_than", "value": 100},
    }
