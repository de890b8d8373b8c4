"""Short ways to render a template in these tests."""

from collections.abc import Mapping
from typing import Self

import pytest

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import BodyTemplate, RenderedBody, StepBudget, TextTemplate, ValueTemplate
from tests.factories.budgets import standing_budget

NOW = "2025-10-31T12:00:00.000000Z"  # a Friday

Roots = Mapping[str, JsonValue]


def text(source: str, roots: Roots | None = None) -> str:
    return TextTemplate(source).render(with_now(roots), standing_budget())


def value(source: JsonValue, roots: Roots | None = None) -> JsonValue:
    return ValueTemplate(source).render(with_now(roots), standing_budget())


def body(source: JsonValue, roots: Roots | None = None) -> RenderedBody:
    return BodyTemplate(source).render(with_now(roots), standing_budget())


def refusal(source: str, roots: Roots | None = None) -> TemplateError:
    """Return why a template cannot be read or rendered."""
    with pytest.raises(TemplateError) as caught:
        text(source, roots)
    return caught.value


def with_now(roots: Roots | None) -> Roots:
    return {"now": NOW, **(roots or {})}


class Exhausted(StepBudget):
    """A budget that nothing may use."""

    def __enter__(self) -> Self:
        raise AssertionError("a static template needs no budget")
