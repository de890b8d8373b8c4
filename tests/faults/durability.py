"""`python -m tests.faults.durability`: puts reports of `make faults REPORT=file` into docs/durability.md."""

import ast
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.ledger import BOUND_SECONDS, Recovery

PAGE = Path(__file__).parents[2] / "docs" / "durability.md"
BEGIN, END = "<!-- figures of `make faults` -->\n", "<!-- end of the figures -->\n"


@dataclass(slots=True)
class Experiment:
    """What all runs of one experiment came to, whatever its parameters."""

    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, account: Mapping[str, Any]) -> None:
        self.runs += 1
        self.faults.update(account["faults"])
        self.sums.update({name: account[name] for name in ("accepted", "called", "repeated")})


def main(files: Sequence[str]) -> int:
    """Replace the figures by those of the reports, all of which must be of runs in which nothing failed."""
    reports = [json.loads(Path(file).read_text()) for file in files]
    failed = [name for report in reports for name, one in report["experiments"].items() if one["outcome"] != "passed"]
    if failed or not reports:
        print("There is nothing to show:", *failed or ["no report is named"], sep="\n", file=sys.stderr)  # noqa: T201 -- a command line speaks
        return 1
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n".join(figures(reports)) + "\n" + END + after)
    return 0


def figures(reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give the lines: seeds, recoveries, and a table of experiments a file."""
    seeds = ", ".join(str(report["seed"]) for report in reports)
    yield f"From {len(reports)} runs of `make faults`, with the seeds {seeds}; nothing failed in them."
    yield ""
    yield from _not_shown(reports)
    yield from _recoveries(reports)
    experiments: dict[str, dict[str, Experiment]] = defaultdict(lambda: defaultdict(Experiment))
    for report in reports:
        for name, account in report["experiments"].items():
            file, _, test = name.partition("::")
            experiments[file][test.partition("[")[0]].add(account)
    for file, tests in sorted(experiments.items()):
        yield from _table(file, tests)


def _not_shown(reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    reasons = {in_words(name.partition("::")[2]): why for one in reports for name, why in one["not_shown"].items()}
    if reasons:
        yield from ("Not shown there:", "", *(f"- {name}: {reason}" for name, reason in sorted(reasons.items())), "")


def _recoveries(reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seconds: dict[Recovery, list[float]] = defaultdict(list)
    for report in reports:
        for account in report["experiments"].values():
            for kind, measured in account["recoveries"].items():
                seconds[Recovery[kind]] += measured
    yield "| recovery from | promised | slowest | measured |"
    yield "|---|---|---|---|"
    for kind in Recovery:
        if seconds[kind]:
            slowest, times = max(seconds[kind]), len(seconds[kind])
            yield f"| {kind} | {BOUND_SECONDS[kind]:g} s | {slowest:.1f} s | {times} times |"


def _table(file: str, tests: Mapping[str, Experiment]) -> Iterator[str]:
    yield ""
    yield f"**{_first_sentence(file)}** (`{file}`)"
    yield ""
    yield "| what was shown | how often | what was done | runs | calls | of them repeated |"
    yield "|---|---|---|---|---|---|"
    for test, experiment in sorted(tests.items()):
        done = "<br>".join(_told(experiment.faults)) or "nothing"
        sums = " | ".join(str(experiment.sums[name]) for name in ("accepted", "called", "repeated"))
        yield f"| {in_words(test)} | {experiment.runs} | {done} | {sums} |"


def _told(faults: Mapping[str, int]) -> Iterator[str]:
    """Say how often each kind of fault was done; what was done as often at several points, "deed: point", at once."""
    points: dict[tuple[str, int], list[str]] = defaultdict(list)
    for kind, count in sorted(faults.items()):
        deed, colon, point = kind.partition(": ")
        points[deed + colon, count].append(point)
    for (deed, count), named in points.items():
        yield f"{'each ' if len(named) > 1 else ''}{count} x {deed}{'; '.join(named)}"


def in_words(test: str) -> str:
    """Return a test's name as the sentence that it is."""
    return test.removeprefix("test_").replace("_", " ")


def _first_sentence(file: str) -> str:
    source = (Path(__file__).parent / file).read_text()
    return (ast.get_docstring(ast.parse(source)) or file).splitlines()[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
