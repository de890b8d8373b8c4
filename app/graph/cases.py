"""The cases of a switch: comparisons of one input, each with the handle that is taken when it holds."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator, field_validator

from app.graph.conditions import OPERATORS
from app.graph.leaves import BooleanLeaf, DateLeaf, NumberLeaf, StringLeaf
from app.graph.outcome import DEFAULT, ERROR
from app.graph.rules import ArrayLeaf

_KINDS = ("string", "number", "boolean", "date", "array")
_TYPE = "What the operator is of; left out: the first of string, number, boolean, date and array that has it."
_OPERATOR = "How the input and this case's value are compared."


class _Case(BaseModel):
    id: str = Field(min_length=1, max_length=255, description="The handle that is taken when this case matches.")

    @field_validator("id")
    @classmethod
    def _is_free(cls, case_id: str) -> str:
        if case_id in {DEFAULT, ERROR}:
            raise ValueError(f'No case can have the id "{case_id}": every switch has a handle of that name already.')
        return case_id


class StringCase(StringLeaf, _Case):
    type: Literal["string"] | None = Field(default=None, description=_TYPE)
    operator: str = Field(default="equals", description=_OPERATOR, json_schema_extra={"enum": [*OPERATORS["string"]]})


class NumberCase(NumberLeaf, _Case):
    type: Literal["number"] | None = Field(default=None, description=_TYPE)
    operator: str = Field(default="equals", description=_OPERATOR, json_schema_extra={"enum": [*OPERATORS["number"]]})


class BooleanCase(BooleanLeaf, _Case):
    type: Literal["boolean"] | None = Field(default=None, description=_TYPE)


class DateCase(DateLeaf, _Case):
    type: Literal["date"] | None = Field(default=None, description=_TYPE)
    operator: str = Field(default="equals", description=_OPERATOR, json_schema_extra={"enum": [*OPERATORS["date"]]})


class ArrayCase(ArrayLeaf, _Case):
    type: Literal["array"] | None = Field(default=None, description=_TYPE)


class _Typed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["string", "number", "boolean", "date", "array"] | None = None


_CASES: Mapping[str, type["AnyCase"]] = {
    "string": StringCase,
    "number": NumberCase,
    "boolean": BooleanCase,
    "date": DateCase,
    "array": ArrayCase,
}


def bind_case(value: object, _: ValidatorFunctionWrapHandler) -> "AnyCase":
    """Return the typed case. Raises `ValidationError`; pydantic's own way would name each kind that it tried."""
    kind = _Typed.model_validate(value).type or _kind_with(value)
    return _CASES[kind].model_validate(value)


def _kind_with(case: object) -> str:
    """Return the first kind that has the operator, else that whose operators are named as those that there are."""
    operator = case.get("operator", "equals") if isinstance(case, Mapping) else None
    return next((kind for kind in _KINDS if isinstance(operator, str) and operator in OPERATORS[kind]), "string")


AnyCase = StringCase | NumberCase | BooleanCase | DateCase | ArrayCase
Case = Annotated[AnyCase, WrapValidator(bind_case)]
"""The type of an entry of a switch's cases."""
