"""What is said of a mutation: red is what a test has noticed, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutations.copying import copied
from tests.mutations.mutation import Edit, Mutation
from tests.mutations.trying import Verdict, tried, verdict_of

LEASE = "worker/execution/lease.py"
LOST = "tests/worker/test_lease.py::test_a_lost_lease_does_not_hold"
BEATS = "tests/worker/test_lease.py::test_a_worker_beats_and_its_beats_are_seen"
SERVERS = "def servers() -> Servers:\n"


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Path]:
    with copied() as copy:
        yield copy


async def verdict(unchanged: Path, edit: Edit, test: str) -> tuple[Verdict, str]:
    trial = await tried(Mutation("one", "anything", (edit,), (test,)), unchanged)
    return trial.verdict, trial.test


async def test_what_a_test_notices_is_red(unchanged: Path) -> None:
    forgetful = Edit(LEASE, "            self._last_sent = None\n", "            pass\n")
    assert await verdict(unchanged, forgetful, LOST) == (Verdict.RED, LOST)


async def test_where_no_test_fails_by_itself_nothing_is_known(unchanged: Path) -> None:
    without_servers = Edit("tests/conftest.py", SERVERS, f"{SERVERS}    raise OSError\n")
    assert await verdict(unchanged, without_servers, BEATS) == (Verdict.BROKEN, "")


@pytest.mark.parametrize(
    ("status", "failed", "passed", "judged"),
    [
        (1, ["a"], ["b"], Verdict.RED),
        (0, [], ["b"], Verdict.GREEN),
        (0, [], [], Verdict.BROKEN),
        (1, [], ["b"], Verdict.BROKEN),
        (2, ["a"], [], Verdict.BROKEN),
        (None, ["a"], [], Verdict.BROKEN),
    ],
    ids=["failed", "passed", "skipped", "not set up", "stopped", "ended"],
)
def test_red_is_what_a_test_has_noticed(
    status: int | None, failed: list[str], passed: list[str], judged: Verdict
) -> None:
    assert verdict_of(status, failed, passed) == judged
