"""A server is gone for good, and another one goes on from a backup that was made in the middle of its work."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.backups import fresh_database, virga
from tests.faults.calls import changed, most_often, steps_of
from tests.faults.system import Accepted, System, until
from tests.fixtures.target import Target
from tests.worker.world import call, chain, node

pytestmark = pytest.mark.faults

RUNS, PARKED = 30, 10
LINKS = 30
ANSWER_SECONDS = 0.4  # so that a run takes several times as long as a backup
RECORDED = "SELECT count(*) > :count FROM run_logs"
LIVE = "SELECT id FROM runs WHERE status NOT IN ('completed', 'failed')"


@pytest.fixture
def second_url(postgres_url: str, process_number: int) -> Iterator[str]:
    """Return the URL of an empty database."""
    with fresh_database(postgres_url, process_number) as url:
        yield url


async def command(url: str, keys: str, *arguments: str) -> str:
    """Run a command that must succeed, and return what it printed."""
    done = await virga(url, *arguments, VIRGA_VAULT__KEYS=keys)
    assert (done.code, done.complained) == (0, "")
    return done.printed


async def begun(system: System, target: Target) -> list[Accepted]:
    """Return runs that call one step after the other, and runs that are parked before they call."""
    links = [call(f"n{number}", target.url(), body='{"run": "{{ t.run_id }}"}') for number in range(LINKS)]
    calling = await system.create(chain(*links))
    patient = await system.create(chain(node("d", "delay", duration=20, unit="seconds"), links[0]))
    await system.worker()
    return await system.execute(calling, RUNS) + await system.execute(patient, PARKED)


async def all_has_arrived(target: Target) -> bool:
    return target.closed_connections == target.connections


async def test_another_server_finishes_all_that_the_backup_knew(
    make_database: Callable[[], str], second_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Steps in the backup are not done again; those after it are, with the same Idempotency-Key and bytes."""
    first_url, file = make_database(), tmp_path / "virga.dump"
    async with Target() as target:
        target.delay_seconds = ANSWER_SECONDS
        async with System(first_url, redis_url, tmp_path) as old:
            keys, runs = old.vault_keys, await begun(old, target)
            await old.holds(RECORDED, count=RUNS * 4)
            await command(first_url, keys, "backup", str(file))
            await old.holds(RECORDED, count=len(await old.recorded_steps()) + 2 * RUNS)
        await until(lambda: all_has_arrived(target))
        before = steps_of(target.requests)
        said = await command(second_url, keys, "restore", str(file), "--take-over")
        async with System(second_url, redis_url, tmp_path, VIRGA_VAULT__KEYS=keys) as new:
            in_backup, live = await new.recorded_steps(), len(await new.rows(LIVE))
            await new.worker()
            assert await new.ended(runs) == {"completed"}
    after = steps_of(target.requests)[len(before) :]
    assert (live, said.count(f"under way: {live}, which go on; ")) == (RUNS + PARKED, 1)
    assert in_backup.isdisjoint(after)
    assert len(set(before) & set(after)) > RUNS  # what was done after the backup
    assert max(Counter(after).values()) == 1
    assert (most_often(target) <= 2, changed(target)) == (True, set())
    assert len(set(before + after)) == RUNS * LINKS + PARKED
