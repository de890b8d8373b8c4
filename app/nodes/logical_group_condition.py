"""Joins several comparisons, and groups of them, by `and` or `or`."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonObject
from app.graph.condition import FALSE, TRUE
from app.graph.context import NodeContext
from app.graph.explained import Explained
from app.graph.node import Action, ActionSettings
from app.graph.outcome import ERROR, Outcome, Success
from app.graph.rules import Group


class LogicalGroupConditionSettings(Group, ActionSettings):
    pass


class LogicalGroupCondition(Action):
    component_id = "logical_group_condition"
    settings_type = LogicalGroupConditionSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "result": "Whether the group holds.",
        "input": "Always null: the group compares nothing itself.",
        "value": "Always null.",
        "logic": "Whether all of the rules had to hold, or one.",
        "rules": "Each rule looked at: `type`, `operator`, `result`, `input` and `value`, or a group again.",
    }
    example: ClassVar[JsonObject] = {
        "logic": "and",
        "rules": [
            {"type": "string", "input": "{{ trigger.context.status }}", "operator": "equals", "value": "paid"},
            {
                "logic": "or",
                "rules": [
                    {"type": "number", "input": "{{ trigger.context.total }}", "operator": "less_than", "value": 100},
                    {"type": "boolean", "input": "{{ trigger.context.is_checked }}", "operator": "is_true"},
                ],
            },
        ],
    }

    def __init__(self, node_id: str, settings: LogicalGroupConditionSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (TRUE, FALSE, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        """Output the result in the shape of all conditions, and beside it what each rule came to.

        A group compares nothing itself, so that its own `input` and `value` are null.
        """
        explained = await ctx.render(Explained(self.settings))
        shape = {"result": explained["result"], "input": None, "value": None}
        return Success({**shape, **explained}, TRUE if explained["result"] else FALSE)
