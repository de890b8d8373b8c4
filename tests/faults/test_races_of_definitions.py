"""Workflows that are changed, switched off and deleted, secrets replaced and deleted, while runs are under way."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import httpx
import pytest

from tests.faults.graphs import Graph, links
from tests.faults.racing import FINISHED, OK, STARTED, Racers, repeatedly
from tests.faults.system import Accepted, System
from tests.faults.witness import Call, Witness
from tests.worker.world import call, chain

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

TIMES = 30
RUNS = 60
DELAY_SECONDS = 0.03  # of each call
WITHOUT_KEY = ("failed", 'There is no vault item named "key".')
CREATED, DELETED, UNKNOWN, CONFLICT = 201, 204, 404, 412


@pytest.fixture
def racers(system: System, chance: random.Random) -> Racers:
    return Racers(system, chance)


async def put(system: System, workflow: str, **changes: object) -> httpx.Response:
    answer = await system.http.put(f"/workflows/{workflow}", json=changes)
    assert answer.status_code == OK, answer.text
    return answer


async def test_runs_go_on_with_the_definition_that_they_started_with(system: System, racers: Racers) -> None:
    """Each version's calls carry its label. Some runs are run again meanwhile, by either definition."""

    async def edit() -> None:
        for label in range(2, TIMES + 2):
            await racers.pause()
            system.ledger.note("edit of a workflow", excuses=False)
            await put(system, workflow, nodes=links(target, 3, f"v{label}")[0])

    async def race() -> None:
        await racers.pause()
        run = await racers.start(workflow)
        for which in ("current", "original"):
            assert await racers.repeat(run, f"rerun?definition={which}") is not None

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        workflow = await system.create(links(target, 3, "v1"))
        await system.worker()
        await asyncio.gather(edit(), repeatedly(RUNS, race))
        await system.verify()
    versions = await system.rows("SELECT version FROM workflow_versions ORDER BY version")
    executed = await system.rows("SELECT DISTINCT workflow_version FROM runs")
    assert [row.version for row in versions] == list(range(1, TIMES + 2))
    assert len(executed) > 1


async def test_who_is_refused_by_a_workflow_that_is_switched_off_starts_nothing(system: System, racers: Racers) -> None:
    """Whoever was accepted before has a run that completes, also while it is off."""

    async def switch() -> None:
        for number in range(TIMES):
            await racers.pause()
            system.ledger.note("workflow switched off" if number % 2 == 0 else "workflow switched on", excuses=False)
            await put(system, workflow, is_active=number % 2 == 1)

    async def race() -> int:
        answer = await racers.post(f"/workflows/{workflow}/execute")
        if answer.status_code == STARTED:
            system.accept(answer)
        return answer.status_code

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        workflow = await system.create(links(target, 2))
        await system.worker()
        _, told = await asyncio.gather(switch(), repeatedly(RUNS * 2, race))
        assert set(told) <= {STARTED, FINISHED}
        await put(system, workflow, is_active=False)
        assert await race() == FINISHED
        await system.verify()
    [runs] = await system.rows("SELECT count(*) AS started, bool_and(status = 'completed') AS completed FROM runs")
    assert (runs.started, runs.completed) == (told.count(STARTED), True)


async def test_a_workflow_that_is_deleted_while_runs_start_takes_all_of_them_along(
    system: System, racers: Racers
) -> None:
    """A start is accepted or finds nothing; what was accepted stops, is unknown at once, and its rows go."""

    async def race() -> Sequence[str]:
        workflow = await system.create(links(target, 5))
        first = await racers.start(workflow)
        begun = asyncio.gather(*(racers.post(f"/workflows/{workflow}/execute") for _ in range(3)))
        await racers.pause()
        system.ledger.note("workflow deleted", excuses=False)
        assert (await system.http.delete(f"/workflows/{workflow}")).status_code == httpx.codes.NO_CONTENT
        answers = await begun
        assert {answer.status_code for answer in answers} <= {STARTED, UNKNOWN}
        ids = [first.id, *(str(one.json()["id"]) for one in answers if one.status_code == STARTED)]
        for run_id in ids:
            assert (await system.http.get(f"/workflows/runs/{run_id}")).status_code == UNKNOWN
        return ids

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        kept = await system.create(links(target, 5))
        await system.worker()
        gone, _ = await asyncio.gather(repeatedly(TIMES, race), system.execute(kept, RUNS // 2))
        await system.holds("SELECT count(*) = 1 FROM workflows")
        system.evidence.removed(run_id for ids in gone for run_id in ids)
        await system.verify()
    left = await system.rows(
        "SELECT workflow_id FROM runs UNION SELECT workflow_id FROM run_logs UNION SELECT workflow_id FROM"
        " workflow_versions UNION SELECT workflow_id FROM workflow_counts"
    )
    assert [row.workflow_id for row in left] == [kept]
    assert await system.rows("SELECT run_id FROM run_waits") == []


async def test_of_two_who_save_the_same_version_at_once_one_is_told_of_the_other(
    system: System, racers: Racers
) -> None:
    """Without `If-Match` both are saved, one after the other; runs that start between them have one or the other."""

    async def save(label: str, **headers: str) -> int:
        await racers.pause(0.02)
        nodes = links(target, 2, label)[0]
        answer = await system.http.put(f"/workflows/{workflow}", json={"nodes": nodes}, headers=headers)
        return answer.status_code

    async with system.witness() as target:
        workflow = await system.create(links(target, 2, "v1"))
        await system.worker()
        for number in range(TIMES):
            system.ledger.note("two edits at once", excuses=False)
            etag = (await system.http.get(f"/workflows/{workflow}")).headers["ETag"]
            held = [save(f"{number}{who}", **{"If-Match": etag}) for who in "ab"]
            free = [save(f"{number}{who}") for who in "cd"]
            assert sorted(await asyncio.gather(*held)) == [OK, CONFLICT]
            assert (await asyncio.gather(*free, racers.start(workflow)))[:2] == [OK, OK]
        await system.verify()
    versions = await system.rows("SELECT version FROM workflow_versions ORDER BY version")
    assert [row.version for row in versions] == list(range(1, 3 * TIMES + 2))


async def test_a_secret_that_is_replaced_is_used_from_then_on(system: System, racers: Racers) -> None:
    """Each call has one secret: none that had been replaced when its run was asked for, or had called before."""
    secrets = [f"secret-of-turn-{number:03}-{'x' * 20}" for number in range(TIMES)]
    system.evidence.secrets = secrets
    current = 0
    known: dict[str, list[int]] = {}  # by run, what was current before each of its calls

    async def rotate(item: str) -> None:
        nonlocal current
        for number, secret in enumerate(secrets[1:], 1):
            await racers.pause()
            system.ledger.note("secret replaced", excuses=False)
            changed = await system.http.put(f"/workflows/vault/{item}", json={"secret": secret})
            assert changed.status_code == OK, changed.text
            current = number

    async def race() -> None:
        await racers.pause()
        before = current
        run = await racers.start(workflow)
        known.setdefault(run.id, []).insert(0, before)

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        target.on_call = lambda _: known.setdefault(run_of(target.calls[-1]), []).append(current)
        item = await keep(system, secrets[0])
        workflow = await system.create(with_key(target))
        await system.worker()
        await asyncio.gather(rotate(item), repeatedly(RUNS, race))
        await system.verify()
    for run, least in known.items():
        turns = [turn_of(secrets, made) for made in target.calls if run_of(made) == run]
        assert all(turn >= before for turn, before in zip(turns, least, strict=False)), (turns, least)
    assert len({turn_of(secrets, made) for made in target.calls}) > 1


async def test_without_their_secret_runs_fail_and_say_so(system: System, racers: Racers) -> None:
    """Who starts one after the secret was deleted is not called; of those before, each completes or says the same."""
    secrets = [f"secret-of-turn-{number:03}-{'x' * 20}" for number in range(TIMES)]
    system.evidence.secrets = secrets
    ends: Counter[tuple[str, str | None]] = Counter()

    async def race() -> Accepted:
        await racers.pause()
        return await racers.start(workflow)

    async def delete(item: str) -> Accepted:
        await racers.pause()
        system.ledger.note("secret deleted", excuses=False)
        answer = await system.http.delete(f"/workflows/vault/{item}")
        assert answer.status_code == DELETED, answer.text
        return await racers.start(workflow)

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        item = await keep(system, secrets[0])
        workflow = await system.create(with_key(target))
        await system.worker()
        for secret in secrets[1:]:
            late, *others = await asyncio.gather(delete(item), race(), race())
            await system.over()
            assert await racers.end(late) == WITHOUT_KEY
            assert late.id not in {run_of(made) for made in target.calls}
            ends.update([await racers.end(run) for run in others])
            item = await keep(system, secret)
        await system.verify()
    assert set(ends) == {("completed", None), WITHOUT_KEY}


def with_key(target: Witness) -> Graph:
    """Return three calls in a row that show the secret "key"."""
    shown = {"headers": {"X-Key": "{{ vault.key }}"}, "body": "{{ vault.key }} {{ t.run_id }}"}
    return chain(*(call(f"n{number}", target.url(), **shown) for number in range(3)))


async def keep(system: System, secret: str) -> str:
    """Keep a secret under the name "key", and return the id of its item."""
    made = await system.http.post("/workflows/vault", json={"name": "key", "secret": secret})
    assert made.status_code == CREATED, made.text
    return str(made.json()["id"])


def run_of(made: Call) -> str:
    return made.step.partition(":")[0]


def turn_of(secrets: Sequence[str], made: Call) -> int:
    """Return which of the secrets a call has used, in its header and in its body."""
    head, _, body = made.request.decode().partition("\r\n\r\n")
    [header] = [line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("x-key: ")]
    assert body.split()[0] == header
    return secrets.index(header)
