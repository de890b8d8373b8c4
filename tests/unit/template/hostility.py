"""What the tests of hostile templates share: a clock that stands still, one that ticks, and a way to be refused."""

import pytest

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import StepBudget, TextTemplate
from tests.unit.template.rendering import NOW


def still() -> float:
    return 0.0


class TickingClock:
    """A clock that goes on by a millisecond whenever it is looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.looks / 1000


def rendered(source: str, roots: dict[str, JsonValue] | None = None, budget: StepBudget | None = None) -> str:
    return TextTemplate(source).render({"now": NOW, **(roots or {})}, budget or StepBudget(still))


def refusal(source: str, roots: dict[str, JsonValue] | None = None) -> str:
    with pytest.raises(TemplateError) as caught:
        rendered(source, roots)
    return caught.value.message
