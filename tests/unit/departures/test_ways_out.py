"""Whatever a step sends asks right before it leaves, behind all that can take its time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.graph.ports import Departure
from app.graph.ssh_report import Printed
from app.outbound.dialling import Dialler
from tests.fixtures.barrier import Barrier
from tests.fixtures.ssh_host import SshHost
from tests.fixtures.target import Target, answer
from tests.unit.departures.ways import LOOPBACK, WAYS, open_client, to
from tests.worker.world import until
from worker.adapters.ssh.lazy import LazySsh
from worker.execution.departure import StepDeparture
from worker.execution.gated import GatedHttp, GatedSsh

Send = Callable[[Departure], Awaitable[object]]


def begun(barrier: Barrier, send: Send) -> asyncio.Task[object]:
    """Return an attempt that sends something."""

    async def attempt() -> object:
        departure = StepDeparture(barrier.gate)
        return await departure.attempt(lambda: send(departure))

    return asyncio.create_task(attempt())


async def stopped(barrier: Barrier, attempt: asyncio.Task[object]) -> None:
    """Wait until the attempt stands before the gate."""
    await until(lambda: barrier.waited_at.is_set() or attempt.done())
    assert not attempt.done(), attempt.result()


@pytest.mark.parametrize("name", WAYS)
async def test_nothing_leaves_when_the_gate_has_closed_meanwhile_and_all_does_once_it_is_open(name: str) -> None:
    barrier = Barrier()
    async with WAYS[name]() as way:
        attempt = begun(barrier, way.send)
        await stopped(barrier, attempt)
        await until(lambda: way.connections() > 0)  # it has asked behind that
        assert way.count() == 0
        barrier.open()
        await attempt
        assert way.count() == 1


@pytest.mark.parametrize("name", WAYS)
async def test_an_attempt_that_is_given_up_before_the_closed_gate_has_sent_nothing(name: str) -> None:
    barrier = Barrier()
    async with WAYS[name]() as way:
        attempt = begun(barrier, way.send)
        await stopped(barrier, attempt)
        attempt.cancel()
        await asyncio.wait([attempt])
        barrier.open()
        await until(lambda: way.connections() > 0)
        assert (attempt.cancelled(), way.count()) == (True, 0)


@pytest.mark.parametrize("name", WAYS)
async def test_what_meets_an_open_gate_leaves_at_once(name: str) -> None:
    barrier = Barrier(closes_behind=False)
    async with WAYS[name]() as way:
        await begun(barrier, way.send)
        assert (way.count(), barrier.waited_at.is_set()) == (1, False)


class ClosingTarget(Target):
    """Redirects the first request, and closes the gate meanwhile."""

    def __init__(self, barrier: Barrier) -> None:
        super().__init__(answer(b"", "Location: /next", status="307 Moved"), answer(b"there"))
        self._barrier = barrier

    def reply(self, request: bytes) -> bytes:
        if len(self.requests) == 1:
            self._barrier.close()
        return super().reply(request)


async def test_a_redirect_is_not_followed_before_the_gate_is_open_and_its_first_hop_not_repeated() -> None:
    barrier = Barrier(closes_behind=False)
    async with open_client() as client, ClosingTarget(barrier) as target:
        call = to(target.url(), follow=True)
        attempt = begun(barrier, lambda departure: GatedHttp(client, departure).call(call))
        await stopped(barrier, attempt)
        assert len(target.requests) == 1
        barrier.open()
        await attempt
    assert [request.split()[1] for request in target.requests] == [b"/", b"/next"]


async def test_a_later_command_waits_for_the_gate_and_the_first_one_is_not_repeated() -> None:
    barrier = Barrier(closes_behind=False)
    way = LazySsh(Dialler(LOOPBACK.https))
    async with SshHost() as host:

        async def run_both(departure: Departure) -> None:
            async with GatedSsh(way, departure).connect(host.target()) as session:
                await session.run("exit 0", Printed(1000))
                barrier.close()
                await session.run("exit 1", Printed(1000))

        attempt = begun(barrier, run_both)
        await stopped(barrier, attempt)
        assert host.commands == ["exit 0"]
        barrier.open()
        await attempt
    assert (host.commands, host.logins) == (["exit 0", "exit 1"], 1)
