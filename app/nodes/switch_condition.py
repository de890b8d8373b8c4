"""Goes the way of the first case that matches."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.checks import checked_operator, checked_value, decide
from app.graph.conditions import OPERATORS
from app.graph.context import NodeContext
from app.graph.node import Action, ActionSettings
from app.graph.operator import Options
from app.graph.outcome import DEFAULT, ERROR, Outcome, Success
from app.graph.template import ValueTemplate

_KINDS = ("string", "number", "boolean")


class SwitchCase(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    id: str = Field(min_length=1, max_length=255, description="The handle that is taken when this case matches.")
    type: Literal["string", "number", "boolean"] | None = Field(
        default=None, description="What the operator is of; left out: the first of these that has it."
    )
    operator: str = Field(default="equals", description="How the input and this case's value are compared.")
    value: ValueTemplate = Field(
        default=ValueTemplate(None), validate_default=True, description="What the input is compared with."
    )
    case_sensitive: bool = Field(default=True, description="Whether upper and lower case differ, between texts.")

    @property
    def kind(self) -> str:
        return _kind(self.type, self.operator)

    @field_validator("id")
    @classmethod
    def _is_free(cls, case_id: str) -> str:
        if case_id in {DEFAULT, ERROR}:
            raise ValueError(f'No case can have the id "{case_id}": every switch has a handle of that name already.')
        return case_id

    @field_validator("operator")
    @classmethod
    def _is_known(cls, operator: str, info: ValidationInfo) -> str:
        return checked_operator(_kind(info.data.get("type"), operator), operator)

    @field_validator("value")
    @classmethod
    def _fits(cls, value: ValueTemplate, info: ValidationInfo) -> ValueTemplate:
        operator = info.data.get("operator")
        return value if operator is None else checked_value(_kind(info.data.get("type"), operator), operator, value)


class SwitchConditionSettings(ActionSettings):
    input: ValueTemplate = Field(description="What all cases look at.")
    cases: tuple[SwitchCase, ...] = Field(
        max_length=100,
        description="Tried in this order; where none matches, the handle default is taken.",
        json_schema_extra={"minItems": 1},  # as min_length it would count cases that are wrong as missing
    )

    @field_validator("cases")
    @classmethod
    def _have_names_of_their_own(cls, cases: tuple[SwitchCase, ...]) -> tuple[SwitchCase, ...]:
        if not cases:
            raise ValueError('"cases" needs at least one case.')
        ids = Counter(case.id for case in cases)
        repeated = [case_id for case_id, count in ids.items() if count > 1]
        if repeated:
            raise ValueError(f"Each case needs an id of its own; used more than once: {', '.join(repeated)}.")
        return cases


class SwitchCondition(Action):
    component_id = "switch_condition"
    settings_type = SwitchConditionSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "result": "The handle that was taken.",
        "input": "What was looked at.",
        "value": "The value of the case that matched; null where none did.",
    }
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.plan }}",
        "cases": [{"id": "free", "value": "free"}, {"id": "paid", "operator": "in", "value": ["basic", "pro"]}],
    }

    def __init__(self, node_id: str, settings: SwitchConditionSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (*(case.id for case in self.settings.cases), DEFAULT, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        given = await ctx.render(self.settings.input)
        for case in self.settings.cases:
            value = await ctx.render(case.value)
            if await decide(case.kind, case.operator, given, value, Options(case_sensitive=case.case_sensitive)):
                return _taken(case.id, given, value)
        return _taken(DEFAULT, given, None)


def _taken(handle: str, given: JsonValue, value: JsonValue) -> Success:
    return Success({"result": handle, "input": given, "value": value}, handle)


def _kind(kind: str | None, operator: str) -> str:
    return kind or next((known for known in _KINDS if operator in OPERATORS[known]), "string")
