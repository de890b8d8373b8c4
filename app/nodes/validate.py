"""Checks a value against a JSON Schema, or against rules for its fields, and says what is wrong with it."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.condition import FALSE, TRUE
from app.graph.context import NodeContext
from app.graph.field_rules import FieldCheck, FieldRules, parse_name
from app.graph.input_fault import InputFault
from app.graph.input_schema import InputSchema
from app.graph.node import Action, ActionSettings
from app.graph.outcome import ERROR, Outcome, Success
from app.graph.template import ValueTemplate

MAX_FIELDS = 200  # with rules of their own: what a person can still keep track of
MAX_RULES = 500  # of all fields together: reading so many takes some 50 ms
_SCHEMA = "json_schema"


class ValidateSettings(ActionSettings):
    input: ValueTemplate = Field(description="What is checked, usually a template such as {{ n1.body }}.")
    json_schema: InputSchema | None = Field(
        default=None, alias="schema", description="A JSON Schema of draft 2020-12 that the input must fit."
    )
    rules: dict[str, FieldRules] | None = Field(
        default=None,
        validate_default=True,
        json_schema_extra={"minProperties": 1, "maxProperties": MAX_FIELDS},
        description=(
            "Rules in Laravel's notation for each field of the input, instead of a schema: a name with dots leads into"
            " objects, * to each item of a list, as in items.*.name, and has a text such as required|string|max:5,"
            " or a list of rules; the reference names all of them, under Rules for fields."
        ),
    )

    @field_validator("rules", mode="before")
    @classmethod
    def _is_the_one_of_two(cls, rules: object, info: ValidationInfo) -> object:
        if _SCHEMA in info.data and (info.data[_SCHEMA] is None) is (rules is None):
            raise ValueError('Write "schema" or "rules", one of them: it is what the input is checked against.')
        if isinstance(rules, dict):
            _check_size(rules)
        return rules

    @field_validator("rules")
    @classmethod
    def _name_fields(cls, rules: dict[str, FieldRules] | None) -> dict[str, FieldRules] | None:
        for name in rules or {}:
            parse_name(name)
        return rules


def _check_size(rules: Mapping[str, object]) -> None:
    """Refuse what is too large before anything of it is read."""
    if not 1 <= len(rules) <= MAX_FIELDS:
        raise ValueError(f'"rules" has 1 to {MAX_FIELDS} fields; here are {len(rules)}.')
    count = sum(written.count("|") + 1 if isinstance(written, str) else _length(written) for written in rules.values())
    if count > MAX_RULES:
        raise ValueError(f'"rules" has at most {MAX_RULES} rules for all fields together; here are {count}.')


def _length(written: object) -> int:
    return len(written) if isinstance(written, list) else 1


class Validate(Action):
    component_id = "validate"
    settings_type = ValidateSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "valid": "Whether the input fits.",
        "errors": "What is wrong: for each fault its `path`, the `rule` and a `message`.",
    }
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.order }}",
        "rules": {
            "customer.email": "required|email",
            "items": ["required", "array", "min:1"],
            "items.*.count": "required|integer|between:1,99",
        },
    }

    def __init__(self, node_id: str, settings: ValidateSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (TRUE, FALSE, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        faults = await self._faults(ctx, await ctx.render(self.settings.input))
        errors = [fault._asdict() for fault in faults]
        return Success({"valid": not errors, "errors": errors}, FALSE if errors else TRUE)

    async def _faults(self, ctx: NodeContext, value: JsonValue) -> list[InputFault]:
        if self.settings.json_schema is not None:
            return await asyncio.to_thread(self.settings.json_schema.faults, value)
        return await ctx.render(FieldCheck(self.settings.rules or {}, value))
