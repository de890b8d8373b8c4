"""The API is killed: what it has answered with 202 ends, and who asks again with the same key starts nothing twice."""

import asyncio
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.faults.deaths import dies_at
from tests.faults.points import EVENTS, KEYED, STARTING, Point
from tests.faults.system import Accepted, System
from tests.worker.world import chain, edge, node, text

pytestmark = pytest.mark.timeout(300)

STARTS = 300
CLIENTS = 6  # at a time, each with a key of its own
AGAIN_SECONDS = 0.1  # until a client asks again
PATIENCE_SECONDS = 30.0
IMPATIENT_SECONDS = 0.5
FROZEN_SECONDS = 3.0
TRY_AGAIN = {httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Way:
    """A way of starting runs that repeats nothing: by the header `Idempotency-Key`, or by an event's id."""

    name: str
    points: Mapping[str, Point]
    trigger: dict[str, object]

    async def address(self, system: System) -> str:
        """Create what listens, and return where."""
        workflow = await system.create(([self.trigger, text("a", "{{ t.run_id }}")], [edge("t", "a")]))
        if self.name == "execute":
            return f"/workflows/{workflow}/execute"
        if self.name == "events":
            return "/workflows/events"
        return str((await system.http.get(f"/workflows/{workflow}")).json()["webhook_url"])

    def request(self, key: str) -> Mapping[str, object]:
        """Return what is sent again and again, the same each time."""
        if self.name == "events":
            return {"json": {"event": "a", "id": key}}
        return {"json": {}, "headers": {"Idempotency-Key": key}}

    @staticmethod
    def run_of(answer: httpx.Response) -> str:
        body = answer.json()
        return str(body["id"] if "id" in body else body["started"][0])


WAYS = [
    Way("execute", KEYED, node("t", "manual_trigger")),
    Way("webhooks", KEYED, node("t", "webhook_trigger")),
    Way("events", EVENTS, node("t", "event_trigger", event="a")),
]


async def insist(system: System, way: Way, address: str, key: str, patience: float = PATIENCE_SECONDS) -> str:
    """Ask until there is an answer, as whoever sends webhooks does, each time with more patience.

    Returns the run that the answer names.
    """
    while True:
        try:
            answer = await system.http.post(address, timeout=patience, **way.request(key))  # type: ignore[arg-type] # as httpx takes them
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code not in TRY_AGAIN:
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            system.evidence.accepted.append(way.run_of(answer))
            return way.run_of(answer)
        patience *= 2
        await asyncio.sleep(AGAIN_SECONDS)


async def attempt(system: System, workflow: str) -> None:
    """Start a run and do not insist: the API dies meanwhile, before it has answered or after."""
    try:
        answer = await system.http.post(f"/workflows/{workflow}/execute")
    except httpx.TransportError:
        return
    system.accept(answer)


async def test_what_a_killed_api_had_accepted_ends(system: System, chance: random.Random) -> None:
    """It dies in the middle of 300 starts; no bell rings for some of those that it accepted."""
    workflow = await system.create(chain(text("a", "{{ t.run_id }}")))
    await system.worker()
    starts = [asyncio.create_task(system.execute(workflow)) for _ in range(STARTS)]
    answered = chance.randint(1, STARTS // 3)
    while sum(start.done() for start in starts) < answered:
        await asyncio.wait([start for start in starts if not start.done()], return_when=asyncio.FIRST_COMPLETED)
    system.api.kill()
    answers = await asyncio.gather(*starts, return_exceptions=True)
    accepted: list[Accepted] = [run for answer in answers if isinstance(answer, list) for run in answer]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert accepted
    assert all(isinstance(error, httpx.TransportError) for error in refused)
    system.restart_api()
    await system.api_is_ready()
    assert await system.ended(await system.execute(workflow)) == {"completed"}
    await system.verify()


@pytest.mark.faults
async def test_an_api_that_dies_anywhere_on_the_way_to_its_answer_loses_no_run(
    system: System, chance: random.Random
) -> None:
    """A client that was told nothing has started a run that ends, or none."""
    workflow = await system.create(chain(text("a", "{{ t.run_id }}")))
    await system.worker()
    system.api.kill()

    async def start() -> None:
        await asyncio.gather(*(attempt(system, workflow) for _ in range(CLIENTS)))

    for point in chance.sample(list(STARTING), len(STARTING)):
        system.restart_api(crash=f"{point}:{chance.randint(1, CLIENTS)}")
        await system.api_is_ready()
        await dies_at(system.api, point, start)
    system.restart_api()
    await system.api_is_ready()
    await start()
    assert len(system.evidence.accepted) >= CLIENTS
    await system.verify()


@pytest.mark.faults
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_clients_that_insist_start_one_run_a_key_over_all_deaths_of_the_api(
    system: System, chance: random.Random, way: Way
) -> None:
    """Each asks again until it is answered; each API dies at another point, also of what was asked before."""
    address = await way.address(system)
    await system.worker()
    system.api.kill()
    asked: list[asyncio.Task[str]] = []
    async with asyncio.TaskGroup() as clients:

        async def start() -> None:
            keys = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(CLIENTS)]
            fresh = [clients.create_task(insist(system, way, address, key)) for key in keys]
            asked.extend(fresh)
            while system.api.is_running and not all(client.done() for client in fresh):
                await asyncio.wait(fresh, timeout=AGAIN_SECONDS)

        for point in chance.sample(list(way.points), len(way.points)):
            system.restart_api(crash=f"{point}:{chance.randint(1, CLIENTS)}")
            await dies_at(system.api, point, start)
        system.restart_api()
    runs = [client.result() for client in asked]
    await system.api_is_ready()
    await system.verify()
    assert len(set(runs)) == len(runs)
    assert {row.id for row in await system.rows("SELECT id FROM runs")} == set(runs)


@pytest.mark.faults
async def test_clients_that_lose_patience_with_a_stopped_api_start_one_run_a_key(
    system: System, chance: random.Random
) -> None:
    """It stops in the middle of their requests and goes on when all of them have asked again, more than once."""
    [way] = [way for way in WAYS if way.name == "execute"]
    address = await way.address(system)
    await system.worker()
    keys = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(CLIENTS * 5)]
    async with asyncio.TaskGroup() as clients:
        asked = [clients.create_task(insist(system, way, address, key, IMPATIENT_SECONDS)) for key in keys]
        for _ in range(chance.randint(1, CLIENTS)):
            await asyncio.wait([one for one in asked if not one.done()], return_when=asyncio.FIRST_COMPLETED)
        system.api.freeze()
        answered = sum(client.done() for client in asked)
        await asyncio.sleep(FROZEN_SECONDS)  # not a wait for something: the stop itself
        system.api.thaw()
    runs = [client.result() for client in asked]
    await system.verify()
    assert answered < len(asked)
    assert {row.id for row in await system.rows("SELECT id FROM runs")} == set(runs)
    assert len(set(runs)) == len(runs)
