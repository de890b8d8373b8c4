"""The report of `make faults`: what was done how often, what came of it, and the slowest recovery of each kind."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledger import BOUND_SECONDS, Ledger, Recovery
from tests.faults.seeds import seed

PROPERTY = "faults"
FILE_VARIABLE = "FAULTS_REPORT"


def hand_in(test: pytest.Item, ledger: Ledger) -> None:
    """Keep what a test has done for the report, which another process may make."""
    account = {
        "faults": dict(ledger.counts),
        "recoveries": {kind.name: seconds for kind, seconds in ledger.recoveries.items()},
        "accepted": ledger.accepted,
        "called": ledger.called,
        "repeated": ledger.repeated,
    }
    test.user_properties.append((PROPERTY, account))


def report(terminal: pytest.TerminalReporter) -> None:
    """Print the report, and write it as JSON where the environment names a file."""
    not_shown = dict(_skipped(terminal))
    experiments = {name: account for name, account in _experiments(terminal) if name not in not_shown}
    if not experiments:
        return
    faults, recoveries = _summed(experiments)
    terminal.section(f"faults, seed {seed()}")
    for name, account in sorted(experiments.items()):
        counts = " ".join(f"{account[key]} {key}" for key in ("accepted", "called", "repeated"))
        terminal.line(f"{account['outcome']:7} {name}: {counts}")
    for kind, count in sorted(faults.items()):
        terminal.line(f"{count:6} x {kind}")
    for recovery, seconds in sorted(recoveries.items()):
        bound = BOUND_SECONDS[recovery]
        terminal.line(f"{max(seconds):6.2f} s at most, of {len(seconds)}, until recovered (≤ {bound:g} s): {recovery}")
    for name, reason in sorted(not_shown.items()):
        terminal.line(f"not shown: {name}: {reason}")
    if file := os.environ.get(FILE_VARIABLE):
        Path(file).write_text(
            json.dumps({"seed": seed(), "experiments": experiments, "not_shown": not_shown}, indent=1) + "\n"
        )


def _experiments(terminal: pytest.TerminalReporter) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each experiment's account, as it stood at the end of its test, and how that came out."""
    failed = {report.nodeid for outcome in ("failed", "error") for report in terminal.stats.get(outcome, ())}
    for report in (report for reports in terminal.stats.values() for report in reports):
        account = dict(getattr(report, "user_properties", ())).get(PROPERTY)
        if account is not None:
            yield _name_of(report), account | {"outcome": "failed" if report.nodeid in failed else "passed"}


def _skipped(terminal: pytest.TerminalReporter) -> Iterator[tuple[str, str]]:
    """Give each experiment that could not be run here, and why."""
    for report in terminal.stats.get("skipped", ()):
        _, _, reason = report.longrepr
        yield _name_of(report), reason.removeprefix("Skipped: ")


def _name_of(report: pytest.TestReport) -> str:
    path, _, test = report.nodeid.partition("::")
    return f"{Path(path).name}::{test}"


def _summed(experiments: Mapping[str, Mapping[str, Any]]) -> tuple[Counter[str], dict[Recovery, list[float]]]:
    faults: Counter[str] = Counter()
    recoveries: dict[Recovery, list[float]] = defaultdict(list)
    for account in experiments.values():
        faults.update(account["faults"])
        for kind, seconds in account["recoveries"].items():
            recoveries[Recovery[kind]] += seconds
    return faults, recoveries
