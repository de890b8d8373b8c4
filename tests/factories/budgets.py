"""Budgets of steps for tests that do not measure time."""

from app.graph.template import StepBudget


def standing_budget() -> StepBudget:
    """Return a budget whose time does not pass, so that no slow machine ends what is tested."""
    return StepBudget(lambda: 0.0)
