"""Every definition that a workflow had."""

import pytest

from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, json_of


@pytest.fixture
async def saved(api: Client) -> Json:
    """Return a workflow at version 3."""
    made = await api.created(workflow(node("t", "manual_trigger", odd={"kept": 1.0}), name="one"))
    for name in ("two", "three"):
        made = json_of(await api.put(f"/workflows/{made['id']}", json={"name": name}), 200)
    return made


async def numbers(api: Client, saved: Json, query: str = "") -> list[int]:
    answer = await api.get(f"/workflows/{saved['id']}/versions{query}")
    assert answer.status_code == 200, answer.text
    return [version["version"] for version in answer.json()]


async def test_the_newest_version_comes_first(api: Client, saved: Json) -> None:
    assert await numbers(api, saved) == [3, 2, 1]


async def test_a_listed_version_says_what_it_was_called_and_who_saved_it_when(api: Client, saved: Json) -> None:
    newest = (await api.get(f"/workflows/{saved['id']}/versions")).json()[0]
    assert newest == {
        "version": 3,
        "name": "three",
        "created_at": saved["updated_at"],
        "created_by": "tester",
    }


async def test_before_goes_on_after_a_version(api: Client, saved: Json) -> None:
    assert await numbers(api, saved, "?limit=1") == [3]
    assert await numbers(api, saved, "?limit=1&before=3") == [2]
    assert await numbers(api, saved, "?before=1") == []


async def test_a_version_has_its_graph_as_it_was_posted(api: Client, saved: Json) -> None:
    first = json_of(await api.get(f"/workflows/{saved['id']}/versions/1"), 200)
    assert (first["name"], first["nodes"], first["edges"]) == ("one", saved["nodes"], [])
    assert first["nodes"][0]["data"]["odd"] == {"kept": 1.0}


@pytest.mark.parametrize("number", [4, 2**31 - 1])
async def test_a_version_that_is_not_there_is_not_found(api: Client, saved: Json, number: int) -> None:
    error = json_of(await api.get(f"/workflows/{saved['id']}/versions/{number}"), 404)
    assert (error["code"], str(number) in error["message"]) == ("version_not_found", True)


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "1.5", "latest"])
async def test_what_is_no_number_of_a_version_is_refused(api: Client, saved: Json, number: str) -> None:
    error = json_of(await api.get(f"/workflows/{saved['id']}/versions/{number}"), 422)
    assert [fault["path"] for fault in error["errors"]] == ["n"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "before=0", "before=2147483648", "before=x"])
async def test_a_query_that_means_nothing_is_refused(api: Client, saved: Json, query: str) -> None:
    error = json_of(await api.get(f"/workflows/{saved['id']}/versions?{query}"), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_invalid", query.partition("=")[0])


@pytest.mark.parametrize("path", ["versions", "versions/1"])
async def test_versions_of_an_unknown_workflow_are_not_found(api: Client, path: str) -> None:
    error = json_of(await api.get(f"/workflows/fl_unknown/{path}"), 404)
    assert error["code"] == "workflow_not_found"


async def test_versions_of_a_deleted_workflow_are_not_found(api: Client, saved: Json) -> None:
    await api.delete(f"/workflows/{saved['id']}")
    for path in ("versions", "versions/1"):
        assert (await api.get(f"/workflows/{saved['id']}/{path}")).status_code == 404


async def test_only_reading_is_possible(api: Client, saved: Json) -> None:
    for path in ("versions", "versions/1"):
        answer = await api.delete(f"/workflows/{saved['id']}/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
