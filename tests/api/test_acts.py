"""Every route that changes something: it leaves an entry in the audit log, or stands here with the reason why not.

A new route fails here until it is on one of the two lists.
"""

from collections.abc import AsyncIterator, Callable, Mapping

import httpx
import pytest

from tests.api.planting import BODIES, OPERATIONS, Garden, everything_of
from tests.factories.workflows import Json, webhook_workflow
from tests.fixtures.api import Client, Database, database_of, json_of, serving

# What each act is called in the log.
ACTS: Mapping[str, str] = {
    "POST /workflows": "workflow.create",
    "PUT /workflows/{workflowId}": "workflow.update",
    "DELETE /workflows/{workflowId}": "workflow.delete",
    "POST /workflows/{workflowId}/webhook-token/rotate": "workflow.rotate_webhook",
    "POST /workflows/runs/{runId}/cancel": "run.cancel",
    "POST /workflows/runs/{runId}/rerun": "run.rerun",
    "POST /workflows/runs/{runId}/resume-from/{nodeId}": "run.resume",
    "POST /workflows/vault": "vault_item.create",
    "PUT /workflows/vault/{vaultId}": "vault_item.update",
    "DELETE /workflows/vault/{vaultId}": "vault_item.delete",
    "DELETE /workflows/authorization/{authId}": "authorization.delete",
}
_RUN = "a run is its own record of who started it"
NO_ACTS: Mapping[str, str] = {
    "POST /workflows/validate": "nothing is saved",
    "POST /workflows/test-node": "nothing is saved",
    "POST /workflows/authorization": "a sign-in only begins; its end is noted as authorization.create",
    "POST /workflows/events": _RUN,
    "POST /workflows/sync/{workflowId}": _RUN,
    "POST /workflows/{workflowId}/execute": _RUN,
    "POST /workflows/webhooks/{webhookToken}": _RUN,
    "POST /workflows/interactions/{token}": "the run's log says who has answered what",
}
SECRET = "marker-of-a-secret"
CREATED: Mapping[str, Json] = {
    "POST /workflows": webhook_workflow(name=SECRET),
    "POST /workflows/vault": {"name": "made", "secret": SECRET},
}
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE unique_violation USING MESSAGE = 'the log is full'; END $$
"""
NO_ENTRIES = "CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse()"
ENTRIES = "SELECT * FROM audit_log WHERE org_id = :org ORDER BY id"


def test_every_route_that_may_change_something_is_on_a_list() -> None:
    changing = {operation.name for operation in OPERATIONS if operation.method != "GET"}
    assert changing == ACTS.keys() | NO_ACTS.keys()
    assert not ACTS.keys() & NO_ACTS.keys()


@pytest.fixture
async def garden(api: Client, database: Database) -> Garden:
    return Garden(api, database)


async def prepared(garden: Garden, name: str) -> httpx.Request:
    """Return the request of an act upon things that have just been planted."""
    method, template = name.split()
    if name == "POST /workflows/{workflowId}/webhook-token/rotate":
        garden.planted["workflowId"] = (await garden.api.created(webhook_workflow()))["id"]
    path = await garden.path(template)
    if name == "POST /workflows/runs/{runId}/cancel":
        run = await garden.api.started(garden.planted["workflowId"])
        path = path.replace(garden.planted["runId"], run["id"])
    return garden.api.build_request(method, path, json=CREATED.get(name, BODIES.get(name)))


async def entries(garden: Garden) -> list[Json]:
    return [dict(row._mapping) for row in await garden.database.rows(ENTRIES, org=garden.api.org_id)]


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_leaves_one_entry(garden: Garden, name: str) -> None:
    request = await prepared(garden, name)
    before = await entries(garden)
    answer = await garden.api.send(request)
    assert answer.status_code < 300, answer.text
    (entry,) = (await entries(garden))[len(before) :]
    assert (entry["action"], entry["actor"], entry["address"]) == (ACTS[name], "tester", "127.0.0.1")
    assert entry["action"].startswith(f"{entry['resource_type']}.")
    assert entry["resource_id"] in str(request.url) or entry["resource_id"] == answer.json()["id"]


@pytest.mark.parametrize("name", ACTS)
async def test_an_entry_holds_nothing_of_what_was_sent_or_shown(garden: Garden, name: str) -> None:
    answer = await garden.api.send(await prepared(garden, name))
    entry = (await entries(garden))[-1]
    secrets = [SECRET, garden.api.headers["authorization"].removeprefix("Bearer ")]
    if answer.content and answer.json().get("webhook_url"):
        secrets.append(answer.json()["webhook_url"].rsplit("/", 1)[-1])
    assert not [secret for secret in secrets if secret in str(entry)]


@pytest.fixture
async def silenced(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[Garden]:
    """Return a garden in a database of its own."""
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api, database_of(url) as database:
        yield Garden(api, database)


@pytest.mark.parametrize("name", ACTS)
async def test_what_cannot_be_noted_is_not_done(silenced: Garden, name: str) -> None:
    request = await prepared(silenced, name)
    before = await everything_of(silenced.database, silenced.api.org_id)
    for statement in (REFUSE, NO_ENTRIES):
        await silenced.database.execute(statement)
    json_of(await silenced.api.send(request), 500)
    assert await everything_of(silenced.database, silenced.api.org_id) == before


REFUSED = {
    "a workflow that could not run": ("POST", "/workflows", {"name": "a", "nodes": [{}], "edges": []}, {}, 422),
    "a change of another version": ("PUT", "/workflows/{workflowId}", {"name": "b"}, {"If-Match": '"7"'}, 412),
    "a change of nothing": ("PUT", "/workflows/{workflowId}", {}, {}, 200),
    "a graph that could not run": ("PUT", "/workflows/{workflowId}", {"nodes": [{}]}, {}, 422),
    "a run that is over": ("POST", "/workflows/runs/{runId}/cancel", None, {}, 409),
    "a workflow that is not there": ("DELETE", "/workflows/fl_none", None, {}, 404),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_not_done_is_not_noted(garden: Garden, what: str) -> None:
    method, template, body, headers, status = REFUSED[what]
    path = await garden.path(template)
    before = await entries(garden)
    json_of(await garden.api.request(method, path, json=body, headers=headers), status)
    assert await entries(garden) == before


@pytest.mark.parametrize("name", [name for name in NO_ACTS if "webhookToken" not in name])
async def test_what_is_no_act_leaves_no_entry(garden: Garden, name: str) -> None:
    request = await prepared(garden, name)
    before = await entries(garden)
    await garden.api.send(request)
    assert await entries(garden) == before
