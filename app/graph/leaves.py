"""The comparisons of texts, numbers, truths and dates. That of arrays is in `rules`, since it can hold a rule."""

from datetime import UTC, tzinfo
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from app.graph.conditions import OPERATORS
from app.graph.context import Budget
from app.graph.date_operators import span_of, zone_named
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.leaf import Leaf, Roots, rendered
from app.graph.operator import Options
from app.graph.static_checks import check_static
from app.graph.template import NumberTemplate, TextTemplate

Unit = Literal["seconds", "minutes", "hours", "days", "weeks"]


class StringLeaf(Leaf):
    kind: ClassVar[str] = "string"

    operator: str = Field(
        description="How the texts are compared; regex takes a bare pattern or /pattern/flags.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )
    case_sensitive: bool = Field(default=True, description="Whether upper and lower case differ.")

    def options(self, roots: Roots, budget: Budget) -> Options:
        del roots, budget
        return Options(case_sensitive=self.case_sensitive)


class NumberLeaf(Leaf):
    kind: ClassVar[str] = "number"

    operator: str = Field(
        description="How the numbers are compared; between takes two, both included.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )


class BooleanLeaf(Leaf):
    kind: ClassVar[str] = "boolean"

    operator: str = Field(description="What is asked of the input.", json_schema_extra={"enum": [*OPERATORS[kind]]})


class DateLeaf(Leaf):
    kind: ClassVar[str] = "date"

    operator: str = Field(
        description="How the dates are compared; between takes two, both included, within an amount and a unit.",
        json_schema_extra={"enum": [*OPERATORS[kind]]},
    )
    amount: NumberTemplate | None = Field(
        default=None, validate_default=True, description="How far from now, before or after it, within still holds."
    )
    unit: Unit = Field(default="days", description="What the amount counts.")
    timezone: TextTemplate = Field(
        default=TextTemplate("UTC"), description="The zone of dates that name none, and whose days count."
    )

    @field_validator("amount")
    @classmethod
    def _is_there(cls, amount: NumberTemplate | None, info: ValidationInfo) -> NumberTemplate | None:
        if amount is None and info.data.get("operator") == "within":
            raise ValueError('"amount" is required: the operator within says how far from now the date may be.')
        check_static(amount, _length_of)
        return amount

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: TextTemplate) -> TextTemplate:
        check_static(name, zone_named)
        return name

    def options(self, roots: Roots, budget: Budget) -> Options:
        span = span_of(self._amount(roots, budget), self.unit)
        return Options(now=roots.get("now"), zone=self._zone(roots, budget), span=span)

    def _zone(self, roots: Roots, budget: Budget) -> tzinfo:
        try:
            return zone_named(rendered(self.timezone, roots, budget)) or UTC
        except PermanentError as error:
            raise error.behind('"timezone": ') from None

    def _amount(self, roots: Roots, budget: Budget) -> float:
        if self.amount is None or self.operator != "within":
            return 0
        try:
            return rendered(self.amount, roots, budget)
        except PermanentError as error:
            raise error.behind('"amount": ') from None


def _length_of(amount: float) -> float:
    """Return how much a length of time is, of whatever unit. Raises `PermanentError`."""
    if amount >= 0:
        return amount
    raise PermanentError(f'"amount" must be a length of time; it is {shown(amount)}.')
