"""A server is gone for good, and another one goes on from a backup that was made in the middle of its work."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.backups import fresh_database, virga
from tests.faults.graphs import hook, links
from tests.faults.ledger import Ledger
from tests.faults.system import Accepted, System
from tests.fixtures.target import Target
from tests.worker.world import chain, node, until

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
    calling = await system.create(links(target, LINKS))
    patient = await system.create(chain(node("d", "delay", duration=20, unit="seconds"), hook("n0", target)))
    await system.worker()
    return await system.execute(calling, RUNS) + await system.execute(patient, PARKED)


async def test_another_server_finishes_all_that_the_backup_knew(
    make_database: Callable[[], str], second_url: str, redis_url: str, tmp_path: Path, ledger: Ledger
) -> None:
    """Steps in the backup are not done again; those after it are, with the same Idempotency-Key and bytes."""
    first_url, file = make_database(), tmp_path / "virga.dump"
    async with System(first_url, redis_url, tmp_path, ledger) as old, old.witness() as target:
        target.delay_seconds = ANSWER_SECONDS
        keys, runs = old.vault_keys, await begun(old, target)
        await old.holds(RECORDED, count=RUNS * 4)
        with ledger.lasting("a server is lost, another goes on from its backup"):
            await command(first_url, keys, "backup", str(file))
            await old.holds(RECORDED, count=len(await old.recorded_steps()) + 2 * RUNS)
            for program in old.programs:
                program.kill()
            await until(lambda: target.closed_connections == target.connections)  # all that was sent has arrived
            before = len(target.calls)
            said = await command(second_url, keys, "restore", str(file), "--take-over")
            async with System(second_url, redis_url, tmp_path, ledger, {"VIRGA_VAULT__KEYS": keys}) as new:
                new.evidence.witnesses.append(target)
                new.evidence.accepted += old.evidence.accepted
                in_backup, live = await new.recorded_steps(), len(await new.rows(LIVE))
                await new.worker()
                assert await new.ended(runs) == {"completed"}
                await new.verify()
    after = [called.step for called in target.calls[before:]]
    assert (live, said.count(f"under way: {live}, which go on; ")) == (RUNS + PARKED, 1)
    assert in_backup.isdisjoint(after)
    assert len({called.step for called in target.calls[:before]} & set(after)) > RUNS  # what was done after the backup
    assert len(after) == len(set(after))
    assert len(target.by_step) == RUNS * LINKS + PARKED
