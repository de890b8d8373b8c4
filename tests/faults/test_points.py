"""Crash points name what the product has: a refactoring that moves a function away must not disarm one silently."""

import ast
import inspect
from types import ModuleType

import pytest

from tests.faults.instrumented import place_of
from tests.faults.points import POINTS, Point


@pytest.mark.parametrize("name", POINTS)
def test_a_crash_point_names_a_function_that_exists(name: str) -> None:
    holder, function = place_of(POINTS[name])
    assert inspect.isfunction(getattr(holder, function))


@pytest.mark.parametrize(
    "name", [name for name, point in POINTS.items() if "." not in point.function.partition(":")[2]]
)
def test_a_crash_point_in_a_module_names_a_function_that_the_module_calls(name: str) -> None:
    """What is imported, or defined, there is wrapped there: somebody has to call it by that name."""
    holder, function = place_of(POINTS[name])
    assert isinstance(holder, ModuleType)
    tree = ast.parse(inspect.getsource(holder))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert function in {one.id for one in calls if isinstance(one, ast.Name)}


@pytest.mark.parametrize("function", ["worker.nowhere:x", "worker.execution.journal:Journal.nothing"])
def test_a_crash_point_that_names_nothing_is_refused(function: str) -> None:
    moment = next(iter(POINTS.values())).moment
    with pytest.raises((ImportError, AttributeError)):
        place_of(Point(function, moment))
