"""`virga vault rotate`: what it encrypts again, what it says, and that it may be killed or run beside servers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.config import VaultSettings
from app.core.crypto import Keyring
from app.core.db import API_ROLE, create_engine
from app.core.errors import SetupError
from app.models import Base
from app.models.rotation import BATCH_ROWS, SEALED_COLUMNS, SealedColumn
from app.models.startup import needed_keys, refuse_missing_keys
from tests.cli.installation import BOTH, NEW, OLD, Installation
from tests.factories.rows import least_row
from tests.factories.workflows import webhook_workflow
from tests.fixtures.api import Client, database_of, json_of, serving
from tests.fixtures.serving import PATIENCE_SECONDS

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'virga-vault' AND wait_event_type = 'Lock'
"""
each_column = pytest.mark.parametrize("column", SEALED_COLUMNS, ids=lambda column: column.table)


@pytest.fixture
async def installation(make_database: Callable[[], str]) -> AsyncIterator[Installation]:
    url = make_database()
    async with database_of(url) as database:
        yield Installation(url, database)


@each_column
async def test_everything_is_encrypted_again_with_the_first_key(
    installation: Installation, column: SealedColumn
) -> None:
    for number in range(3):
        await installation.add(column, f"id_{number}", org_id=f"org-{number % 2}")
    assert (await installation.rotate())[0] == 0
    assert await installation.read(column, NEW) == {f"id_{n}": f"plain id_{n}".encode() for n in range(3)}


async def test_it_says_what_it_did_and_which_key_can_go(installation: Installation) -> None:
    vault, workflows, _ = SEALED_COLUMNS
    for column, count in ((vault, 2), (workflows, 1)):
        for number in range(count):
            await installation.add(column, f"id_{number}")
    code, printed, complained = await installation.rotate()
    assert printed.splitlines() == [
        'secrets of the vault: 2 encrypted again with "new"',
        'webhook tokens: 1 encrypted again with "new"',
        'authorizations: 0 encrypted again with "new"',
        'Not needed any more: "old". Remove it from VIRGA_VAULT__KEYS, and restart what runs.',
    ]
    assert (code, complained) == (0, "")
    _, printed, _ = await installation.rotate(NEW)
    assert printed.splitlines()[-1] == 'All that is stored is encrypted with "new".'


async def test_a_form_that_waits_keeps_its_key(installation: Installation) -> None:
    table = Base.metadata.tables["run_waits"]
    row = least_row(table) | {"token_hash": b"hash", "token_key_id": "old"}
    async with installation.database.engine.begin() as connection:
        await connection.execute(table.insert().values(row))
    code, _, complained = await installation.rotate()
    assert code == 1
    assert complained.startswith("forms: 1 wait for an answer at addresses of another key; keep it until")
    assert 'Still needed: "old".' in complained


async def test_rows_without_a_secret_are_left_alone(installation: Installation) -> None:
    """API keys, and workflows without a webhook."""
    for column in SEALED_COLUMNS:
        table = Base.metadata.tables[column.table]
        async with installation.database.engine.begin() as connection:
            await connection.execute(table.insert().values(least_row(table)))
    assert (await installation.rotate())[0] == 0
    assert await needed_keys(installation.database.engine) == set()


async def test_more_rows_than_a_batch_has(installation: Installation) -> None:
    column = SEALED_COLUMNS[0]
    for number in range(2 * BATCH_ROWS + 1):
        await installation.add(column, f"id_{number}")
    assert (await installation.rotate())[0] == 0
    assert await installation.by_key(column) == {"new": 2 * BATCH_ROWS + 1}


async def test_what_cannot_be_read_is_named_and_the_rest_done(installation: Installation) -> None:
    column = SEALED_COLUMNS[0]
    for item_id in ("id_1", "id_2", "id_3"):
        await installation.add(column, item_id)
    await installation.database.execute("UPDATE vault_items SET secret = 'changed' WHERE id = 'id_2'")
    await installation.database.execute("UPDATE vault_items SET secret_key_id = 'lost' WHERE id = 'id_3'")
    code, printed, complained = await installation.rotate()
    assert (code, printed.splitlines()[0]) == (1, 'secrets of the vault: 1 encrypted again with "new"')
    assert complained.splitlines() == [
        "secrets of the vault: id_2 cannot be read. The stored secret does not belong to this row or was changed.",
        'secrets of the vault: id_3 cannot be read. The vault key "lost" is not configured.',
        'Still needed: "lost", "old". Keep the key: what is named above could not be read.',
    ]
    assert "plain" not in printed + complained


async def test_a_row_that_was_moved_to_another_organization_is_not_read(installation: Installation) -> None:
    await installation.add(SEALED_COLUMNS[0], "id_1")
    await installation.database.execute("UPDATE vault_items SET org_id = 'another'")
    assert (await installation.rotate())[0] == 1
    assert await installation.by_key(SEALED_COLUMNS[0]) == {"old": 1}


async def test_killed_halfway_it_is_simply_repeated(installation: Installation) -> None:
    column = SEALED_COLUMNS[0]
    for number in range(BATCH_ROWS + 20):
        await installation.add(column, f"id_{number:03}")
    async with installation.database.engine.begin() as holder:
        await holder.execute(text("SELECT 1 FROM vault_items WHERE id = 'id_050' FOR UPDATE"))
        process = installation.start()
        expected = {"new": BATCH_ROWS + 19, "old": 1}

        async with asyncio.timeout(PATIENCE_SECONDS):
            while await installation.database.value(WAITING) == 0:
                await asyncio.sleep(0.02)
        assert await installation.by_key(column) == expected
        process.kill()
        await asyncio.to_thread(process.communicate)
    assert process.returncode == -signal.SIGKILL
    assert await installation.by_key(column) == expected
    assert (await installation.rotate())[1].startswith('secrets of the vault: 1 encrypted again with "new"')
    assert set(await installation.read(column, NEW)) == {f"id_{n:03}" for n in range(BATCH_ROWS + 20)}


async def test_two_at_once_do_each_row_once(installation: Installation) -> None:
    column = SEALED_COLUMNS[0]
    for number in range(2 * BATCH_ROWS):
        await installation.add(column, f"id_{number:03}")
    both = await asyncio.gather(installation.rotate(), installation.rotate())
    done = [int(printed.split(": ")[1].split(" ")[0]) for _, printed, _ in both]
    assert ([code for code, _, _ in both], sum(done)) == ([0, 0], 2 * BATCH_ROWS)


async def test_servers_read_and_write_all_the_while(installation: Installation, redis_url: str) -> None:
    vault = VaultSettings(keys=SecretStr(BOTH))
    async with serving(installation.url, redis_url, vault=VaultSettings(keys=SecretStr(f"{OLD},{NEW}"))) as before:
        client = Client(before, "acme")
        hooks = [await client.created(webhook_workflow()) for _ in range(20)]
        item = json_of(await client.post("/workflows/vault", json={"name": "crm", "secret": "first one"}), 201)
    async with serving(installation.url, redis_url, vault=vault) as app:
        client = Client(app, "acme")
        rotation = asyncio.create_task(installation.rotate())
        asked = 0
        while not rotation.done() or not asked:
            asked += 1
            shown = (await client.get("/workflows")).json()
            assert {hook["webhook_url"] for hook in shown} == {hook["webhook_url"] for hook in hooks}
            json_of(await client.put(f"/workflows/vault/{item['id']}", json={"secret": f"number {asked}"}), 200)
            json_of(await client.put(f"/workflows/{hooks[0]['id']}", json={"name": f"number {asked}"}), 200)
        assert rotation.result()[0] == 0
    assert await installation.read(SEALED_COLUMNS[0], NEW) == {item["id"]: f"number {asked}".encode()}
    async with serving(installation.url, redis_url, vault=VaultSettings(keys=SecretStr(NEW))) as after:
        shown = (await Client(after, "acme").get("/workflows")).json()
        assert {hook["webhook_url"] for hook in shown} == {hook["webhook_url"] for hook in hooks}


@each_column
async def test_a_process_without_the_key_of_anything_stored_does_not_start(
    installation: Installation, column: SealedColumn
) -> None:
    await installation.add(column, "id_1")
    for role in (API_ROLE, "virga_worker"):
        engine = create_engine(installation.url, role=role, pool_size=1, application="test")
        with pytest.raises(SetupError, match='VIRGA_VAULT__KEYS lacks the key "old"'):
            await refuse_missing_keys(engine, Keyring.parse(NEW))
        await refuse_missing_keys(engine, Keyring.parse(BOTH))
        await engine.dispose()


async def test_a_user_that_does_not_see_all_rows_is_not_told_that_keys_can_go(installation: Installation) -> None:
    """Row-level security hides rows without a word; the question which keys are needed is answered past it."""
    await installation.add(SEALED_COLUMNS[0], "id_1")
    for statement in (
        "CREATE ROLE half LOGIN PASSWORD 'half'",
        "GRANT virga_api TO half",
        "GRANT SELECT, UPDATE ON vault_items, workflows, authorizations TO half",
    ):
        await installation.database.execute(statement)
    url = installation.url.replace("virga:test@", "half:half@")
    code, printed, complained = await installation.rotate(DATABASE_URL=url)
    await installation.database.execute("DROP OWNED BY half")
    await installation.database.execute("DROP ROLE half")
    assert (code, printed.count(" 0 encrypted")) == (1, 3)
    assert complained.startswith('Still needed: "old". Servers have used it meanwhile, or the user of DATABASE_URL')


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"VIRGA_VAULT__KEYS": ""}, "VIRGA_VAULT__KEYS is not set; `virga init-env` makes one."),
        ({"VIRGA_VAULT__KEYS": "k1:short"}, "VIRGA_VAULT__KEYS must be `id:base64` of 32 bytes each"),
        ({"DATABASE_URL": "postgresql://virga:pw@127.0.0.1:1/x"}, "The database of DATABASE_URL cannot be reached: "),
    ],
)
async def test_what_is_not_set_up_is_refused_with_a_sentence(
    installation: Installation, settings: dict[str, str], sentence: str
) -> None:
    code, printed, complained = await installation.rotate(**settings)
    assert (code, printed, complained.count("\n")) == (2, "", 1)
    assert complained.startswith(sentence)
