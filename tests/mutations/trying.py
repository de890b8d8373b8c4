"""Trying a mutation: its tests run in a copy of the checkout, in a process of their own that is ended in any case."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.embedded.processes import launched
from tests.fixtures.serving import clean_environment
from tests.mutations.copying import copied
from tests.mutations.mutation import Mutation
from tests.mutations.place import REPORT_VARIABLE

TEST_SECONDS = 60  # what a test may take: one that hangs by a mutation has noticed it
LONGEST_SECONDS = 900.0  # for all tests together
STOP_SECONDS = 20.0  # for pytest to end its servers
PASSED, FAILED = 0, 1  # exit statuses of pytest
_OPTIONS = (
    "--strict-markers",
    "--strict-config",
    "-o",
    "addopts=",
    "-p",
    "no:cacheprovider",
    "-p",
    f"{__package__}.place",
)


class Verdict(StrEnum):
    """What the tests said to a mutation."""

    RED = "red"
    GREEN = "GREEN"  # it has survived
    BROKEN = "BROKEN"  # nothing is known: no test failed by itself, and they did not all pass either


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of running tests. `test` is the one that failed, where one did; `said` is what pytest printed."""

    verdict: Verdict
    test: str
    seconds: float
    said: str


async def tried(mutation: Mutation, unchanged: Path) -> Trial:
    """Apply a mutation to a copy of `unchanged`, and run its tests there up to the first that fails."""
    with copied(unchanged) as copy:
        mutation.apply(copy)
        return await tested(copy, mutation.tests)


async def tested(copy: Path, tests: Sequence[str]) -> Trial:
    """Run tests in a copy of the checkout, in the order given, up to the first that fails."""
    began = time.monotonic()
    report = copy.parent / "report.json"
    report.unlink(missing_ok=True)
    status, said = await _pytest(copy, [*_OPTIONS, "-q", "-x", f"--timeout={TEST_SECONDS}", *tests], report)
    outcomes: dict[str, list[str]] = json.loads(report.read_text()) if report.exists() else {}
    failed, passed = outcomes.get("failed", []), outcomes.get("passed", [])
    return Trial(verdict_of(status, failed, passed), failed[0] if failed else "", time.monotonic() - began, said)


def verdict_of(status: int | None, failed: Sequence[str], passed: Sequence[str]) -> Verdict:
    """Judge by pytest's exit status and the tests that failed by themselves, or passed."""
    if status == FAILED and failed:
        return Verdict.RED
    return Verdict.GREEN if status == PASSED and passed else Verdict.BROKEN


async def _pytest(copy: Path, arguments: Sequence[str], report: Path) -> tuple[int | None, str]:
    """Run pytest. Returns its exit status, None where it had to be ended, and what it printed."""
    output = copy.parent / "output.txt"
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *launched([sys.executable, "-m", "pytest", *arguments], (), signal.SIGKILL),
            cwd=copy,
            env=_environment(copy, report),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            status: int | None = await process.wait()
    except TimeoutError:
        status = None
    finally:
        await _end(process)
    return status, output.read_text(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask pytest to end, as by Ctrl-C, then insist: what its tests start does not outlive it."""
    if process.returncode is None:
        with suppress(TimeoutError):
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    if process.returncode is None:
        process.kill()
        await process.wait()


def _environment(copy: Path, report: Path) -> dict[str, str]:
    """Return the environment in which the code of the copy is found, by tests of a run that is none of another one."""
    mine = clean_environment({"PYTHONPATH": str(copy), REPORT_VARIABLE: str(report)})
    return {name: value for name, value in mine.items() if not name.startswith(("PYTEST_", "COV"))}
