"""Creating workflows: what is kept, what is filled in, what is refused."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, json_of

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
ANY_JSON = st.recursive(LEAVES, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(KEYS, deeper, max_size=3))

CIRCLE = [edge("t", "a"), edge("a", "b"), edge("b", "a")]
FAULTY_GRAPHS = {
    "no trigger": ([node("a", "text_transform", template="x")], [], "nodes", "trigger"),
    "two triggers": ([node("t", "manual_trigger"), node("u", "manual_trigger")], [], "nodes[1]", "trigger"),
    "edge to nowhere": ([node("t", "manual_trigger")], [edge("t", "gone")], "edges[0].target", "gone"),
    "duplicate node": ([node("t", "manual_trigger"), node("t", "manual_trigger")], [], "nodes[1].id", '"t"'),
    "unknown component": (
        [node("t", "manual_trigger"), node("a", "teleport")],
        [edge("t", "a")],
        "nodes[1].data.componentId",
        "teleport",
    ),
    "missing setting": (
        [node("t", "manual_trigger"), node("a", "text_transform")],
        [edge("t", "a")],
        "nodes[1].data.template",
        "",
    ),
    "bad template": (
        [node("t", "manual_trigger"), node("a", "text_transform", template="{% if %}")],
        [edge("t", "a")],
        "nodes[1].data.template",
        "line 1",
    ),
    "circle": (
        [
            node("t", "manual_trigger"),
            node("a", "text_transform", template="x"),
            node("b", "text_transform", template="y"),
        ],
        CIRCLE,
        "nodes[1]",
        "a",
    ),
    "node without an id": ([node("t", "manual_trigger"), {"type": "delay"}], [], "nodes[1].id", "id"),
    "node that is no object": ([node("t", "manual_trigger"), 7], [], "nodes[1]", "object"),
}


async def test_what_is_left_out_gets_its_default(api: Client) -> None:
    saved = await api.created(workflow())
    expected = {
        "description": None,
        "is_active": True,
        "authorization_id": None,
        "schedule_type": "manual",
        "schedule_value": None,
        "next_run_at": None,
        "timezone": "UTC",
        "schedule_overlap": "allow",
        "webhook_url": None,
        "version": 1,
    }
    assert {key: saved[key] for key in expected} == expected


async def test_a_new_workflow_was_updated_when_it_was_created(api: Client) -> None:
    saved = await api.created(workflow())
    assert saved["updated_at"] == saved["created_at"]


async def test_ids_begin_with_their_prefix_and_grow(api: Client) -> None:
    first, second = [(await api.created(workflow()))["id"] for _ in range(2)]
    assert first.startswith("fl_")
    assert first < second


async def test_the_answer_carries_the_version_as_its_tag(api: Client) -> None:
    answer = await api.post("/workflows", json=workflow())
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')


async def test_everything_that_was_sent_comes_back(api: Client) -> None:
    sent = workflow(
        description="d",
        is_active=False,
        authorization_id="auth_unknown",
        schedule_type="manual",
        schedule_value="0 9 * * *",
        timezone="Europe/Berlin",
    )
    saved = await api.created(sent)
    assert {key: saved[key] for key in sent} == sent


async def test_keys_keep_their_order_and_numbers_their_kind(api: Client) -> None:
    odd = {**node("t", "manual_trigger"), "z": 1, "a": 1.0, "m": {"z": [True, 0, -0.0, 1e300], "a": 2**63}}
    saved = await api.created(workflow(odd))
    again = json_of(await api.get(f"/workflows/{saved['id']}"), 200)
    assert json.dumps(again["nodes"]) == json.dumps([odd])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(KEYS, ANY_JSON, max_size=4), setting=ANY_JSON)
async def test_any_json_in_unknown_keys_survives(api: Client, extra: Json, setting: object) -> None:
    trigger = extra | node("t", "manual_trigger", mine=setting)
    action = node("a", "text_transform", template="x")
    way = extra | edge("t", "a")
    saved = await api.created(workflow(trigger, action, edges=[way]))
    again = json_of(await api.get(f"/workflows/{saved['id']}"), 200)
    assert (again["nodes"], again["edges"]) == ([trigger, action], [way])


@pytest.mark.parametrize("case", FAULTY_GRAPHS)
async def test_a_graph_that_cannot_run_is_refused_with_its_fault(api: Client, case: str) -> None:
    nodes, edges, path, word = FAULTY_GRAPHS[case]
    error = json_of(await api.post("/workflows", json={"name": "x", "nodes": nodes, "edges": edges}), 422)
    assert error["code"] == "graph_invalid"
    assert [fault for fault in error["errors"] if fault["path"] == path and word in fault["message"]], error


async def test_every_fault_is_named_at_once(api: Client) -> None:
    nodes = [
        node("a", "text_transform"),
        {"id": 5},
        node("b", "teleport"),
        node("c", "text_transform", template="{{ x"),
    ]
    body = workflow(*nodes, edges=[edge("a", "gone"), {"id": "e"}], schedule_type="cron")
    error = json_of(await api.post("/workflows", json=body), 422)
    assert {fault["path"] for fault in error["errors"]} >= {
        "nodes",
        "nodes[0].data.template",
        "nodes[1].id",
        "nodes[2].data.componentId",
        "nodes[3].data.template",
        "edges[0].target",
        "edges[1].source",
        "schedule_value",
    }


async def test_a_fault_names_its_node(api: Client) -> None:
    body = workflow(node("t", "manual_trigger"), node("a", "teleport"), edges=[edge("t", "a")])
    error = json_of(await api.post("/workflows", json=body), 422)
    assert error["errors"][0]["node_id"] == "a"


async def test_what_only_looks_like_a_mistake_is_saved(api: Client) -> None:
    await api.created(workflow(node("t", "manual_trigger"), node("alone", "text_transform", template="{{ later.x }}")))


@pytest.mark.parametrize("missing", ["name", "nodes", "edges"])
async def test_what_is_required_is_named(api: Client, missing: str) -> None:
    body = workflow()
    del body[missing]
    error = json_of(await api.post("/workflows", json=body), 422)
    assert (error["code"], error["errors"]) == (
        "parameter_missing",
        [{"path": missing, "message": "is required"}],
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("name", None),
        ("name", 5),
        ("nodes", []),
        ("nodes", {}),
        ("nodes", None),
        ("edges", None),
        ("edges", "none"),
        ("is_active", "true"),
        ("is_active", None),
        ("description", 5),
        ("authorization_id", 5),
        ("schedule_type", "yearly"),
        ("schedule_value", 5),
        ("schedule_value", "x" * 256),
        ("schedule_overlap", "queue"),
        ("schedule_overlap", None),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", "localtime"),
        ("timezone", None),
    ],
)
async def test_a_field_of_the_wrong_kind_is_refused(api: Client, field: str, value: object) -> None:
    error = json_of(await api.post("/workflows", json=workflow() | {field: value}), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_invalid", field)


@pytest.mark.parametrize("length", [1, 255])
async def test_names_have_up_to_255_characters(api: Client, length: int) -> None:
    assert (await api.created(workflow() | {"name": "ü" * length}))["name"] == "ü" * length


async def test_a_refused_workflow_leaves_nothing_behind(api: Client, database: Database) -> None:
    await api.post("/workflows", json=workflow(node("a", "teleport")))
    assert await database.value("SELECT count(*) FROM workflows WHERE org_id = :org", org=api.org_id) == 0


async def test_the_first_version_is_kept_with_its_author(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    (version,) = await database.rows("SELECT * FROM workflow_versions WHERE workflow_id = :id", id=saved["id"])
    assert (version.version, version.org_id, version.created_by) == (1, api.org_id, "tester")
