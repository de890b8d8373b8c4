"""What the templates of one step may use together."""

from contextlib import suppress

import pytest

from app.graph.context import Budget, Renderable
from app.graph.errors import TemplateError
from app.graph.template import StepBudget, TextTemplate, limits


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_it_is_a_budget_and_templates_render_within_it() -> None:
    budget: Budget = StepBudget()
    template: Renderable[str] = TextTemplate("{{ x }}")
    assert template.render({"x": 1}, budget) == "1"


def test_time_that_is_not_used_up_is_no_fault() -> None:
    clock = Clock()
    with StepBudget(clock) as budget:
        clock.seconds += 0.25
        budget.check()


def test_time_past_a_quarter_of_a_second_is_a_fault() -> None:
    clock = Clock()
    with StepBudget(clock) as budget:
        clock.seconds += 0.2501
        with pytest.raises(TemplateError) as caught:
            budget.check()
    assert caught.value.message == "The templates of this step took longer than 250 ms together."


def test_the_time_allowed_can_be_set() -> None:
    clock = Clock()
    with StepBudget(clock, seconds=2) as budget:
        clock.seconds += 1.9
        budget.check()
        clock.seconds += 0.2
        with pytest.raises(TemplateError) as caught:
            budget.check()
    assert caught.value.message == "The templates of this step took longer than 2000 ms together."


def test_only_time_spent_rendering_counts_and_adds_up() -> None:
    clock = Clock()
    budget = StepBudget(clock)
    with budget:
        clock.seconds += 0.125
    clock.seconds += 60
    budget.check()
    with budget:
        clock.seconds += 0.125
        budget.check()
    clock.seconds += 60
    budget.check()
    with budget:
        clock.seconds += 0.125
        with pytest.raises(TemplateError):
            budget.check()
    with pytest.raises(TemplateError):
        budget.check()


def test_time_counts_also_where_rendering_fails() -> None:
    clock = Clock()
    budget = StepBudget(clock)
    with suppress(ZeroDivisionError), budget:
        clock.seconds += 0.5
        raise ZeroDivisionError
    with pytest.raises(TemplateError):
        budget.check()


def test_a_turn_looks_at_the_time() -> None:
    clock = Clock()
    with StepBudget(clock) as budget:
        budget.count_turn()
        clock.seconds += 1
        with pytest.raises(TemplateError):
            budget.count_turn()


def test_turns_are_bounded() -> None:
    with StepBudget(Clock()) as budget:
        for _ in range(limits.LOOP_TURNS):
            budget.count_turn()
        with pytest.raises(TemplateError) as caught:
            budget.count_turn()
    assert caught.value.message == "The loops of this step's templates make more than 10000 turns."


def test_output_is_bounded() -> None:
    budget = StepBudget()
    budget.count_output(limits.OUTPUT_BYTES - 1)
    budget.count_output(1)
    with pytest.raises(TemplateError) as caught:
        budget.count_output(1)
    assert caught.value.message == "The templates of this step render to more than 1048576 bytes together."


def test_what_filters_make_is_bounded() -> None:
    budget = StepBudget()
    budget.count_made(limits.MADE_BYTES - 1)
    budget.count_made(1)
    with pytest.raises(TemplateError) as caught:
        budget.count_made(1)
    assert caught.value.message == "The filters of this step's templates make more than 16777216 bytes together."


def test_what_filters_hand_on_is_not_made() -> None:
    text = "x" * 1_000_000
    budget = StepBudget(Clock())
    assert TextTemplate("{{ x" + " | default: 'y'" * 50 + " | size }}").render({"x": text}, budget) == "1000000"


def test_the_limits_are_those_of_the_design() -> None:
    assert limits.RENDER_SECONDS == 0.25
    assert (limits.OUTPUT_BYTES, limits.SOURCE_BYTES, limits.NESTING) == (2**20, 2**16, 20)
    assert (limits.FILTERS, limits.COMPARED_LENGTH, limits.SEQUENCE_LENGTH) == (500, 2_000, 10_000)
    assert limits.INTEGER_BITS == 256
