"""The commit comes before the answer, so that nothing is answered as done that is not."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.factories.workflows import workflow
from tests.fixtures.api import Client, Database

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE unique_violation USING MESSAGE = 'refused at the commit'; END $$
"""
AT_THE_COMMIT = """
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON workflows
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture(scope="module")
def postgres_url(make_database: Callable[[], str]) -> str:
    """Return a database that nobody else uses."""
    return make_database()


@pytest.fixture
async def saved(api: Client, database: Database) -> AsyncIterator[str]:
    """Return a workflow; every commit that touches one fails from now on."""
    workflow_id = str((await api.created(workflow()))["id"])
    for statement in (REFUSE, AT_THE_COMMIT):
        await database.execute(statement)
    yield workflow_id
    await database.execute("DROP FUNCTION refuse CASCADE")


async def test_a_change_whose_commit_fails_is_not_answered_as_done(api: Client, saved: str) -> None:
    answers = [
        await api.post("/workflows", json=workflow()),
        await api.put(f"/workflows/{saved}", json={"name": "b"}),
        await api.delete(f"/workflows/{saved}"),
    ]
    assert [answer.status_code for answer in answers] == [500, 500, 500]


async def test_nothing_is_rung_for_what_was_not_committed(api: Client, saved: str) -> None:
    redis = api.app.state.resources.redis
    await redis.flushdb()
    await api.delete(f"/workflows/{saved}")
    assert await redis.zcard("virga:queue") == 0
