"""Goes the way of the first case that matches."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.cases import AnyCase, Case
from app.graph.context import NodeContext
from app.graph.leaf import Asked
from app.graph.node import Action, ActionSettings
from app.graph.outcome import DEFAULT, ERROR, Outcome, Success
from app.graph.template import ValueTemplate


class SwitchConditionSettings(ActionSettings):
    input: ValueTemplate = Field(description="What all cases look at.")
    cases: tuple[Case, ...] = Field(
        max_length=100,
        description="Tried in this order; where none matches, the handle default is taken.",
        json_schema_extra={"minItems": 1},  # as min_length it would count cases that are wrong as missing
    )

    @field_validator("cases")
    @classmethod
    def _have_names_of_their_own(cls, cases: tuple[AnyCase, ...]) -> tuple[AnyCase, ...]:
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
            result, _, value = await ctx.render(Asked(case, given))
            if result:
                return _taken(case.id, given, value)
        return _taken(DEFAULT, given, None)


def _taken(handle: str, given: JsonValue, value: JsonValue) -> Success:
    return Success({"result": handle, "input": given, "value": value}, handle)
