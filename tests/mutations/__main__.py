"""Takes safety lines out of the code, one by one, and sees that the tests notice each: `make safety`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.copying import copied
from tests.mutations.mutation import Mutation
from tests.mutations.trying import Trial, Verdict, tested, tried

MOST_JOBS = 4  # each has servers of its own
LAST_CHARACTERS = 4000  # of what pytest printed, where it was not to be expected
STOPPED = 130


def main() -> int:
    known = {mutation.name: mutation for mutation in MUTATIONS}
    arguments = _arguments(known)
    chosen = [known[name] for name in arguments.names or known]
    if arguments.list:
        _say(*(f"{mutation.name:<{_width(chosen)}}  without {mutation.takes_away}" for mutation in chosen))
        return 0
    # A shell that starts this in the background may have it ignored: then no test could be interrupted either.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return asyncio.run(_try_all(chosen, arguments.jobs))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("stopped")
        return STOPPED


def _arguments(known: Collection[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="a mutation to try; without any, all are")
    parser.add_argument("--list", action="store_true", help="say which there are, and try none")
    jobs = min(os.cpu_count() or 1, MOST_JOBS)
    parser.add_argument("--jobs", type=int, default=jobs, help="how many to try at a time")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(known))
    if unknown:
        parser.error(f"there is no mutation {unknown[0]}; --list says which there are")
    if arguments.jobs < 1:
        parser.error("--jobs must be at least 1")
    return arguments


async def _try_all(chosen: Sequence[Mutation], jobs: int) -> int:
    """Return the exit status: 1 where some mutation was not noticed. A request to end ends all that was started."""
    this = asyncio.current_task()
    if this is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    with copied() as unchanged:
        if not await _pass_unchanged(chosen, unchanged):
            return 1
        gate = asyncio.Semaphore(jobs)

        async def one(mutation: Mutation) -> Trial:
            async with gate:
                trial = await tried(mutation, unchanged)
            _say(_line(mutation, trial, _width(chosen)))
            return trial

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(mutation)) for mutation in chosen]
    return _judge(dict(zip(chosen, (task.result() for task in tasks), strict=True)))


async def _pass_unchanged(chosen: Sequence[Mutation], unchanged: Path) -> bool:
    """Run the tests on the code as it is. What Python compiles meanwhile is in all later copies."""
    tests = list(dict.fromkeys(chain.from_iterable(mutation.tests for mutation in chosen)))
    before = await tested(unchanged, tests)
    if before.verdict is not Verdict.GREEN:
        _say(before.said[-LAST_CHARACTERS:], "The tests do not pass without any mutation.")
        return False
    _say(f"Without any mutation {len(tests)} tests pass ({before.seconds:.0f} s).")
    return True


def _line(mutation: Mutation, trial: Trial, width: int) -> str:
    name, tests = mutation.name.ljust(width), f"{len(mutation.tests)} test{'s' * (len(mutation.tests) > 1)}"
    return f"{name}  {tests:<8}  {trial.verdict:<6}  {trial.seconds:4.0f} s  {trial.test}"


def _judge(trials: Mapping[Mutation, Trial]) -> int:
    """Say what was not noticed, and return the exit status."""
    for mutation, trial in trials.items():
        if trial.verdict is Verdict.GREEN:
            _say("", f"{mutation.name} has survived: no test notices when the code is without {mutation.takes_away}.")
        if trial.verdict is Verdict.BROKEN:
            _say("", f"{mutation.name} says nothing: no test has failed by itself.", trial.said[-LAST_CHARACTERS:])
    red = sum(trial.verdict is Verdict.RED for trial in trials.values())
    _say("", f"{red} of {len(trials)} mutations turn the tests red.")
    return int(red < len(trials))


def _width(mutations: Sequence[Mutation]) -> int:
    return max(len(mutation.name) for mutation in mutations)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
