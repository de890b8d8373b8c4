"""`virga restore`: what comes back, what becomes of what was under way, and how it can be taken over."""

import re
import subprocess

from app.cli.restore import INTERRUPTED
from app.embedded.binaries import postgres_bin
from tests.cli.backups import Original, office_on, rows_of, virga
from tests.fixtures.api import Database, database_of, json_of
from tests.worker.world import text, until

SCHEDULES = "SELECT id, is_active, next_run_at IS NULL AS is_off FROM workflows WHERE schedule_type <> 'manual'"


def schema(url: str) -> str:
    """Return all that makes the schema: tables, partitions, owners, rights, policies, functions."""
    command = [str(postgres_bin() / "pg_dump"), "--schema-only", f"--dbname={url}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", said, flags=re.MULTILINE)


async def test_every_row_comes_back_as_it_was(original: Original, restored: Database, empty_url: str) -> None:
    done = await virga(empty_url, "restore", str(original.file), "--take-over")
    assert (done.code, done.complained) == (0, "")
    async with database_of(original.url) as before:
        assert await rows_of(restored) == await rows_of(before)
    assert await restored.value("SELECT count(*) FROM node_tests") == 0


async def test_the_schema_is_that_of_a_migrated_database(original: Original, empty_url: str, postgres_url: str) -> None:
    assert (await virga(empty_url, "restore", str(original.file))).code == 0
    assert schema(empty_url) == schema(postgres_url)


async def test_what_was_under_way_ends_and_is_counted(original: Original, restored: Database, empty_url: str) -> None:
    done = await virga(empty_url, "restore", str(original.file))
    assert done.printed.splitlines() == [
        f"{original.file} is restored.",
        f'runs that were under way: 6, which have failed: "{INTERRUPTED}"',
        "schedules: 1, each off until its workflow is saved again",
    ]
    rows = await restored.rows("SELECT id, status, error_message, lease_owner, ready, due_at, completed_at FROM runs")
    ended = {row.id: row for row in rows}
    assert {ended[run].error_message for run in original.under_way} == {INTERRUPTED}
    assert {(row.status, row.lease_owner, row.ready, row.due_at) for row in rows if row.error_message} == {
        ("failed", None, False, None)
    }
    assert ended[original.runs["done"]].status == "completed"
    assert await restored.value("SELECT count(*) FROM run_waits") == 0
    assert await restored.value("SELECT count(*) FROM workers") == 0
    counted = "SELECT sum(count) FROM workflow_counts WHERE status = :status"
    assert [await restored.value(counted, status=status) for status in ("accepted", "completed", "failed")] == [7, 1, 6]
    logged = "SELECT count(*) FROM run_logs WHERE status = 'warning'"
    assert await restored.value(logged) == await restored.value(counted, status="log_warning") == 4


async def test_a_schedule_is_off_until_its_workflow_is_saved_again(
    original: Original, restored: Database, empty_url: str, redis_url: str
) -> None:
    await virga(empty_url, "restore", str(original.file))
    [row] = await restored.rows(SCHEDULES)
    assert (row.id, row.is_active, row.is_off) == (original.scheduled, True, True)
    async with office_on(empty_url, redis_url) as office:
        path = f"/workflows/{original.scheduled}"
        shown = json_of(await office.api.get(path), 200)
        assert (shown["next_run_at"], shown["is_active"]) == (None, True)
        again = json_of(await office.api.put(path, json={key: shown[key] for key in ("nodes", "edges")}), 200)
    assert again["next_run_at"] is not None
    assert again["version"] == shown["version"]


async def test_secrets_and_addresses_are_those_of_the_old_server(
    original: Original, empty_url: str, redis_url: str
) -> None:
    await virga(empty_url, "restore", str(original.file))
    async with office_on(original.url, redis_url) as old:
        before = [one["webhook_url"] for one in (await old.api.get("/workflows")).json()]
    async with office_on(empty_url, redis_url) as office:
        assert [one["webhook_url"] for one in (await office.api.get("/workflows")).json()] == before
    assert len([url for url in before if url]) == 1


async def test_taken_over_every_run_goes_on(
    original: Original, restored: Database, empty_url: str, redis_url: str
) -> None:
    done = await virga(empty_url, "restore", str(original.file), "--take-over")
    assert "runs that were under way: 6, which go on; " in done.printed
    assert done.printed.endswith("schedules: 1, which go on\n")
    assert await restored.value("SELECT bool_and(dead_at IS NOT NULL) FROM workers")
    [row] = await restored.rows(SCHEDULES)
    assert not row.is_off
    async with office_on(empty_url, redis_url) as office, office.world.worker() as worker:
        run, silent = original.runs, original.runs["leased"]
        await until(lambda: silent in worker.parts.engine.held_ids)
        assert await office.answer(original.form_url, "ok") == 200
        await office.world.execute("UPDATE runs SET due_at = now() WHERE due_at > now()")
        await office.world.execute("UPDATE run_waits SET due_at = now() WHERE due_at > now()")
        going_on = [run[name] for name in ("parent", "child", "delay", "form", "pending")]
        assert {row.status for row in await office.world.ended(*going_on)} == {"completed"}
        takeovers = await office.world.rows("SELECT id, takeovers FROM runs WHERE takeovers > 0")
    assert [(row.id, row.takeovers) for row in takeovers] == [(silent, 1)]


async def test_a_workflow_that_was_restored_runs(original: Original, empty_url: str, redis_url: str) -> None:
    await virga(empty_url, "restore", str(original.file))
    async with office_on(empty_url, redis_url) as office, office.world.worker():
        run = await office.parked(text("said", "anew"))
        [url] = (await office.urls(run)).values()
        assert await office.answer(url) == 200
        assert [row.status for row in await office.world.ended(run)] == ["completed"]
