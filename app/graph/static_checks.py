"""Checks of settings that are known before a run, by the code that reads them during one."""

from collections.abc import Callable
from typing import TypeVar

from app.graph.errors import PermanentError
from app.graph.template import StepBudget, Template

T = TypeVar("T")


def check_static(template: Template[T] | None, read: Callable[[T], object]) -> None:
    """Raise `ValueError` where nothing in a template depends on a run, and `read` refuses what it comes to."""
    if template is None or not template.is_static:
        return
    try:
        read(template.render({}, StepBudget()))
    except PermanentError as error:
        raise ValueError(error.message) from None
