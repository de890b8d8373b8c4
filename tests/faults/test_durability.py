"""The page that says what was shown is written from reports of runs in which nothing failed."""

import json
from pathlib import Path

import pytest

from tests.faults import durability

BEFORE, AFTER = "# What is promised\n\n", "\n## What is not promised\n"
TEST = "test_poison.py::test_poison_is_given_up_and_a_thousand_others_complete"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "page.md"
    page.write_text(f"{BEFORE}{durability.BEGIN}what was there\n{durability.END}{AFTER}")
    monkeypatch.setattr(durability, "PAGE", page)
    return page


def reported(folder: Path, seed: int, seconds: float, outcome: str = "passed", **not_shown: str) -> str:
    """Write a report of one experiment, and return its name."""
    sums = {"accepted": 1001, "called": 900, "repeated": 2}
    faults = {"kill -9 of a worker": 3, "kill -9 of api: a run inserted": 1, "kill -9 of api: a run committed": 1}
    account = {"faults": faults, "recoveries": {"RELEASE": [seconds]}, "outcome": outcome, **sums}
    file = folder / f"{seed}.json"
    file.write_text(json.dumps({"seed": seed, "experiments": {TEST: account}, "not_shown": not_shown}))
    return str(file)


def test_the_figures_are_replaced_by_those_of_all_reports(page: Path, tmp_path: Path) -> None:
    files = [reported(tmp_path, 7, 0.25), reported(tmp_path, 8, 0.75, **{"test_disk.py::test_a_full_disk": "no disk"})]
    assert durability.main(files) == 0
    written = page.read_text()
    assert written.startswith(BEFORE + durability.BEGIN)
    assert written.endswith(durability.END + AFTER)
    assert "what was there" not in written
    lines = written.splitlines()
    assert "From 2 runs of `make faults`, with the seeds 7, 8; nothing failed in them." in lines
    assert "- a full disk: no disk" in lines
    assert "| SIGTERM of a worker | 1 s | 0.8 s | 2 times |" in lines
    shown = "poison is given up and a thousand others complete"
    done = "6 x kill -9 of a worker<br>each 2 x kill -9 of api: a run committed; a run inserted"
    assert f"| {shown} | 2 | {done} | 2002 | 1800 | 4 |" in lines


def test_runs_in_which_something_failed_show_nothing(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = page.read_text()
    assert durability.main([reported(tmp_path, 7, 0.25, "failed")]) == 1
    assert durability.main([]) == 1
    assert page.read_text() == before
    assert TEST in capsys.readouterr().err
