"""Requests to try a node out: what is refused, and what becomes of those that no worker answers."""

import asyncio
from collections.abc import Mapping

import pytest

from app.node_tests import examples
from tests.api.test_node_tests import PATH, SECRET
from tests.factories.workflows import Json, node
from tests.fixtures.api import Client, Database, json_of
from tests.worker.world import until_true


async def test_what_lies_in_the_database_meanwhile_is_sealed(api: Client, database: Database) -> None:
    trying = asyncio.create_task(api.post(PATH, json={"node": node("a", "text_transform", template=SECRET)}))
    found = "SELECT request FROM node_tests WHERE org_id = :org"

    async def is_asked() -> bool:
        return bool(await database.rows(found, org=api.org_id))

    await until_true(is_asked)
    (row,) = await database.rows(found, org=api.org_id)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert SECRET.encode() not in row.request


async def test_whoever_leaves_takes_the_request_along(api: Client, database: Database) -> None:
    trying = asyncio.create_task(api.post(PATH, json={"node": node("a", "text_transform", template="x")}))
    counted = "SELECT count(*) FROM node_tests WHERE org_id = :org"

    async def is_asked() -> bool:
        return bool(await database.value(counted, org=api.org_id))

    await until_true(is_asked)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)

    async def is_gone() -> bool:
        return not await database.value(counted, org=api.org_id)

    await until_true(is_gone)


async def test_without_a_worker_the_answer_says_so(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.node_tests.service.LIFETIME_SECONDS", 0.2)
    error = json_of(await api.post(PATH, json={"node": node("a", "text_transform", template="x")}), 503)
    assert (error["code"], "worker" in error["message"]) == ("unavailable", True)


WRONG: Mapping[str, tuple[Json, str]] = {
    "an unknown component": (node("a", "nothing"), "node.data.componentId"),
    "a missing setting": (node("a", "text_transform"), "node.data.template"),
    "a template that cannot be read": (node("a", "text_transform", template="{{"), "node.data.template"),
    "the vault where it may not be": (node("a", "text_transform", template="{{ vault.x }}"), "node.data.template"),
    "no id": ({"data": {"componentId": "delay"}}, "node.id"),
    "no authorization": (node("a", "altostrat_api", endpoint="/x"), "authorization_id"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_could_not_run_is_refused(api: Client, what: str) -> None:
    tested, path = WRONG[what]
    error = json_of(await api.post(PATH, json={"node": tested}), 422)
    assert (error["code"], [fault["path"] for fault in error["errors"]]) == ("graph_invalid", [path])


@pytest.mark.parametrize("scopes", [("workflows:write",), ("workflows:execute",), ("vault:read", "workflows:read")])
async def test_it_takes_both_scopes(api: Client, scopes: tuple[str, ...]) -> None:
    answered = await api.allowed(*scopes).post(PATH, json=examples.TRIED)
    assert json_of(answered, 403)["code"] == "scope_missing"
