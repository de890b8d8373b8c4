"""Forms that several people answer at once, when they expire, and when their run is cancelled: one of it counts."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import pytest

from tests.faults.clocks import HOUR_SECONDS, Offset
from tests.faults.graphs import hook
from tests.faults.racing import CANCELLED, GONE, OK, Racers, repeatedly
from tests.faults.system import Accepted, System
from tests.faults.witness import Witness
from tests.worker.world import call, edge, node

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

TIMES = 30
EXPIRES_SECONDS = 3000


@pytest.fixture
def settings(offset: Offset) -> Mapping[str, str]:
    return offset.settings


@pytest.fixture
def racers(system: System, chance: random.Random) -> Racers:
    return Racers(system, chance)


async def asking(system: System, target: Witness) -> list[tuple[Accepted, str]]:
    """Return runs that wait for an answer, each with its form's address. Behind it `yes` or `late` is called."""
    form = node(
        "ask",
        "interactive_form",
        title="Well?",
        fields=[{"name": "why", "type": "text"}],
        expires_in_seconds=EXPIRES_SECONDS,
    )
    nodes = [node("t", "manual_trigger"), form, hook("late", target)]
    nodes.append(call("yes", target.url(), body="{{ ask.values.why }}"))
    edges = [edge("t", "ask"), edge("ask", "yes", "submit"), edge("ask", "late", "expired")]
    runs = await system.execute(await system.create((nodes, edges)), TIMES)
    await system.holds(
        "SELECT count(*) = :times FROM runs WHERE status = 'awaiting_ui_interaction' AND lease_owner IS NULL",
        times=TIMES,
    )
    shown = [(await system.http.get(f"/workflows/runs/{run.id}")).json() for run in runs]
    return [(run, one["interactions"][0]["url"]) for run, one in zip(runs, shown, strict=True)]


async def answered(racers: Racers, url: str, why: str) -> bool:
    """Answer a form after a random while. Returns whether the answer was taken."""
    answer = await racers.post(url, {"button": "submit", "values": {"why": why}})
    assert answer.status_code in {OK, GONE}, answer.text
    return answer.status_code == OK


def said(target: Witness, run: Accepted) -> Sequence[str]:
    return [made.request.decode().partition("\r\n\r\n")[2] for made in target.by_step[f"{run.id}::yes"]]


async def test_of_two_answers_at_once_one_is_taken(system: System, racers: Racers) -> None:
    async def race() -> tuple[Accepted, list[bool]]:
        run, url = forms.pop()
        system.ledger.note("two answers of a form at once", excuses=False)
        return run, await asyncio.gather(*(answered(racers, url, why) for why in "ab"))

    async with system.witness() as target:
        await system.worker()
        forms = await asking(system, target)
        told = await repeatedly(TIMES, race)
        await system.verify()
    for run, (is_a, is_b) in told:
        assert is_a != is_b
        assert said(target, run) == ["a" if is_a else "b"]


async def test_an_answer_as_the_form_expires_is_taken_or_too_late(
    system: System, racers: Racers, offset: Offset
) -> None:
    """Whoever is told that the answer counts has it go on from there; else the run goes on by `expired`."""

    async def race() -> tuple[Accepted, bool]:
        run, url = forms.pop()
        return run, await answered(racers, url, "in time")

    async def expire() -> None:
        for _ in range(TIMES // 12):
            await racers.pause()
        offset.set(HOUR_SECONDS)

    async with system.witness() as target:
        await system.worker()
        forms = await asking(system, target)
        told, _ = await asyncio.gather(repeatedly(TIMES, race), expire())
        await system.verify()
    for run, is_taken in told:
        assert await racers.end(run) == ("completed", None)
        assert (said(target, run), f"{run.id}::late" in target.by_step) == (
            ["in time"] if is_taken else [],
            not is_taken,
        )


async def test_an_answer_of_a_run_that_is_cancelled_is_taken_or_refused(system: System, racers: Racers) -> None:
    async def race() -> tuple[Accepted, bool, bool]:
        run, url = forms.pop()
        is_taken, is_cancelled = await asyncio.gather(answered(racers, url, "well"), racers.cancel(run))
        return run, is_taken, is_cancelled

    async with system.witness() as target:
        await system.worker()
        forms = await asking(system, target)
        told = await repeatedly(TIMES, race)
        await system.verify()
    for run, is_taken, is_cancelled in told:
        assert is_taken or is_cancelled
        assert await racers.end(run) == (CANCELLED if is_cancelled else ("completed", None))
        assert is_taken or said(target, run) == []
