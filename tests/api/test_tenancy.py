"""Ids that mean nothing are not found, and who lacks a scope is not let in; for others' ids see test_organizations."""

import pytest

from tests.factories.workflows import workflow
from tests.fixtures.api import Client, json_of

WORKFLOW_ROUTES = [
    ("GET", "/workflows/{workflow}", None),
    ("PUT", "/workflows/{workflow}", {"name": "stolen"}),
    ("DELETE", "/workflows/{workflow}", None),
    ("POST", "/workflows/{workflow}/execute", {}),
    ("GET", "/workflows/{workflow}/executions", None),
    ("POST", "/workflows/{workflow}/webhook-token/rotate", None),
    ("GET", "/workflows/{workflow}/logs", None),
    ("GET", "/workflows/{workflow}/logs/stats", None),
    ("GET", "/workflows/{workflow}/versions", None),
    ("GET", "/workflows/{workflow}/versions/1", None),
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
    ("GET", "/workflows/{workflow}/logs"): "workflows:read",
    ("GET", "/workflows/{workflow}/logs/stats"): "workflows:read",
    ("GET", "/workflows/{workflow}/versions"): "workflows:read",
    ("GET", "/workflows/{workflow}/versions/1"): "workflows:read",
    ("GET", "/workflows/logs/recent"): "workflows:read",
    ("GET", "/workflows/triggerable-workflows"): "workflows:read",
    ("GET", "/workflows/components"): "workflows:read",
    ("GET", "/workflows/runs/{run}"): "workflows:read",
    ("POST", "/workflows/runs/{run}/cancel"): "workflows:execute",
    ("POST", "/workflows/events"): "workflows:execute",
    ("GET", "/workflows/authorization"): "authorizations:read",
}
ALL = {"workflows:read", "workflows:write", "workflows:execute", "authorizations:read", "authorizations:write"}
ODD_IDS = ["' OR '1'='1", "fl_%", "%25", "*", "null", "../fl_1", "fl_1;DROP TABLE runs", "ü", "%00", "a" * 3000]


@pytest.fixture
async def ids(api: Client) -> dict[str, str]:
    saved = await api.created(workflow())
    run = await api.started(saved["id"])
    return {"workflow": saved["id"], "run": run["id"]}


async def test_what_is_anothers_is_not_listed(api: Client, ids: dict[str, str]) -> None:
    assert ids
    for path in ("/workflows", "/workflows/triggerable-workflows", "/workflows/logs/recent"):
        assert (await api.other().get(path)).json() == []


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_no_id_is_taken_for_something_else(api: Client, ids: dict[str, str], odd: str) -> None:
    for method, path, body in (*RUN_ROUTES, *WORKFLOW_ROUTES):
        answer = await api.request(method, path.format(workflow=odd, run=odd), json=body)
        assert answer.status_code == 404, answer.text
    assert (await api.get(f"/workflows/{ids['workflow']}")).status_code == 200


@pytest.mark.parametrize(("method", "path"), SCOPES)
async def test_the_scope_of_a_route_is_enough(api: Client, ids: dict[str, str], method: str, path: str) -> None:
    caller = api.allowed(SCOPES[method, path])
    body = {**workflow(), "event": "a"} if method in {"POST", "PUT"} else None
    answer = await caller.request(method, path.format(**ids), json=body)
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
