"""Asks whether something is true."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.leaves import BooleanLeaf


class BooleanConditionSettings(BooleanLeaf, ConditionSettings):
    pass


class BooleanCondition(Condition):
    component_id = "boolean_condition"
    settings_type = BooleanConditionSettings
    example: ClassVar[JsonObject] = {"input": "{{ trigger.context.is_new }}", "operator": "is_true"}
