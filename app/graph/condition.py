"""The base of conditions: an input, an operator and a value in; the handle `true` or `false` out."""

from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.graph.conditions import OPERATORS, Options
from app.graph.context import NodeContext
from app.graph.node import Action, ActionSettings
from app.graph.outcome import ERROR, Outcome, Success
from app.graph.rules import checked_operator, checked_value, decide
from app.graph.template import ValueTemplate

TRUE, FALSE = "true", "false"


class ConditionSettings(ActionSettings):
    """Subclasses name their type of condition, and say `operator` again with that type's operators."""

    kind: ClassVar[str]

    input: ValueTemplate = Field(description="What is looked at, usually a template such as {{ n1.status }}.")
    operator: str = Field(description="How input and value are compared.")
    value: ValueTemplate = Field(
        default=ValueTemplate(None), validate_default=True, description="What the input is compared with."
    )

    @property
    def options(self) -> Options:
        return Options()

    @field_validator("operator")
    @classmethod
    def _is_known(cls, operator: str) -> str:
        return checked_operator(cls.kind, operator)

    @field_validator("value")
    @classmethod
    def _fits(cls, value: ValueTemplate, info: ValidationInfo) -> ValueTemplate:
        operator = info.data.get("operator")
        return value if operator is None else checked_value(cls.kind, operator, value)


class Condition(Action):
    """A condition of one type. It outputs what it compared, so that the log shows why it went the way it did."""

    def __init__(self, node_id: str, settings: ConditionSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (TRUE, FALSE, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        settings = self.settings
        given = await ctx.render(settings.input)
        takes_value = OPERATORS[settings.kind][settings.operator].takes_value
        value = await ctx.render(settings.value) if takes_value else None
        result = await decide(settings.kind, settings.operator, given, value, settings.options)
        return Success({"result": result, "input": given, "value": value}, TRUE if result else FALSE)
