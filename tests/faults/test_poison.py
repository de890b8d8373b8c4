"""A run that kills its worker each time: it is given up, and takes nobody down with it."""

import pytest

from tests.faults.calls import most_often
from tests.faults.graphs import hook, links
from tests.faults.system import System, until
from tests.fixtures.target import SILENCE
from tests.worker.world import chain

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ATTEMPTS = 5
HEALTHY = 1000
SECONDS = 120.0


async def test_poison_is_given_up_and_a_thousand_others_complete(system: System) -> None:
    """Whoever takes the poison dies; whoever supervises starts the next."""
    async with system.witness() as target, system.witness(SILENCE) as deadly:
        target.delay_seconds = 0.02
        healthy = await system.create(links(target, 3))
        poison = await system.create(chain(hook("poison", deadly)))
        worker = await system.worker()
        [culprit] = await system.execute(poison)
        runs = await system.execute(healthy, HEALTHY)
        deaths = 0

        async def is_given_up() -> bool:
            nonlocal deaths, worker
            if len(deadly.calls) > deaths:
                worker.kill()
                deaths = len(deadly.calls)
                worker = await system.worker()
            return await system.is_over(culprit)

        await until(is_given_up, SECONDS)
        assert await system.ended(runs, SECONDS) == {"completed"}
        await system.verify()
    [row] = await system.rows("SELECT status, error_message FROM runs WHERE id = :id", id=culprit.id)
    assert (row.status, row.error_message) == ("failed", f"abandoned after {ATTEMPTS} attempts at node poison")
    assert deaths == ATTEMPTS
    assert len(target.by_step) == HEALTHY * 3
    assert most_often(target) <= 1 + ATTEMPTS  # each death repeats what is in flight once
