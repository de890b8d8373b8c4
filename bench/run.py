"""`make bench`: one command that measures Virga on this machine and prints each figure beside what it can be held to.

`python bench/run.py --quick` takes seconds and proves only that it works; without, it takes about four minutes.
"""

import argparse
import asyncio
import gc
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import uvloop

from app.core.clock import Clock
from bench import large, machine
from bench.baseline import Work, bare_loops, make_database, runs_per_second
from bench.load import StuckError
from bench.measure import Bench, Drain, RefusedError, bare_answer, bare_travel
from bench.report import table
from bench.results import Bare, Results, figures
from bench.server import Server, ServerError, serving
from bench.target import Target, listening
from bench.usage import Meter
from bench.waiting import measure

ONE_BY_ONE = Work(batch=1, connections=4)  # more connections than this gain nothing on two cores
BY_FIFTY = Work(batch=50, connections=2)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done in each phase."""

    warm_up: int
    rounds: int
    runs: int  # a round
    travels: int
    answers: int
    idle_seconds: float
    bare_seconds: float
    items: int  # of the loops
    walks: int  # runs of the large graph


FULL = Size(
    warm_up=500, rounds=3, runs=5_000, travels=600, answers=300, idle_seconds=60, bare_seconds=4, items=1_000, walks=9
)
QUICK = Size(
    warm_up=20, rounds=1, runs=200, travels=20, answers=20, idle_seconds=1, bare_seconds=0.3, items=50, walks=1
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 1 where anything was lost, doubled or left undone."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    gc.disable()  # the generator's own pauses would be read as the server's
    size = QUICK if options.quick else FULL
    size = replace(size, runs=options.runs or size.runs)
    try:
        with tempfile.TemporaryDirectory(prefix="virga-bench-") as folder:
            faults = _measure(Path(folder), size)
    except (ServerError, StuckError, RefusedError) as error:
        faults = [str(error)]
    for fault in faults:
        _say(fault)
    return 1 if faults else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: does it work at all")
    parser.add_argument("--runs", type=int, help=f"runs in a round (default {FULL.runs:,})")
    return parser.parse_args(arguments)


def _measure(folder: Path, size: Size) -> list[str]:
    """Print the figures; return what went wrong while they were taken."""
    load, fdatasync_ms = machine.load(), machine.fdatasync_ms(folder)
    _say(f"starting Virga in {folder}")
    with serving(folder) as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results = runner.run(_run_phases(server, size))
        complaints = server.complaints()
    rounds = ", ".join(f"{drain.drained_per_second:,.0f}" for drain in results.drains)
    print(f"{Clock().now():%Y-%m-%d}: {machine.describe(results.postgres)}")
    print(f"load before: {load:.2f}; fdatasync: {fdatasync_ms or float('nan'):.3f} ms (pg_test_fsync)")
    print(f"rounds of {size.runs:,} runs, drained a second: {rounds} (the table has the median)")
    if not results.faults:
        print(f"{results.accepted:,} runs accepted: none lost, none doubled, all completed")
    print(f"\n{table(figures(results))}")
    for complaint, times in complaints.most_common():
        print(f"logged {times} times by {complaint}")
    return results.faults


async def _run_phases(server: Server, size: Size) -> Results:
    connection = await asyncpg.connect(server.database_url)
    try:
        async with listening() as target:
            meter = Meter(server.processes(), connection)
            bench = Bench(server.port, server.token(), target, meter)
            return await _run_with(bench, server, size, str(await connection.fetchval("SHOW server_version")))
    finally:
        await connection.close()


async def _run_with(bench: Bench, server: Server, size: Size, postgres: str) -> Results:
    await bench.create_workflow()
    _say("warming up")
    await bench.drain(size.warm_up)
    _say("one at a time")
    answers = await bench.answer(size.answers)
    _say("20 starts a second")
    travels = await bench.travel(size.travels)
    _say("callers who wait")
    waits = await measure(server.port, server.token(), size.answers)
    bench.accepted += waits.runs
    drains = [await _drain(bench, size.runs) for _ in range(size.rounds)]
    resident = {name: bench.meter.resident(name) for name in ("api", "worker-1")}
    _say("large graphs and long loops")
    heavy = await large.measure(bench, size.items, size.walks)
    await bench.check_states()
    _say(f"idle for {size.idle_seconds:g} s")
    idle = await bench.idle(size.idle_seconds)
    _say("the same work by bare asyncpg")
    bare = await _measure_bare(server, bench.target, size)
    return Results(
        postgres=postgres,
        accepted=bench.accepted,
        faults=bench.faults,
        drains=drains,
        answers=answers,
        travels=travels,
        waits=waits,
        resident=resident,
        large=heavy,
        idle=idle,
        idle_seconds=size.idle_seconds,
        bare=bare,
    )


async def _drain(bench: Bench, runs: int) -> Drain:
    drain = await bench.drain(runs)
    _say(
        f"{runs} runs: {drain.starts_per_second:,.0f} starts/s, {drain.drained_per_second:,.0f} drained/s, "
        f"the slowest {drain.slowest:.2f} s"
    )
    return drain


async def _measure_bare(server: Server, target: Target, size: Size) -> Bare:
    url = await make_database(server.database_url)
    rates = {
        (work, commits): await runs_per_second(url, replace(work, commits=commits), size.bare_seconds)
        for work in (ONE_BY_ONE, BY_FIFTY)
        for commits in (1, 3)
    }
    async with bare_loops(url, 1) as (loop,):
        answers = await bare_answer(loop, size.answers)
        travels = await bare_travel(loop, target, size.travels // 2)
    starts_and_runs = (rates[ONE_BY_ONE, 1], rates[BY_FIFTY, 1], rates[ONE_BY_ONE, 3], rates[BY_FIFTY, 3])
    return Bare(*starts_and_runs, answers, travels)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
