"""Who is claimed first: organizations take turns, workers do not get in each other's way."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.worker.leased import claimer_of, leased_runs, somebody_waits_for_a_lock
from tests.worker.world import PATIENCE_SECONDS, World, chain, text
from worker.execution.claim import Capacity, Claimer
from worker.execution.claimed import Claimed

_WORKERS = """
    INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at)
    SELECT id, 0, 'elsewhere', '', 1, 1, :now FROM unnest(CAST(:ids AS text[])) AS id
"""


@pytest.fixture
async def claimer(world: World) -> Claimer:
    await world.execute(_WORKERS, ids=["wrk_a", "wrk_b"], now=world.clock.now())
    return claimer_of(world)


async def queue(world: World, lengths: Mapping[str, int]) -> None:
    """Give each organization so many due runs, those of the first one before those of the next."""
    for org, length in lengths.items():
        workflow = await world.add_workflow(*chain(text("a", "x")), org=org)
        for _ in range(length):
            await world.start(workflow, org=org)


def by_org(claimed: list[Claimed]) -> dict[str, int]:
    return dict(Counter(run.org_id for run in claimed))


def in_rounds(lengths: Mapping[str, int], capacity: Capacity) -> dict[str, int]:
    """Deal slots the slow way: whoever has had the fewest turns comes next, then whoever waits longest."""
    turns = {org: capacity.held.get(org, 0) for org in lengths}
    left, order = dict(lengths), {org: place for place, org in enumerate(lengths)}
    dealt: Counter[str] = Counter()
    for _ in range(capacity.slots):
        waiting = [org for org in lengths if left[org] and turns[org] < capacity.cap]
        if not waiting:
            break
        org = min(waiting, key=lambda org: (turns[org], order[org]))
        turns[org] += 1
        left[org] -= 1
        dealt[org] += 1
    return dict(dealt)


@pytest.mark.parametrize(
    ("lengths", "slots", "held", "dealt"),
    [
        ({"flood": 9, "b": 2, "c": 1}, 4, {}, {"flood": 2, "b": 1, "c": 1}),
        ({"flood": 9, "b": 2, "c": 1}, 8, {}, {"flood": 4, "b": 2, "c": 1}),
        ({"flood": 9, "b": 2}, 3, {"flood": 3}, {"flood": 1, "b": 2}),
        ({"flood": 9, "b": 1}, 8, {"flood": 4}, {"b": 1}),
    ],
    ids=["turns", "half", "held counts", "full"],
)
async def test_organizations_take_turns(
    world: World,
    claimer: Claimer,
    lengths: Mapping[str, int],
    slots: int,
    held: Mapping[str, int],
    dealt: Mapping[str, int],
) -> None:
    await queue(world, lengths)
    claimed = await claimer.claim_in_rounds("wrk_a", Capacity(slots, 4, held))
    assert by_org(claimed) == dealt


async def test_rounds_deal_as_by_hand_whatever_waits(world: World, claimer: Claimer) -> None:
    dice = random.Random(7)
    for _ in range(15):
        await world.execute("UPDATE runs SET ready = false")
        lengths = {org: dice.randint(0, 6) for org in dice.sample("abcdef", 4)}
        held = {org: dice.randint(1, 5) for org in dice.sample("abcdef", 2)}
        capacity = Capacity(dice.randint(1, 12), dice.randint(1, 5), held)
        await queue(world, lengths)
        assert by_org(await claimer.claim_in_rounds("wrk_a", capacity)) == in_rounds(lengths, capacity)


async def test_of_one_organization_the_oldest_come_first(world: World, claimer: Claimer) -> None:
    await queue(world, {"a": 6})
    waiting = [row.id for row in await world.rows("SELECT id FROM runs ORDER BY due_at, id")]
    claimed = await claimer.claim_in_rounds("wrk_a", Capacity(3, 3, {}))
    assert {run.id for run in claimed} == set(waiting[:3])


async def test_two_workers_never_claim_the_same_run(world: World, claimer: Claimer) -> None:
    await queue(world, {"a": 40, "b": 40})
    ids = [row.id for row in await world.rows("SELECT id FROM runs")]
    claimed: list[Claimed] = []
    while len(claimed) < len(ids):
        claims = [claimer.claim_in_rounds(worker, Capacity(7, 7, {})) for worker in ("wrk_a", "wrk_b")]
        claims += [claimer.claim_hinted(worker, ids) for worker in ("wrk_a", "wrk_b")]
        for found in await asyncio.gather(*claims):
            claimed += found
    assert sorted(run.id for run in claimed) == sorted(ids)
    assert {run.fence for run in claimed} == {1}


async def test_a_worker_that_is_declared_dead_claims_nothing(world: World, claimer: Claimer) -> None:
    await queue(world, {"a": 1})
    await world.execute("UPDATE workers SET dead_at = :now WHERE id = 'wrk_a'", now=world.clock.now())
    assert await claimer.claim_in_rounds("wrk_a", Capacity(5, 5, {})) == []
    assert await claimer.claim_in_rounds("wrk_nobody", Capacity(5, 5, {})) == []
    assert len(await claimer.claim_in_rounds("wrk_b", Capacity(5, 5, {}))) == 1


async def test_a_run_that_somebody_holds_is_not_claimed_by_its_id(world: World, claimer: Claimer) -> None:
    [run] = await leased_runs(world, owner="wrk_b")
    assert await claimer.claim_hinted("wrk_a", [run]) == []
    assert (await world.run(run)).lease_owner == "wrk_b"


async def test_no_claim_waits_for_a_run_that_somebody_has_locked(world: World, claimer: Claimer) -> None:
    await queue(world, {"a": 4})
    locked, *free = [row.id for row in await world.rows("SELECT id FROM runs ORDER BY id")]
    await world.execute("UPDATE runs SET takeovers = 2 WHERE id = :id", id=free[2])
    async with world.database.connect() as rival, asyncio.timeout(PATIENCE_SECONDS):
        await rival.execute(*world.statement("SELECT FROM runs WHERE id = ANY(:ids) FOR UPDATE", ids=[locked, free[2]]))
        assert [run.id for run in await claimer.claim_hinted("wrk_a", [locked, free[0]])] == [free[0]]
        assert [run.id for run in await claimer.claim_in_rounds("wrk_a", Capacity(5, 5, {}))] == [free[1]]
        assert await claimer.claim_suspect("wrk_a") == []


async def test_a_run_that_another_claim_took_meanwhile_is_not_taken_again(world: World, claimer: Claimer) -> None:
    """The first claim is held up behind the first of its runs, while somebody claims the other one."""
    await queue(world, {"a": 2})
    for statement in (_HOLD_UP, _BEFORE_UPDATES):
        await world.execute(statement)
    async with world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT pg_advisory_xact_lock(1)"))
        claiming = asyncio.create_task(claimer.claim_in_rounds("wrk_a", Capacity(2, 2, {})))
        await somebody_waits_for_a_lock(world)
        [other] = await world.rows("SELECT id FROM runs FOR UPDATE SKIP LOCKED")
        [taken] = await claimer.claim_hinted("wrk_b", [other.id])
        await rival.rollback()
    assert other.id not in {run.id for run in await claiming}
    assert (taken.fence, (await world.run(other.id)).lease_owner) == (1, "wrk_b")


_HOLD_UP = """
    CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.lease_owner = 'wrk_a' THEN PERFORM pg_advisory_xact_lock(1); END IF;
        RETURN NEW;
    END $$
"""
_BEFORE_UPDATES = "CREATE TRIGGER hold_up BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION hold_up()"
