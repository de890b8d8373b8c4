"""What workers hold once every run is over, as their metrics say: nothing."""

import asyncio
import time
from collections.abc import Sequence

import httpx

from tests.faults.programs import Program

PATIENCE_SECONDS = 10.0  # a worker that was thought dead hears with its next beat that its runs are others'
POLL_SECONDS = 0.05
_GAUGE = "virga_worker_runs_held "


async def held(programs: Sequence[Program], spared: Sequence[str]) -> list[str]:
    """Return the workers that go on holding runs although only those that are `spared` are live (I7)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=1.0) as client:
        while found := [program for program in programs if await _holds(client, program) > len(spared)]:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(POLL_SECONDS)
    return [f"I7: the worker with the pid {program.pid} still holds a run" for program in found]


async def _holds(client: httpx.AsyncClient, program: Program) -> int:
    """Return how many runs a process holds: none where it is no worker, or does not answer."""
    if not program.is_running:
        return 0
    try:
        said = (await client.get(program.metrics_url)).text
    except httpx.HTTPError:  # it is stopped, or just ending
        return 0
    return held_of(said)


def held_of(said: str) -> int:
    """Return what a page of metrics says of runs that are held."""
    lines = [line for line in said.splitlines() if line.startswith(_GAUGE)]
    return sum(int(float(line.removeprefix(_GAUGE))) for line in lines)
