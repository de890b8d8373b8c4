"""Which workflows must name an authorization, and how long an authorization that they name stays."""

from typing import Any

import pytest

from app.core.ids import AUTHORIZATION, IdSource
from tests.factories.workflows import edge, node, workflow
from tests.fixtures.api import Client, Database, json_of

_ADD = """
    INSERT INTO authorizations (id, org_id, user_id, provider, status, scope, created_at, updated_at)
    VALUES (:id, :org, :id, 'altostrat', 'active', 'openid', now(), now())
"""
NEEDS = (
    "call calls the platform, for which the workflow must name an authorization."
    " GET /workflows/authorization lists those that there are."
)
UNKNOWN = (
    'There is no authorization "auth_x", which call would call the platform with.'
    " GET /workflows/authorization lists those that there are."
)


async def authorization_of(api: Client, database: Database) -> str:
    made = IdSource(api.app.state.resources.clock).new(AUTHORIZATION)
    await database.execute(_ADD, id=made, org=api.org_id)
    return made


def calling(authorization_id: str | None, **fields: object) -> dict[str, Any]:
    nodes = (node("t", "manual_trigger"), node("call", "altostrat_api", endpoint="/v1/sites"))
    return workflow(*nodes, edges=[edge("t", "call")], authorization_id=authorization_id, **fields)


def fault_of(error: dict[str, Any]) -> dict[str, str]:
    assert error["code"] == "graph_invalid"
    (fault,) = error["errors"]
    return dict(fault)


async def test_a_workflow_that_calls_the_platform_names_an_authorization(api: Client, database: Database) -> None:
    authorization_id = await authorization_of(api, database)
    assert (await api.created(calling(authorization_id)))["authorization_id"] == authorization_id


@pytest.mark.parametrize(("named", "message"), [(None, NEEDS), ("auth_x", UNKNOWN)])
async def test_without_one_that_exists_it_is_refused_everywhere(
    api: Client, database: Database, named: str | None, message: str
) -> None:
    expected = {"path": "authorization_id", "message": message, "node_id": "call"}
    assert fault_of(json_of(await api.post("/workflows", json=calling(named)), 422)) == expected
    verdict = json_of(await api.post("/workflows/validate", json=calling(named)), 200)
    assert verdict == {"valid": False, "errors": [f"authorization_id: {message}"], "warnings": []}
    saved = await api.created(calling(await authorization_of(api, database)))
    answer = await api.put(f"/workflows/{saved['id']}", json={"authorization_id": named})
    assert fault_of(json_of(answer, 422)) == expected
    kept = json_of(await api.get(f"/workflows/{saved['id']}"), 200)
    assert (kept["authorization_id"], kept["version"]) == (saved["authorization_id"], 1)


async def test_anothers_authorization_does_not_exist(api: Client, database: Database) -> None:
    theirs = await authorization_of(api.other(), database)
    error = json_of(await api.post("/workflows", json=calling(theirs)), 422)
    assert fault_of(error)["message"] == UNKNOWN.replace("auth_x", theirs)


async def test_it_is_told_together_with_all_other_faults(api: Client) -> None:
    body = calling(None)
    body["edges"].append(edge("call", "nowhere"))
    error = json_of(await api.post("/workflows", json=body), 422)
    assert {fault["path"] for fault in error["errors"]} == {"edges[1].target", "authorization_id"}


async def test_where_nothing_calls_the_platform_any_id_is_kept(api: Client) -> None:
    saved = await api.created(workflow(authorization_id="auth_01H..."))
    assert saved["authorization_id"] == "auth_01H..."
    verdict = json_of(await api.post("/workflows/validate", json=workflow(authorization_id="auth_01H...")), 200)
    assert verdict["valid"]


async def test_it_is_needed_once_a_node_calls_the_platform(api: Client) -> None:
    saved = await api.created(workflow(authorization_id="auth_x"))
    change = {key: calling("auth_x")[key] for key in ("nodes", "edges")}
    error = json_of(await api.put(f"/workflows/{saved['id']}", json=change), 422)
    assert fault_of(error)["message"] == UNKNOWN


async def test_other_changes_do_not_ask_for_it_again(api: Client, database: Database) -> None:
    saved = await api.created(calling(await authorization_of(api, database)))
    await database.execute("DELETE FROM authorizations WHERE org_id = :org", org=api.org_id)
    changed = json_of(await api.put(f"/workflows/{saved['id']}", json={"is_active": False}), 200)
    assert changed["version"] == 2


async def test_an_authorization_that_workflows_name_cannot_be_deleted(api: Client, database: Database) -> None:
    authorization_id = await authorization_of(api, database)
    first = await api.created(calling(authorization_id, name="First"))
    second = await api.created(workflow(authorization_id=authorization_id, name="Second"))
    error = json_of(await api.delete(f"/workflows/authorization/{authorization_id}"), 409)
    assert (error["type"], error["code"]) == ("conflict_error", "authorization_in_use")
    assert error["message"] == (f'The authorization is used by "First" ({first["id"]}), "Second" ({second["id"]}).')
    assert len((await api.get("/workflows/authorization")).json()) == 1


async def test_many_workflows_are_not_all_named(api: Client, database: Database) -> None:
    authorization_id = await authorization_of(api, database)
    for _ in range(22):
        await api.created(workflow(authorization_id=authorization_id))
    error = json_of(await api.delete(f"/workflows/authorization/{authorization_id}"), 409)
    assert error["message"].endswith(" and 2 more.")


async def test_anothers_workflow_and_a_deleted_one_do_not_keep_it(api: Client, database: Database) -> None:
    authorization_id = await authorization_of(api, database)
    saved = await api.created(calling(authorization_id))
    await api.other().created(workflow(authorization_id=authorization_id))
    assert (await api.delete(f"/workflows/{saved['id']}")).status_code == 204
    assert (await api.delete(f"/workflows/authorization/{authorization_id}")).status_code == 204


async def test_without_a_provider_signing_in_names_the_settings(api: Client) -> None:
    for answer in (
        await api.post("/workflows/authorization"),
        await api.anonymous().get("/workflows/authorization/callback"),
    ):
        error = json_of(answer, 409)
        assert (error["type"], error["code"]) == ("conflict_error", "sign_in_not_set_up")
        assert "VIRGA_OAUTH__ISSUER" in error["message"]
