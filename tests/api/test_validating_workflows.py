"""Validating without saving: the same verdict as saving, and warnings besides."""

import pytest

from tests.api.test_creating_workflows import FAULTY_GRAPHS
from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, json_of


async def verdict(api: Client, body: object) -> Json:
    return json_of(await api.post("/workflows/validate", json=body), 200)


async def test_a_workflow_that_can_run_is_valid(api: Client) -> None:
    assert await verdict(api, workflow()) == {"valid": True, "errors": [], "warnings": []}


@pytest.mark.parametrize("case", FAULTY_GRAPHS)
async def test_errors_are_those_that_saving_answers(api: Client, case: str) -> None:
    nodes, edges, _, _ = FAULTY_GRAPHS[case]
    body = {"name": "x", "nodes": nodes, "edges": edges}
    refused = json_of(await api.post("/workflows", json=body), 422)
    answer = await verdict(api, body)
    assert answer["valid"] is False
    assert answer["errors"] == [f"{fault['path']}: {fault['message']}" for fault in refused["errors"]]


@pytest.mark.parametrize(
    ("case", "template"),
    [("a node nobody reaches", "x"), ("a template that reads what cannot have run", "{{ later.x }}")],
)
async def test_what_looks_like_a_mistake_is_a_warning(api: Client, case: str, template: str) -> None:
    nodes = [node("t", "manual_trigger"), node("a", "text_transform", template=template)]
    edges = [edge("t", "a")] if "template" in case else []
    answer = await verdict(api, workflow(*nodes, edges=edges))
    assert (answer["valid"], answer["errors"], len(answer["warnings"])) == (True, [], 1)


async def test_a_body_without_nodes_is_no_workflow_to_judge(api: Client) -> None:
    error = json_of(await api.post("/workflows/validate", json={"name": "x", "edges": []}), 422)
    assert error["code"] == "parameter_missing"


async def test_nothing_is_saved(api: Client, database: Database) -> None:
    await verdict(api, workflow())
    assert await database.value("SELECT count(*) FROM workflows WHERE org_id = :org", org=api.org_id) == 0
