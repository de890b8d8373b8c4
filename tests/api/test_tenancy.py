"""What belongs to another organization is not found, and who lacks a scope is not let in."""

import pytest

from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database, json_of

WORKFLOW_ROUTES = [
    ("GET", "/workflows/{workflow}", None),
    ("PUT", "/workflows/{workflow}", {"name": "stolen"}),
    ("DELETE", "/workflows/{workflow}", None),
    ("POST", "/workflows/{workflow}/execute", {}),
    ("GET", "/workflows/{workflow}/executions", None),
]
RUN_ROUTES = [("GET", "/workflows/runs/{run}", None), ("POST", "/workflows/runs/{run}/cancel", None)]
SCOPES = {
    ("GET", "/workflows"): "workflows:read",
    ("POST", "/workflows"): "workflows:write",
    ("POST", "/workflows/validate"): "workflows:read",
    ("GET", "/workflows/{workflow}"): "workflows:read",
    ("PUT", "/workflows/{workflow}"): "workflows:write",
    ("DELETE", "/workflows/{workflow}"): "workflows:write",
    ("POST", "/workflows/{workflow}/execute"): "workflows:execute",
    ("GET", "/workflows/{workflow}/executions"): "workflows:read",
    ("GET", "/workflows/runs/{run}"): "workflows:read",
    ("POST", "/workflows/runs/{run}/cancel"): "workflows:execute",
}
ALL = {"workflows:read", "workflows:write", "workflows:execute"}
ODD_IDS = ["' OR '1'='1", "fl_%", "%25", "*", "null", "../fl_1", "fl_1;DROP TABLE runs", "ü", "%00", "a" * 3000]


@pytest.fixture
async def ids(api: Client) -> dict[str, str]:
    saved = await api.created(workflow())
    run = await api.started(saved["id"])
    return {"workflow": saved["id"], "run": run["id"]}


@pytest.mark.parametrize(("method", "path", "body"), [*WORKFLOW_ROUTES, *RUN_ROUTES])
async def test_what_is_anothers_is_not_found(
    api: Client, ids: dict[str, str], method: str, path: str, body: Json | None
) -> None:
    theirs = await api.other().request(method, path.format(**ids), json=body)
    unknown = await api.other().request(method, path.format(workflow="fl_unknown", run="fl_run_unknown"), json=body)
    assert json_of(theirs, 404)["code"] == json_of(unknown, 404)["code"]


async def test_what_is_anothers_stays_as_it_is(api: Client, database: Database, ids: dict[str, str]) -> None:
    other = api.other()
    for method, path, body in (*WORKFLOW_ROUTES, *RUN_ROUTES):
        await other.request(method, path.format(**ids), json=body)
    saved = json_of(await api.get(f"/workflows/{ids['workflow']}"), 200)
    (run,) = await database.rows("SELECT * FROM runs WHERE workflow_id = :id", id=ids["workflow"])
    assert (saved["name"], saved["version"]) == ("Test", 1)
    assert (run.status, run.cancel_requested_at) == ("pending", None)


async def test_what_is_anothers_is_not_listed(api: Client, ids: dict[str, str]) -> None:
    assert ids
    assert (await api.other().get("/workflows")).json() == []


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_no_id_is_taken_for_something_else(api: Client, ids: dict[str, str], odd: str) -> None:
    for method, path, body in (*RUN_ROUTES, *WORKFLOW_ROUTES):
        answer = await api.request(method, path.format(workflow=odd, run=odd), json=body)
        assert answer.status_code == 404, answer.text
    assert (await api.get(f"/workflows/{ids['workflow']}")).status_code == 200


@pytest.mark.parametrize(("method", "path"), SCOPES)
async def test_the_scope_of_a_route_is_enough(api: Client, ids: dict[str, str], method: str, path: str) -> None:
    caller = api.allowed(SCOPES[method, path])
    answer = await caller.request(method, path.format(**ids), json=workflow() if method in {"POST", "PUT"} else None)
    assert answer.status_code < 300, answer.text


@pytest.mark.parametrize(("method", "path"), SCOPES)
async def test_all_other_scopes_are_not(api: Client, ids: dict[str, str], method: str, path: str) -> None:
    caller = api.allowed(*(ALL - {SCOPES[method, path]}))
    error = json_of(await caller.request(method, path.format(**ids), json={}), 403)
    assert (error["code"], SCOPES[method, path] in error["message"]) == ("scope_missing", True)


@pytest.mark.parametrize(("method", "path"), SCOPES)
async def test_without_a_token_nobody_is_let_in(api: Client, ids: dict[str, str], method: str, path: str) -> None:
    answer = await api.anonymous().request(method, path.format(**ids))
    assert json_of(answer, 401)["code"] == "token_missing"
