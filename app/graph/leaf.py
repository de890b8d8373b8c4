"""A comparison as settings write it down: an operator of one type, a value, what else it regards, and an input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from app.core.json import JsonValue
from app.graph.checks import checked_operator, checked_value
from app.graph.conditions import OPERATORS, holds
from app.graph.context import Budget, Renderable
from app.graph.errors import PermanentError, TemplateError
from app.graph.operator import Options
from app.graph.template import ValueTemplate

T = TypeVar("T")
Roots = Mapping[str, JsonValue]


class Comparison(NamedTuple):
    """What was compared, and whether it held. `value` is None where the operator takes none."""

    result: bool
    input: JsonValue
    value: JsonValue


class Leaf(BaseModel):
    """What is asked of an input. Subclasses name their type, and say `operator` again with that type's operators."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    kind: ClassVar[str]

    operator: str = Field(description="How input and value are compared.")
    value: ValueTemplate = Field(
        default=ValueTemplate(None), validate_default=True, description="What the input is compared with."
    )

    @field_validator("operator")
    @classmethod
    def _is_known(cls, operator: str) -> str:
        return checked_operator(cls.kind, operator)

    @field_validator("value", mode="wrap")
    @classmethod
    def _fits(cls, value: object, bind: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        operator = info.data.get("operator")
        template = bind(value)
        return template if operator is None else checked_value(cls.kind, operator, template)

    @property
    def is_slow(self) -> bool:
        return OPERATORS[self.kind][self.operator].is_slow

    def ask(self, given: JsonValue, roots: Roots, budget: Budget) -> Comparison:
        """Compare an input. Raises `PermanentError` for operands of the wrong kind and past the budget."""
        takes_value = OPERATORS[self.kind][self.operator].takes_value
        value = rendered(self.value, roots, budget) if takes_value else None
        options = self.options(roots, budget)
        with budget:
            result = holds(self.kind, self.operator, given, value, options)
        check(budget)
        return Comparison(result, given, value)

    def options(self, roots: Roots, budget: Budget) -> Options:
        """Return what the operator regards besides its operands. Raises `PermanentError`."""
        del roots, budget
        return Options()


class Comparing(Leaf):
    """A leaf with an input of its own."""

    input: ValueTemplate = Field(description="What is looked at, usually a template such as {{ n1.status }}.")

    def render(self, roots: Roots, budget: Budget) -> bool:
        """Say whether it holds. Raises `PermanentError`."""
        return self.compare(roots, budget).result

    def compare(self, roots: Roots, budget: Budget) -> Comparison:
        """Compare over the context. Raises `PermanentError` for operands of the wrong kind and past the budget."""
        return self.ask(rendered(self.input, roots, budget), roots, budget)


@dataclass(frozen=True, slots=True)
class Compared:
    """Renders a leaf to all of its comparison."""

    leaf: Comparing

    @property
    def is_slow(self) -> bool:
        return self.leaf.is_slow

    def render(self, roots: Roots, budget: Budget) -> Comparison:
        return self.leaf.compare(roots, budget)


@dataclass(frozen=True, slots=True)
class Asked:
    """Renders a leaf that is asked about a given input."""

    leaf: Leaf
    given: JsonValue

    @property
    def is_slow(self) -> bool:
        return self.leaf.is_slow

    def render(self, roots: Roots, budget: Budget) -> Comparison:
        return self.leaf.ask(self.given, roots, budget)


def rendered(template: Renderable[T], roots: Roots, budget: Budget) -> T:
    """Render. Raises `PermanentError`."""
    try:
        return template.render(roots, budget)
    except TemplateError as error:
        raise PermanentError(error.message) from None


def check(budget: Budget) -> None:
    """Look at the time. Raises `PermanentError` once it is used up."""
    try:
        budget.check()
    except TemplateError as error:
        raise PermanentError(error.message) from None
