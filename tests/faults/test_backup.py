"""A server is gone for good, and another one goes on from a backup that was made in the middle of its work."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.backups import fresh_database
from tests.faults.calls import changed, most_often, steps_of
from tests.faults.system import System, until
from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment
from tests.fixtures.target import Target
from tests.worker.world import call, chain, node

pytestmark = pytest.mark.faults

RUNS, PARKED = 30, 10
LINKS = 15
RECORDED = "SELECT count(*) > :count FROM run_logs"
BACK_SECONDS = 30.0


@pytest.fixture
def second_url(postgres_url: str, process_number: int) -> Iterator[str]:
    """Return the URL of an empty database."""
    with fresh_database(postgres_url, process_number) as url:
        yield url


async def virga(url: str, keys: str, *arguments: str) -> str:
    """Run a command of the command line that must succeed, and return what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app.cli", *arguments],
        env=clean_environment({"DATABASE_URL": url, "VIRGA_VAULT__KEYS": keys}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    printed, complained = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
    assert (process.returncode, complained) == (0, "")
    return printed


async def test_another_server_finishes_all_that_the_backup_knew(
    make_database: Callable[[], str], second_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Steps in the backup are not done again; those after it are, with the same Idempotency-Key and bytes."""
    first_url, file = make_database(), tmp_path / "virga.dump"
    links = [call(f"n{number}", "", body='{"run": "{{ t.run_id }}"}') for number in range(LINKS)]
    async with Target() as target:
        target.delay_seconds = 0.2
        for link in links:
            link["data"]["url"] = target.url()  # type: ignore[index] # a node's data is an object
        async with System(first_url, redis_url, tmp_path) as old:
            calls = await old.create(chain(*links))
            patient = await old.create(chain(node("d", "delay", duration=20, unit="seconds"), links[0]))
            await old.worker()
            runs = await old.execute(calls, RUNS) + await old.execute(patient, PARKED)
            await old.holds(RECORDED, count=RUNS * LINKS // 3)
            await virga(first_url, old.vault_keys, "backup", str(file))
            backed_up_by = await old.recorded_steps()
            await old.holds(RECORDED, count=len(backed_up_by) + 2 * RUNS)
        await until(lambda: _closed(target))  # all that was sent has arrived
        before = steps_of(target.requests)
        said = await virga(second_url, old.vault_keys, "restore", str(file), "--take-over")
        async with System(second_url, redis_url, tmp_path, VIRGA_VAULT__KEYS=old.vault_keys) as new:
            in_backup = await new.recorded_steps()
            live = await new.rows("SELECT id FROM runs WHERE status NOT IN ('completed', 'failed')")
            await new.flush_redis()
            await new.worker()
            assert await new.ended(runs, BACK_SECONDS) == {"completed"}
    after = steps_of(target.requests)[len(before) :]
    assert f"runs that were under way: {len(live)}, which go on; " in said
    assert len(live) == RUNS + PARKED
    assert in_backup <= backed_up_by
    assert in_backup.isdisjoint(after)
    repeated = set(before) & set(after)
    assert len(repeated) >= 2 * RUNS  # what was done after the backup
    assert {step for step, count in Counter(after).items() if count > 1} == set()
    assert (most_often(target) <= 2, changed(target)) == (True, set())
    assert len(set(before + after)) == RUNS * LINKS + PARKED


async def _closed(target: Target) -> bool:
    return target.closed_connections == target.connections
