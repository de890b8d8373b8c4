"""Compares dates, with each other or with now."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import Condition, ConditionSettings
from app.graph.leaves import DateLeaf


class DateConditionSettings(DateLeaf, ConditionSettings):
    pass


class DateCondition(Condition):
    component_id = "date_condition"
    settings_type = DateConditionSettings
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.due }}",
        "operator": "within",
        "amount": 3,
        "unit": "days",
        "timezone": "Europe/Berlin",
    }
