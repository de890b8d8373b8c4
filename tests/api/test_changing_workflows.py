"""Changing workflows: partial updates, versions, and who wins when two change at once."""

import asyncio

import pytest

from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, json_of

CHANGES: dict[str, object] = {
    "name": "Other",
    "description": "changed",
    "is_active": False,
    "authorization_id": "auth_2",
    "schedule_value": "0 9 * * *",
    "timezone": "Asia/Tokyo",
    "schedule_overlap": "skip",
    "nodes": [node("other", "manual_trigger")],
    "edges": [],
}
UNCHANGED_BY_ITSELF = {"version", "updated_at"}


async def changed(api: Client, saved: Json, **fields: object) -> Json:
    return json_of(await api.put(f"/workflows/{saved['id']}", json=fields), 200)


async def versions(database: Database, saved: Json) -> list[int]:
    rows = await database.rows(
        "SELECT version FROM workflow_versions WHERE workflow_id = :id ORDER BY version", id=saved["id"]
    )
    return [row.version for row in rows]


@pytest.mark.parametrize("field", [name for name in CHANGES if name != "edges"])
async def test_only_what_is_sent_changes(api: Client, field: str) -> None:
    saved = await api.created(workflow(description="d"))
    now = await changed(api, saved, **{field: CHANGES[field]})
    others = saved.keys() - {field} - UNCHANGED_BY_ITSELF
    assert now[field] == CHANGES[field]
    assert {key: now[key] for key in others} == {key: saved[key] for key in others}


async def test_edges_alone_can_change(api: Client) -> None:
    nodes = [node("t", "manual_trigger"), node("a", "text_transform", template="x")]
    saved = await api.created(workflow(*nodes))
    now = await changed(api, saved, edges=[edge("t", "a")])
    assert (now["nodes"], now["edges"]) == (nodes, [edge("t", "a")])


@pytest.mark.parametrize("field", ["description", "schedule_value", "authorization_id"])
async def test_what_may_be_null_can_be_taken_away(api: Client, field: str) -> None:
    saved = await api.created(workflow() | {field: "something"})
    assert (await changed(api, saved, **{field: None}))[field] is None


@pytest.mark.parametrize(
    "field", ["name", "nodes", "edges", "is_active", "schedule_type", "timezone", "schedule_overlap"]
)
async def test_what_must_have_a_value_cannot_be_null(api: Client, field: str) -> None:
    saved = await api.created(workflow())
    error = json_of(await api.put(f"/workflows/{saved['id']}", json={field: None}), 422)
    assert error["errors"][0]["path"] == field


async def test_each_change_makes_a_version(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    assert (await changed(api, saved, name="b"))["version"] == 2
    assert (await changed(api, saved, is_active=False))["version"] == 3
    assert await versions(database, saved) == [1, 2, 3]


async def test_a_change_moves_updated_at_and_leaves_created_at(api: Client) -> None:
    saved = await api.created(workflow())
    now = await changed(api, saved, name="b")
    assert now["updated_at"] > saved["updated_at"]
    assert now["created_at"] == saved["created_at"]


@pytest.mark.parametrize("sent", [{}, {"name": "Test"}, {"name": "Test", "is_active": True, "edges": []}])
async def test_sending_what_is_saved_changes_nothing(api: Client, database: Database, sent: Json) -> None:
    saved = await api.created(workflow())
    answer = await api.put(f"/workflows/{saved['id']}", json=sent)
    assert json_of(answer, 200) == saved
    assert answer.headers["etag"] == '"1"'
    assert await versions(database, saved) == [1]


async def test_an_answer_sent_back_changes_nothing(api: Client) -> None:
    saved = await api.created(workflow(node("t", "manual_trigger", mine={"b": 1.0, "a": [True, None]})))
    assert await changed(api, saved, **saved) == saved


@pytest.mark.parametrize(("before", "after"), [(1, 1.0), (1, True), (0, False), ({"a": 1, "b": 2}, {"b": 2, "a": 1})])
async def test_what_only_python_takes_for_the_same_is_a_change(api: Client, before: object, after: object) -> None:
    saved = await api.created(workflow(node("t", "manual_trigger", mine=before)))
    assert (await changed(api, saved, nodes=[node("t", "manual_trigger", mine=after)]))["version"] == 2


async def test_a_version_keeps_what_was_saved_under_it(api: Client, database: Database) -> None:
    saved = await api.created(workflow(name="first"))
    await changed(api, saved, name="second", nodes=[node("other", "manual_trigger")])
    rows = await database.rows(
        "SELECT * FROM workflow_versions WHERE workflow_id = :id ORDER BY version", id=saved["id"]
    )
    assert [(row.name, row.nodes[0]["id"]) for row in rows] == [("first", "t"), ("second", "other")]


async def test_a_faulty_graph_is_refused_and_nothing_changes(api: Client) -> None:
    saved = await api.created(workflow())
    error = json_of(await api.put(f"/workflows/{saved['id']}", json={"name": "b", "edges": [edge("t", "gone")]}), 422)
    assert error["code"] == "graph_invalid"
    assert json_of(await api.get(f"/workflows/{saved['id']}"), 200) == saved


async def test_what_does_not_touch_the_graph_is_not_judged_by_it(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    await database.execute(
        'UPDATE workflow_versions SET nodes = \'[{"id": "old"}]\' WHERE workflow_id = :id', id=saved["id"]
    )
    assert (await changed(api, saved, is_active=False))["is_active"] is False


@pytest.mark.parametrize("tag", ['"1"', "*", '"7", "1"', ' "1" ', 'W/"7", "1"'])
async def test_a_change_meant_for_this_version_is_saved(api: Client, tag: str) -> None:
    saved = await api.created(workflow())
    answer = await api.put(f"/workflows/{saved['id']}", json={"name": "b"}, headers={"If-Match": tag})
    assert (json_of(answer, 200)["version"], answer.headers["etag"]) == (2, '"2"')


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', "1", '""', '"01"', "nonsense", '"2", "3"'])
async def test_a_change_meant_for_another_version_is_refused(api: Client, tag: str) -> None:
    saved = await api.created(workflow())
    answer = await api.put(f"/workflows/{saved['id']}", json={"name": "b"}, headers={"If-Match": tag})
    assert json_of(answer, 412)["code"] == "version_conflict"
    assert (await api.get(f"/workflows/{saved['id']}")).headers["etag"] == '"1"'


async def test_of_two_changes_meant_for_the_same_version_one_is_refused(api: Client) -> None:
    saved = await api.created(workflow())
    puts = [
        api.put(f"/workflows/{saved['id']}", json={"name": name}, headers={"If-Match": '"1"'}) for name in "abcdefgh"
    ]
    answers = await asyncio.gather(*puts)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_changes_at_once_are_saved_one_after_the_other(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    puts = [api.put(f"/workflows/{saved['id']}", json={"name": name}) for name in "abcdefgh"]
    answers = await asyncio.gather(*puts)
    assert sorted(json_of(answer, 200)["version"] for answer in answers) == list(range(2, 10))
    assert await versions(database, saved) == list(range(1, 10))


async def test_changes_of_different_fields_at_once_are_all_kept(api: Client) -> None:
    saved = await api.created(workflow())
    sent = {"name": "b", "description": "c", "is_active": False, "timezone": "Asia/Tokyo"}
    await asyncio.gather(*(changed(api, saved, **{field: value}) for field, value in sent.items()))
    now = json_of(await api.get(f"/workflows/{saved['id']}"), 200)
    assert {field: now[field] for field in sent} == sent
