"""Rules for fields, held against a value as a step does."""

from collections.abc import Mapping

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.json import JsonValue
from app.graph.field_rules import FieldCheck, FieldRules
from app.graph.input_fault import InputFault
from tests.factories.budgets import standing_budget

NOW = "2026-03-04T05:06:07Z"
Written = str | list[str]


class _Settings(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    rules: FieldRules


def found(rules: Mapping[str, Written], value: JsonValue, **roots: JsonValue) -> list[InputFault]:
    check = FieldCheck({name: FieldRules(written) for name, written in rules.items()}, value)
    return check.render({"now": NOW, **roots}, standing_budget())


def failed(rules: Mapping[str, Written], value: JsonValue, **roots: JsonValue) -> list[tuple[str, str]]:
    """Return the path and the rule of each fault."""
    return [(fault.path, fault.rule) for fault in found(rules, value, **roots)]


def fits(written: Written, value: JsonValue) -> bool:
    """Say whether the field `a` may have a value."""
    return not found({"a": written}, {"a": value})


def message(written: Written, value: JsonValue) -> str:
    (fault,) = found({"a": written}, {"a": value})
    return fault.message


def refusal(written: JsonValue) -> str:
    """Return why rules are refused when they are saved."""
    with pytest.raises(ValidationError) as caught:
        _Settings.model_validate({"rules": written})
    (error,) = caught.value.errors()
    return error["msg"]
