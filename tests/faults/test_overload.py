"""Ten times the burst, and one organization that floods all others: nothing is lost, and nobody is starved."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest

from bench.load import Connection, connections
from bench.wire import request as post
from tests.faults.graphs import links
from tests.faults.programs import Program
from tests.faults.system import System
from tests.faults.witness import Witness
from tests.fixtures.api import token_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

MIB = 1024 * 1024
API_BYTES, WORKER_BYTES = 150 * MIB, 188 * MIB  # a quarter more than what either has to get by with, 120 and 150 MiB
SAMPLE_SECONDS = 0.2

BURST_AT_ONCE = 320  # ten times what `make bench` has under way
BURST = 3000
REFUSALS = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)

FLOOD = 2000
FLOOD_AT_ONCE = 10
FLOOD_LINKS = 5
FLOOD_CALL_SECONDS = 0.4
WARM_UPS = 30
SINGLES = 200
SINGLES_PAUSE_SECONDS = 0.05
SLOWER_AT_MOST = 10
ARRIVAL_SECONDS = 0.25
ENDING_SECONDS = 200.0


async def accept_all(lines: Sequence[Connection], request: bytes, count: int) -> list[str]:
    """Send a start as often as is said, on all connections at once. Returns the accepted runs.

    A start that is refused, in the way that lets clients come again, is sent again.
    """
    left = iter(range(count))
    runs = []

    async def send(line: Connection) -> None:
        for _ in left:
            while (answer := await line.ask(request)).status != httpx.codes.ACCEPTED:
                assert answer.status in REFUSALS, answer
                head = answer.head.decode().lower()
                await asyncio.sleep(float(head.partition("\r\nretry-after: ")[2].split("\r\n")[0]))
            runs.append(json.loads(answer.body)["id"])

    await asyncio.gather(*(send(line) for line in lines))
    return runs


def start_of(workflow: str, client: httpx.AsyncClient) -> bytes:
    """Return the request that starts a run, with the client's token."""
    return post("POST", f"/workflows/{workflow}/execute", b"{}", client.headers["Authorization"].split()[1])


def port_of(system: System) -> int:
    assert system.http.base_url.port is not None
    return system.http.base_url.port


@asynccontextmanager
async def most_memory(*programs: Program) -> AsyncIterator[list[int]]:
    """Give the most that each of the programs has needed, in bytes, while the block lasts."""
    most = [0 for _ in programs]

    async def sample() -> None:
        while True:
            for number, program in enumerate(programs):
                most[number] = max(most[number], psutil.Process(program.pid).memory_info().rss)
            await asyncio.sleep(SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield most
    finally:
        sampling.cancel()


async def test_ten_times_the_burst_loses_no_run_and_stays_within_its_memory(system: System) -> None:
    async with system.witness() as target, connections(port_of(system), BURST_AT_ONCE) as lines:
        request = start_of(await system.create(links(target, 1)), system.http)
        worker = await system.worker()
        async with most_memory(system.api, worker) as most:
            with system.ledger.lasting(f"{BURST_AT_ONCE} starts at once"):
                system.evidence.accepted += await accept_all(lines, request, BURST)
            await system.verify()
    assert len(target.calls) == BURST
    assert most[0] <= API_BYTES
    assert most[1] <= WORKER_BYTES


async def arrivals(system: System, target: Witness, workflow: str) -> AsyncIterator[float]:
    """Start one run after the other, and give how long it takes from there to its call."""
    while True:
        arrived = asyncio.Event()
        target.on_call = lambda _, arrived=arrived: arrived.set()  # type: ignore[misc] # bound per turn
        began = time.monotonic()
        await system.execute(workflow)
        await arrived.wait()
        yield time.monotonic() - began
        await asyncio.sleep(SINGLES_PAUSE_SECONDS)


async def some(count: int, given: AsyncIterator[float]) -> list[float]:
    return [await anext(given) for _ in range(count)]


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def test_one_organizations_flood_does_not_hold_up_anothers_runs(system: System) -> None:
    """Single runs reach their target in time while 2,000 runs of another organization are accepted and worked at."""
    headers = {"Authorization": f"Bearer {token_of('flood')}"}
    async with (
        system.witness() as target,
        system.witness() as slow,
        httpx.AsyncClient(base_url=system.http.base_url, headers=headers) as flooder,
        connections(port_of(system), FLOOD_AT_ONCE) as lines,
    ):
        slow.delay_seconds = FLOOD_CALL_SECONDS
        await system.worker()
        single = await system.create(links(target, 1))
        nodes, edges = links(slow, FLOOD_LINKS)
        made = await flooder.post("/workflows", json={"name": "Flood", "nodes": nodes, "edges": edges})
        request = start_of(made.json()["id"], flooder)
        measured = arrivals(system, target, single)
        await some(WARM_UPS, measured)
        quiet = await some(SINGLES, measured)
        with system.ledger.lasting(f"{FLOOD} runs of another organization"):
            flooding = asyncio.create_task(accept_all(lines, request, FLOOD))
            during = await some(SINGLES, measured)
            flood = await flooding
        await system.over(seconds=ENDING_SECONDS)
        await system.verify()
    completed = await system.rows("SELECT id FROM runs WHERE id = ANY(:ids) AND status = 'completed'", ids=flood)
    assert (len(completed), len(slow.by_step)) == (FLOOD, FLOOD * FLOOD_LINKS)
    assert p99(during) <= min(ARRIVAL_SECONDS, SLOWER_AT_MOST * p99(quiet))
