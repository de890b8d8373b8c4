"""Rules, wherever settings hold some: comparisons, and groups of them joined by `and` or `or`, in one shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from app.core.json import JsonValue
from app.graph.array_operators import array_of
from app.graph.checks import checked_value
from app.graph.conditions import OPERATORS
from app.graph.context import Budget
from app.graph.leaf import Comparing, Comparison, Leaf, Roots
from app.graph.leaves import BooleanLeaf, DateLeaf, NumberLeaf, StringLeaf
from app.graph.operator import INPUT
from app.graph.template import ValueTemplate

MAX_RULES = 200  # of one setting: what a person can still keep track of
MAX_DEPTH = 10  # groups, and rules over items, within each other
ITEM = "item"  # the root that rules over the items of an array read

_VALUE = TypeAdapter(ValueTemplate)
_QUANTIFIERS = ("any", "all")
_NO_LIST = 'A rule is an object, not a list; join several to a group: {"logic": "and", "rules": […]}.'


class ArrayLeaf(Leaf):
    """Compares arrays. With `any` and `all`, `value` is a rule over each item."""

    kind: ClassVar[str] = "array"
    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"value": frozenset({ITEM})}

    operator: str = Field(
        description="What is asked of the array; any and all hold a rule against each item of it.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )
    value: ValueTemplate | Nested = Field(  # type: ignore[assignment] # more than other leaves have
        default=ValueTemplate(None),
        validate_default=True,
        description="What the array is compared with; with any and all a rule, which reads the item as {{ item }}.",
    )

    @field_validator("value", mode="wrap")
    @classmethod
    def _fits(cls, value: object, bind: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        operator = info.data.get("operator")
        if operator is None or OPERATORS[cls.kind][operator].quantifier is None:
            template = _VALUE.validate_python(value)
            return template if operator is None else checked_value(cls.kind, operator, template)
        if value is None or isinstance(value, ValueTemplate):
            raise ValueError(f'"value" is required: the operator {operator} holds a rule against each item.')
        return bind_rule(bounded(value), bind)

    def ask(self, given: JsonValue, roots: Roots, budget: Budget) -> Comparison:
        """Compare an input, as other leaves do. No item makes `any` false and `all` true."""
        quantifier = OPERATORS[self.kind][self.operator].quantifier
        if quantifier is None or isinstance(self.value, ValueTemplate):
            return super().ask(given, roots, budget)
        items = array_of(INPUT, given)
        return Comparison(quantifier(_over(self.value, items, roots, budget)), given, None)


def _over(rule: AnyRule, items: Sequence[JsonValue], roots: Roots, budget: Budget) -> Iterator[bool]:
    for item in items:
        yield rule.render({**roots, ITEM: item}, budget)


class StringRule(StringLeaf, Comparing):
    type: Literal["string"] = Field(description="What is compared.")


class NumberRule(NumberLeaf, Comparing):
    type: Literal["number"] = Field(description="What is compared.")


class BooleanRule(BooleanLeaf, Comparing):
    type: Literal["boolean"] = Field(description="What is compared.")


class DateRule(DateLeaf, Comparing):
    type: Literal["date"] = Field(description="What is compared.")


class ArrayRule(ArrayLeaf, Comparing):
    type: Literal["array"] = Field(description="What is compared.")


class Group(BaseModel):
    """Holds when all of its rules do, or one of them. Rules behind the one that decides are not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    logic: Literal["and", "or"] = Field(description="Whether all of the rules must hold, or one of them.")
    rules: tuple[Nested, ...] = Field(
        description="Comparisons and further groups.",
        json_schema_extra={"minItems": 1},  # as min_length it would count rules that are wrong as missing
    )

    @field_validator("rules", mode="before")
    @classmethod
    def _are_few(cls, rules: object) -> object:
        bounded({"rules": rules})
        return rules

    @field_validator("rules")
    @classmethod
    def _are_some(cls, rules: tuple[AnyRule, ...]) -> tuple[AnyRule, ...]:
        if not rules:
            raise ValueError('"rules" needs at least one rule.')
        return rules

    @property
    def is_slow(self) -> bool:
        return any(rule.is_slow for rule in self.rules)

    def render(self, roots: Roots, budget: Budget) -> bool:
        """Say whether it holds. Raises `PermanentError` for operands of the wrong kind and past the budget."""
        return self.decide(rule.render(roots, budget) for rule in self.rules)

    def decide(self, results: Iterable[bool]) -> bool:
        """Say whether it holds, from what its rules come to. Takes no more of them than it needs."""
        return all(results) if self.logic == "and" else any(results)


class _Typed(BaseModel):
    type: Literal["string", "number", "boolean", "date", "array"]


_LEAVES: Mapping[str, type[AnyRule]] = {
    "string": StringRule,
    "number": NumberRule,
    "boolean": BooleanRule,
    "date": DateRule,
    "array": ArrayRule,
}


def bind_rule(value: object, _: ValidatorFunctionWrapHandler) -> AnyRule:
    """Return the typed rule. Raises `ValidationError`; pydantic's own way would name each kind that it tried."""
    if isinstance(value, AnyRule):
        return value
    if isinstance(value, list):
        raise ValueError(_NO_LIST)  # noqa: TRY004 -- pydantic's word
    if _is_group(value):
        return Group.model_validate(value)
    return _LEAVES[_Typed.model_validate(value).type].model_validate(value)


def _is_group(value: object) -> bool:
    return isinstance(value, Mapping) and not {"logic", "rules"}.isdisjoint(value)


def bounded(value: object) -> object:
    """Refuse what is too large before anything walks down into it."""
    count, depth, level = 0, 0, [value]
    while level:
        count += len(level)
        if count > MAX_RULES or depth > MAX_DEPTH:
            raise ValueError(f"Rules may be at most {MAX_RULES}, and stand in each other at most {MAX_DEPTH} deep.")
        depth += 1
        level = [inner for rule in level for inner in _within(rule)]
    return value


def _within(rule: object) -> Sequence[object]:
    if not isinstance(rule, Mapping):
        return ()
    if not _is_group(rule):
        return [rule.get("value")] if rule.get("operator") in _QUANTIFIERS else ()
    rules = rule.get("rules")
    return rules if isinstance(rules, list | tuple) else ()


AnyRule = StringRule | NumberRule | BooleanRule | DateRule | ArrayRule | Group
Nested = Annotated[AnyRule, WrapValidator(bind_rule)]
Rule = Annotated[Nested, BeforeValidator(bounded)]
"""The type of a setting that holds a rule. It is rendered as a template is, to whether it holds."""

for _model in (ArrayLeaf, ArrayRule, Group):
    _model.model_rebuild()
