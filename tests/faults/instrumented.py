"""The product's programs with crash points in them: `python -m tests.faults.instrumented worker`, `api` or `virga`.

The points are put in by wrapping the product's own functions when such a process starts, so that they cost nothing
where nobody asks for them. `FAULTS_CRASH=<point>:<n>` kills the process, as by `kill -9`, when it passes a point for
the nth time; `FAULTS_ELSEWHERE=<name>` lets it believe that it runs on another machine. `FAULTS_REVISION=<number>`
makes it a version that needs this schema, and `FAULTS_VERSIONS=<folder>` one that migrates to the revisions in there.
"""

import inspect
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from app.models import schema_version
from tests.faults.points import POINTS, REMOVAL_POINTS, Moment, Point
from tests.migrations.next_revision import go_on_to
from worker.execution import lease, retention

CRASH_VARIABLE = "FAULTS_CRASH"
ELSEWHERE_VARIABLE = "FAULTS_ELSEWHERE"
REVISION_VARIABLE = "FAULTS_REVISION"
VERSIONS_VARIABLE = "FAULTS_VERSIONS"
_PROGRAMS = {"worker": "worker.__main__", "api": "app.cli.api", "virga": "app.cli"}


class Countdown:
    """Kills this process when it is told for the nth time."""

    def __init__(self, passes: int) -> None:
        self._left = passes

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def place_of(point: Point) -> tuple[Any, str]:
    """Return what holds a point's function, and its name there.

    Raises `ImportError` or `AttributeError` where the product has no such function.
    """
    module, _, path = point.function.partition(":")
    *owners, name = path.split(".")
    holder: Any = import_module(module)
    for owner in owners:
        holder = getattr(holder, owner)
    getattr(holder, name)
    return holder, name


def install(point: Point, passed: Callable[[], None]) -> None:
    """Let `passed` be called whenever the point is. Raises what `place_of` raises."""
    holder, name = place_of(point)
    setattr(holder, name, _wrapped(getattr(holder, name), point, passed))


def _wrapped(function: Any, point: Point, passed: Callable[[], None]) -> Any:
    def before(arguments: tuple[Any, ...]) -> None:
        if point.moment is Moment.BEFORE and point.counts(arguments, None):
            passed()

    def after(arguments: tuple[Any, ...], result: object) -> None:
        if point.moment is Moment.AFTER and point.counts(arguments, result):
            passed()

    @wraps(function)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        before(arguments)
        result = await function(*arguments, **named)
        after(arguments, result)
        return result

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        before(arguments)
        result = function(*arguments, **named)
        after(arguments, result)
        return result

    return awaited if inspect.iscoroutinefunction(function) else called


def main() -> int:
    retention.RETRY_SECONDS = 1.0  # a month that is busy just now is tried again while an experiment lasts
    program = _PROGRAMS[sys.argv.pop(1)]
    if crash := os.environ.get(CRASH_VARIABLE):
        name, _, passes = crash.rpartition(":")
        install({**POINTS, **REMOVAL_POINTS}[name], Countdown(int(passes)))
    if elsewhere := os.environ.get(ELSEWHERE_VARIABLE):
        lease.boot_id = lambda: elsewhere  # before anything else has taken it from there
    if revision := os.environ.get(REVISION_VARIABLE):
        schema_version.REQUIRED_REVISION = revision  # likewise
    if versions := os.environ.get(VERSIONS_VARIABLE):
        go_on_to(Path(versions))
    return int(import_module(program).main() or 0)


if __name__ == "__main__":
    sys.exit(main())
