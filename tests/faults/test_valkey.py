"""Valkey forgets, dies and hangs: starts are answered in time all the same, every run ends, and no call is repeated."""

import asyncio
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded.valkey import Valkey
from tests.faults.ledger import Ledger, Recovery
from tests.faults.rush import LINKS, Rush, kill, process_of, rushing

pytestmark = pytest.mark.timeout(300)

AWAY_SECONDS = 60.0
PORTIONS = 10


async def flush(rush: Rush) -> None:
    rush.ledger.note("FLUSHALL of Valkey")
    await rush.system.flush_redis()


async def test_flushes_lose_no_run(rush: Rush, chance: random.Random) -> None:
    """100 runs are flushed at ten of their calls, whichever these are, and twice more when slots are free."""
    moments = set(chance.sample(range(len(rush.target.calls) + 1, len(rush.target.calls) + 100 * LINKS), 10))
    flushes: list[asyncio.Task[None]] = []

    def on_call(number: int) -> None:
        if number in moments:
            flushes.append(asyncio.create_task(flush(rush)))

    rush.target.on_call = on_call
    await rush.start(100)
    await rush.all_end()
    await asyncio.gather(*flushes)
    for _ in range(2):
        await flush(rush)
        await rush.recovers()
    await rush.verify_work()


@pytest.mark.faults
async def test_rings_that_a_flush_takes_are_made_up_for_by_every_worker(
    make_database: Callable[[], str], valkey: Valkey, tmp_path: Path, ledger: Ledger
) -> None:
    """Both workers are stopped while rings are flushed: 20 runs, of which each can hold ten, must be claimed by both.

    The calls are not answered, so that neither gets room for more.
    """
    async with rushing(make_database(), valkey.url, tmp_path, ledger, workers=2) as rush:
        for _ in range(5):
            rush.target.gate.clear()
            with rush.unheard():
                await rush.start(20)
                await flush(rush)
            await ledger.recovers(Recovery.VALKEY, lambda: rush.newest_begin(20))
            rush.target.gate.set()
            await rush.all_end()
        await rush.verify()


@pytest.mark.faults
async def test_deaths_lose_no_run(rush: Rush, valkey: Valkey, servers_folder: Path, chance: random.Random) -> None:
    """It comes back with its file or without it; what is accepted meanwhile ends before."""
    for loses_file in chance.sample([True, True, True, False, False, False], 6):
        died = asyncio.Event()
        moment = len(rush.target.calls) + chance.randint(1, 30 * LINKS)

        def on_call(number: int, moment: int = moment, died: asyncio.Event = died) -> None:
            if number == moment:
                rush.ledger.note("kill -9 of Valkey" + (", its file lost" if loses_file else ""))  # noqa: B023 -- called within this turn
                kill(valkey)
                died.set()

        rush.target.on_call = on_call
        await rush.start(30)
        await died.wait()
        await rush.start(10)
        await rush.all_end()
        if loses_file:
            shutil.rmtree(servers_folder / "valkey")
        await asyncio.to_thread(valkey.start)
        await rush.recovers()
    await rush.verify()


async def start_meanwhile(rush: Rush, seconds: float) -> None:
    """Start runs over that time, and see all of them end within it."""
    began = time.monotonic()
    for _ in range(PORTIONS):
        await rush.start(5)
        await asyncio.sleep(seconds / PORTIONS / 2)  # spread, so that what is tried again now and then is met
    await rush.all_end()
    rest = began + seconds - time.monotonic()
    assert rest > 0
    await asyncio.sleep(rest)


@pytest.mark.faults
async def test_an_absence_of_a_minute_loses_no_run(rush: Rush, valkey: Valkey) -> None:
    await rush.start(100)
    with rush.ledger.lasting("Valkey away for 60 s"):
        await asyncio.to_thread(kill, valkey)
        await start_meanwhile(rush, AWAY_SECONDS)
        await asyncio.to_thread(valkey.start)
    await rush.recovers()
    await rush.verify()


@pytest.mark.faults
async def test_hanging_for_a_minute_loses_no_run(rush: Rush, valkey: Valkey) -> None:
    """It takes connections and answers nothing."""
    await rush.start(100)
    with rush.ledger.lasting("SIGSTOP of Valkey for 60 s"):
        process_of(valkey).send(signal.SIGSTOP)
        try:
            await start_meanwhile(rush, AWAY_SECONDS)
        finally:
            process_of(valkey).send(signal.SIGCONT)
    await rush.recovers()
    await rush.verify()
