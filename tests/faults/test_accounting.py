"""What experiments are told apart and reported by: the ledger of faults, chance that can be repeated, the report."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from tests.faults import seeds
from tests.faults.ledger import BOUND_SECONDS, STILL, Fault, Ledger, Recovery
from tests.faults.reporting import FILE_VARIABLE, hand_in, report


class Terminal:
    """What the report needs of pytest's own: reports by outcome, and a place to print."""

    def __init__(self, **stats: Sequence[pytest.TestReport]) -> None:
        self.stats = stats
        self.printed: list[str] = []

    def section(self, title: str) -> None:
        self.printed.append(title)

    line = section


class Node:
    """A test that hands in."""

    def __init__(self) -> None:
        self.user_properties: list[tuple[str, object]] = []


def ran(name: str, ledger: Ledger, outcome: Literal["passed", "failed", "skipped"] = "passed") -> pytest.TestReport:
    """Return the report of a test that has handed a ledger in."""
    node = Node()
    hand_in(node, ledger)  # type: ignore[arg-type] # all that it is asked for
    place = ("tests/faults/test_of.py", 1, name)
    properties = node.user_properties
    return pytest.TestReport(
        f"tests/faults/test_of.py::{name}", place, {}, outcome, None, "teardown", user_properties=properties
    )


def printed(terminal: Terminal) -> list[str]:
    report(terminal)  # type: ignore[arg-type] # all that it is asked for
    return terminal.printed


@contextmanager
def of_seed(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv(seeds.VARIABLE, str(number))
        yield


@pytest.mark.parametrize(
    ("began", "ended", "touches"),
    [(0.0, 1.0, False), (0.0, 2.0, True), (2.5, 2.6, True), (0.0, 9.0, True), (3.0, 4.0, True), (3.5, 4.0, False)],
)
def test_a_fault_excuses_only_the_times_that_it_touches(began: float, ended: float, touches: bool) -> None:  # noqa: FBT001 -- pytest passes by name
    ledger = Ledger(faults=[Fault("a fault", 2.0, 3.0)])
    assert ledger.is_excused(began, ended) is touches


def test_without_a_fault_nothing_is_excused() -> None:
    assert not Ledger().is_excused(0.0, STILL)


def test_a_lasting_fault_has_no_end_until_it_is_over() -> None:
    ledger = Ledger()
    with ledger.lasting("a fault"):
        (fault,) = ledger.faults
        assert (fault.ended, ledger.is_excused(fault.began + 1e6, STILL)) == (STILL, True)
    assert fault.began <= fault.ended < fault.began + 1e6
    assert not ledger.is_excused(fault.ended + 1, STILL)


def test_a_lasting_fault_ends_also_where_the_experiment_fails() -> None:
    ledger = Ledger()
    with pytest.raises(ValueError, match="broke"), ledger.lasting("a fault"):
        raise ValueError("It broke.")
    assert ledger.faults[0].ended < STILL


def test_faults_are_counted_by_their_kinds() -> None:
    ledger = Ledger()
    for kind in ("a", "b", "a"):
        ledger.note(kind)
    assert ledger.counts == {"a": 2, "b": 1}


async def test_a_recovery_is_measured_and_held_to_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()

    async def at_once() -> None:
        pass

    await ledger.recovers(Recovery.RELEASE, at_once)
    monkeypatch.setitem(BOUND_SECONDS, Recovery.RELEASE, -1.0)
    with pytest.raises(AssertionError, match="SIGTERM of a worker"):
        await ledger.recovers(Recovery.RELEASE, at_once)
    assert len(ledger.recoveries[Recovery.RELEASE]) == 2


def test_the_same_seed_gives_an_experiment_the_same_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    with of_seed(monkeypatch, 7):
        first, again, other = (seeds.chance_of(name).random() for name in ("a", "a", "b"))
    with of_seed(monkeypatch, 8):
        later = seeds.chance_of("a").random()
    assert first == again
    assert len({first, other, later}) == 3


def test_a_seed_that_is_named_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with of_seed(monkeypatch, 7):
        seeds.choose_seed()
        assert seeds.seed() == 7


def test_a_seed_is_chosen_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv(seeds.VARIABLE, "")
        patched.delenv(seeds.VARIABLE)
        seeds.choose_seed()
        assert 0 <= seeds.seed() < 1_000_000


@pytest.fixture
def done() -> Ledger:
    """Return what an experiment has done."""
    ledger = Ledger(accepted=3, called=2, repeated=1)
    ledger.note("kill -9 of a worker")
    ledger.recoveries[Recovery.RELEASE] += [0.5, 0.25]
    return ledger


def test_nothing_is_reported_where_nothing_was_done() -> None:
    assert printed(Terminal()) == []


def test_each_experiment_each_fault_and_the_slowest_recovery_are_printed(
    done: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(passed=[ran("one", done)], failed=[ran("two", done, "failed")])
    with of_seed(monkeypatch, 7):
        lines = printed(terminal)
    assert lines == [
        "faults, seed 7",
        "passed  test_of.py::one: 3 accepted 2 called 1 repeated",
        "failed  test_of.py::two: 3 accepted 2 called 1 repeated",
        "     2 x kill -9 of a worker",
        "  0.50 s at most, of 4, until recovered (≤ 1 s): SIGTERM of a worker",
    ]


def test_an_experiment_that_failed_before_its_end_has_failed(done: Ledger) -> None:
    """The call of the test fails, and its teardown, which has the account, passes."""
    lines = printed(Terminal(passed=[ran("one", done)], failed=[ran("one", Ledger(), "failed")]))
    assert lines[1].startswith("failed  test_of.py::one:")


def test_an_experiment_that_cannot_be_run_here_is_not_shown(done: Ledger) -> None:
    """Its setup is skipped; its teardown passes all the same."""
    skipped = ran("two", done, "skipped")
    skipped.longrepr = ("test_of.py", 1, "Skipped: no disk")
    lines = printed(Terminal(passed=[ran("one", done), ran("two", done)], skipped=[skipped]))
    assert lines[1].startswith("passed  test_of.py::one:")
    assert lines[2] == "     1 x kill -9 of a worker"
    assert lines[-1] == "not shown: test_of.py::two: no disk"


def test_experiments_are_told_apart_whatever_is_in_their_parameters(done: Ledger) -> None:
    names = ["one[Europe/Berlin]", "two[Europe/Berlin]"]
    lines = printed(Terminal(passed=[ran(name, done) for name in names]))
    assert [line.partition(": ")[0] for line in lines[1:3]] == [f"passed  test_of.py::{name}" for name in names]


def test_the_report_is_written_as_json_where_a_file_is_named(
    done: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    with of_seed(monkeypatch, 7):
        printed(Terminal(passed=[ran("one", done)]))
    account = {"faults": {"kill -9 of a worker": 1}, "recoveries": {"RELEASE": [0.5, 0.25]}}
    counts = {"accepted": 3, "called": 2, "repeated": 1, "outcome": "passed"}
    assert json.loads(file.read_text()) == {
        "seed": 7,
        "experiments": {"test_of.py::one": account | counts},
        "not_shown": {},
    }
