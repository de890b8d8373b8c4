"""The base of conditions: an input, an operator and a value in; the handle `true` or `false` out."""

from collections.abc import Mapping
from typing import ClassVar

from app.graph.context import NodeContext
from app.graph.leaf import Compared, Comparing
from app.graph.node import Action, ActionSettings
from app.graph.outcome import ERROR, Outcome, Success

TRUE, FALSE = "true", "false"


class ConditionSettings(ActionSettings, Comparing):
    """Subclasses are of one type of leaf."""


class Condition(Action):
    """A condition of one type. It outputs what it compared, so that the log shows why it went the way it did."""

    outputs: ClassVar[Mapping[str, str]] = {
        "result": "Whether the condition holds.",
        "input": "What was looked at.",
        "value": "What it was compared with; null where the operator takes none.",
    }

    def __init__(self, node_id: str, settings: ConditionSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (TRUE, FALSE, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        result, given, value = await ctx.render(Compared(self.settings))
        return Success({"result": result, "input": given, "value": value}, TRUE if result else FALSE)
