"""The API is killed: what it has answered with 202 is in the database, and ends."""

import asyncio

import httpx

from tests.faults.system import Accepted, System
from tests.worker.world import chain, text


async def test_what_a_killed_api_had_accepted_ends(system: System) -> None:
    """It dies in the middle of 300 starts; no bell rings for some of those that it accepted."""
    workflow = await system.create(chain(text("a", "{{ t.run_id }}")))
    await system.worker()
    starts = [asyncio.create_task(system.execute(workflow)) for _ in range(300)]
    await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    system.api.kill()
    answers = await asyncio.gather(*starts, return_exceptions=True)
    accepted: list[Accepted] = [run for answer in answers if isinstance(answer, list) for run in answer]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert accepted
    assert all(isinstance(error, httpx.TransportError) for error in refused)
    assert await system.ended(accepted) == {"completed"}
    system.restart_api()
    await system.api_is_ready()
    assert await system.ended(await system.execute(workflow)) == {"completed"}
