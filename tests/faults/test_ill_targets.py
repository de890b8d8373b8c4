"""Targets that hang, lie, break off and flood: each call ends in its time and says why, and healthy ones go on."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Row

from tests.faults.graphs import links
from tests.faults.ills import ILLS, SECONDS
from tests.faults.ledger import Ledger
from tests.faults.system import Accepted, System
from tests.faults.ward import BOMB_MIB, Ward, certified, misbehaving
from tests.worker.world import call, chain, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

TIMES = 3  # each ill
HEALTHY = 40
HANGERS = 20
HANG_SECONDS = 250.0
GRACE_MS = 15_000  # past its time, of a step on a busy machine
GROWTH_MIB = BOMB_MIB / 2  # of a worker's memory, at most: less than one of the bombs


@pytest.fixture
async def ward() -> AsyncIterator[Ward]:
    async with Ward() as ward:
        yield ward


@pytest.fixture
async def addresses(tmp_path: Path, ward: Ward) -> AsyncIterator[Mapping[str, str]]:
    contexts, _ = certified(tmp_path)
    async with misbehaving(ward, contexts) as addresses:
        yield addresses


@pytest.fixture
async def system(
    make_database: Callable[[], str], redis_url: str, tmp_path: Path, addresses: Mapping[str, str], ledger: Ledger
) -> AsyncIterator[System]:
    """Return a system that trusts two of the certificates, so that nothing but their other fault is in the way."""
    del addresses  # made before
    settings = {"SSL_CERT_FILE": str(tmp_path / "trusted.pem"), "VIRGA_EGRESS__ALLOW": '["127.0.0.0/8", "::1/128"]'}
    async with System(make_database(), redis_url, tmp_path, ledger, settings) as system:
        yield system


async def started(system: System, addresses: Mapping[str, str]) -> Mapping[str, list[Accepted]]:
    """Start runs that call each of the targets, and return them by the target's ill."""
    runs = {}
    for ill, known in ILLS.items():
        workflow = await system.create(chain(call("ill", addresses[ill], **known.node)))
        runs[ill] = await system.execute(workflow, TIMES)
        system.ledger.note("target misbehaves", excuses=False)
    return runs


async def steps_of(system: System, runs: list[Accepted]) -> list[Row[tuple[object, ...]]]:
    """Return what counts of the calls, with how the runs ended."""
    rows = await system.rows(
        "SELECT runs.id, runs.status, error_message, duration_ms, output::text AS output FROM runs"
        " JOIN run_logs ON run_id = runs.id WHERE runs.id = ANY(:ids) AND node_id = 'ill'"
        " AND run_logs.status <> 'warning'",
        ids=[run.id for run in runs],
    )
    return list(rows)


async def all_end_as_they_must(system: System, runs: Mapping[str, list[Accepted]]) -> None:
    """Look at each run's end, what it and its step say, and how long its call took."""
    wrong = []
    for ill, known in ILLS.items():
        steps = await steps_of(system, runs[ill])
        wrong += [f"{ill}: a step is missing"] * (TIMES - len(steps))
        for step in steps:
            is_said = known.said in (step.error_message or "") and known.said in step.output
            is_in_time = step.duration_ms < SECONDS * 1000 + GRACE_MS
            if not (step.status == known.end and is_said and is_in_time):
                wrong.append(f"{ill}: {step.status} after {step.duration_ms} ms, {step.error_message}")
    assert not wrong, "\n".join(wrong)


def peak_mib(pid: int) -> float:
    """Return the most memory that a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(peak) / 1024


async def test_bad_targets_hold_up_nobody_and_say_what_is_wrong(
    system: System, ward: Ward, addresses: Mapping[str, str]
) -> None:
    """Some hang from before the first healthy call until after the last; nothing is tried again without a policy."""
    system.evidence.witnesses.append(ward)
    async with system.witness() as target:
        worker = await system.worker()
        hanging = await system.create(
            chain(call("hang", ward.address("hangs after its headers"), timeout_seconds=HANG_SECONDS))
        )
        healthy = await system.create(links(target, 3))
        await system.ended(await system.execute(healthy, 5))
        before = peak_mib(worker.pid)
        hangers = await system.execute(hanging, HANGERS)
        await until(lambda: ward.hanging == HANGERS)
        runs, well = await asyncio.gather(started(system, addresses), system.execute(healthy, HEALTHY))
        assert await system.ended(well) == {"completed"}
        ids = [run.id for run in hangers]
        [live] = await system.rows("SELECT count(*) FROM runs WHERE id = ANY(:ids) AND status = 'running'", ids=ids)
        assert (live[0], ward.hanging >= HANGERS) == (HANGERS, True)
        await system.over(ids)
        ward.let_go.set()
        await system.verify()
    await all_end_as_they_must(system, runs)
    for ill, known in ILLS.items():
        if known.calls is not None:
            made = [len(ward.by_step[f"{run.id}::ill"]) for run in runs[ill]]
            assert (ill, made) == (ill, [known.calls] * TIMES)
    assert peak_mib(worker.pid) - before < GROWTH_MIB


async def test_calls_of_bad_targets_end_also_where_their_worker_dies(
    system: System, ward: Ward, addresses: Mapping[str, str], chance: random.Random
) -> None:
    """At a random call: whoever takes over tries again what was in flight, and it ends in the same way."""
    system.evidence.witnesses.append(ward)
    async with system.witness() as target:
        doomed = await system.worker()
        healthy = await system.create(links(target, 3))
        nth = chance.randint(5, TIMES * len(ILLS) // 2)

        def die(number: int) -> None:
            if number == nth:
                doomed.kill()

        ward.on_call = die
        runs, well = await asyncio.gather(started(system, addresses), system.execute(healthy, HEALTHY))
        await until(lambda: not doomed.is_running)
        await until(lambda: all(one.closed_connections == one.connections for one in (ward, target)))
        system.ledger.prolong()
        await system.worker()
        assert await system.ended(well) == {"completed"}
        await system.verify()
    await all_end_as_they_must(system, runs)
