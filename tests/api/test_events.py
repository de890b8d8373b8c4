"""Sending events: who is started by them, each once, and what is refused."""

import pytest
from sqlalchemy import text

from tests.api.listeners import listening, rule, run_of, sent, started
from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, Database, counted_statements, json_of, serving


async def test_an_event_starts_who_listens_to_it(api: Client) -> None:
    saved = await api.created(listening("site.added"))
    await api.created(listening("site.removed"))
    (run_id,) = (await sent(api, "site.added", {"name": "Lisbon"}))["started"]
    run = await run_of(api, run_id)
    assert (run["workflow_id"], run["status"], run["trigger_type"]) == (saved["id"], "pending", "event")
    assert run["trigger_payload"] == {"event": "site.added", "payload": {"name": "Lisbon"}}


async def test_every_listener_is_started_once(api: Client) -> None:
    saved = [(await api.created(listening(event)))["id"] for event in ("a.b.c", "a.b.*", "a.*", "*", "a.b.c")]
    assert await started(api, "a.b.c") == saved


@pytest.mark.parametrize(
    ("pattern", "event", "hears"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a.b.c.d", True),
        ("a.*", "a", False),
        ("a.*", "ab.c", False),
        ("a.b", "a.b.c", False),
        ("a.b", "A.b", False),
        ("*", "a", True),
        ("*", "a.b.c.d.e", True),
    ],
)
async def test_a_wildcard_stands_for_one_segment_or_more(
    api: Client,
    pattern: str,
    event: str,
    hears: bool,  # noqa: FBT001 -- a table
) -> None:
    await api.created(listening(pattern))
    assert bool(await started(api, event)) is hears


async def test_an_alias_listens_to_its_own_event(api: Client) -> None:
    saved = await api.created(listening("", component="wan_packet_loss"))
    assert await started(api, "wan.packet_loss_started") == [saved["id"]]


async def test_an_alias_that_only_the_type_names_listens_too(api: Client) -> None:
    only_type: Json = {
        "id": "t",
        "type": "site_online",
        "data": {"filter": rule("string", "{{ event }}", "is_not_empty")},
    }
    saved = await api.created(workflow(only_type))
    assert await started(api, "site.online") == [saved["id"]]


async def test_who_is_not_active_deleted_or_listens_to_something_else_by_now_is_not_started(api: Client) -> None:
    await api.created(listening("a", is_active=False))
    deleted = await api.created(listening("a"))
    await api.delete(f"/workflows/{deleted['id']}")
    changed = await api.created(listening("a"))
    await api.put(f"/workflows/{changed['id']}", json={"nodes": [node("t", "event_trigger", event="b")]})
    manual = await api.created(listening("a"))
    await api.put(f"/workflows/{manual['id']}", json={"nodes": [node("t", "manual_trigger")]})
    assert await sent(api, "a") == {"started": [], "skipped": []}


async def test_a_filter_decides_by_the_payload(api: Client) -> None:
    in_europe = {"logic": "and", "rules": [rule("string", "{{ payload.region }}", "equals", "eu")]}
    saved = await api.created(listening("site.*", filter=in_europe))
    assert await started(api, "site.added", {"region": "us"}) == []
    assert await started(api, "site.added", {"region": "eu"}) == [saved["id"]]


@pytest.mark.parametrize(
    "filter_of_it",
    [
        rule("string", "{{ event }}", "equals", "a.b"),
        rule("string", "{{ trigger.event }}-{{ trigger.trigger_type }}", "equals", "a.b-event"),
        rule("number", "{{ trigger.payload.n }}", "equals", 5),
        {**rule("date", "{{ now }}", "within"), "amount": 1, "unit": "minutes"},
        rule("array", "{{ payload.tags }}", "any", rule("string", "{{ item }}", "regex", "^b")),
    ],
)
async def test_a_filter_reads_the_event_and_the_moment_it_came_in(api: Client, filter_of_it: Json) -> None:
    saved = await api.created(listening("a.b", filter=filter_of_it))
    assert await started(api, "a.b", {"n": 5, "tags": ["a", "b"]}) == [saved["id"]]


async def test_a_filter_that_fails_on_the_payload_keeps_nobody_else_from_starting(api: Client) -> None:
    strict = await api.created(listening("a", filter=rule("number", "{{ payload.n }}", "greater_than", 1)))
    easy = await api.created(listening("a"))
    answer = await sent(api, "a", {"n": "many"})
    assert [(await run_of(api, run_id))["workflow_id"] for run_id in answer["started"]] == [easy["id"]]
    message = '"input" must be a number; it is the text "many".'
    assert answer["skipped"] == [{"workflow_id": strict["id"], "message": message}]


async def test_a_stored_filter_that_can_no_longer_be_read_skips_its_workflow(api: Client, database: Database) -> None:
    saved = await api.created(listening("a", filter=rule("string", "x", "is_not_empty")))
    await database.execute(
        'UPDATE workflows SET trigger_settings = \'{"event": "a", "filter": 5}\' WHERE id = :id', id=saved["id"]
    )
    (skipped,) = (await sent(api, "a"))["skipped"]
    assert skipped["workflow_id"] == saved["id"]


async def test_what_is_anothers_is_not_started(api: Client) -> None:
    await api.other().created(listening("*"))
    assert await started(api, "a") == []


@pytest.mark.parametrize("payload", [None, 5, "x", [1, None], {"a": {"b": 1.0}}, False])
async def test_a_payload_may_be_any_json(api: Client, payload: object) -> None:
    await api.created(listening("a"))
    (run_id,) = (await sent(api, "a", payload))["started"]
    assert (await run_of(api, run_id))["trigger_payload"]["payload"] == payload


async def test_no_payload_counts_as_an_empty_object(api: Client) -> None:
    await api.created(listening("a"))
    (run_id,) = json_of(await api.post("/workflows/events", json={"event": "a"}), 202)["started"]
    assert (await run_of(api, run_id))["trigger_payload"]["payload"] == {}


@pytest.mark.parametrize(
    "event", ["", "a.", ".a", "a..b", "a b", "a.*", "*", "ü", "a" * 256, ".".join("a" * 17), None, 5]
)
async def test_a_name_that_no_event_can_have_is_refused(api: Client, event: object) -> None:
    error = json_of(await api.post("/workflows/events", json={"event": event}), 422)
    assert (error["code"], [fault["path"] for fault in error["errors"]]) == ("parameter_invalid", ["event"])


@pytest.mark.parametrize("event_id", ["", "x" * 256, 5])
async def test_an_id_that_cannot_be_kept_is_refused(api: Client, event_id: object) -> None:
    error = json_of(await api.post("/workflows/events", json={"event": "a", "id": event_id}), 422)
    assert error["errors"][0]["path"] == "id"


async def test_a_payload_past_the_limit_is_refused(postgres_url: str, redis_url: str) -> None:
    async with serving(postgres_url, redis_url, limits={"payload_bytes": 100}) as app, Client(app) as api:
        answer = await api.post("/workflows/events", json={"event": "a", "payload": "ü" * 50})
        assert json_of(answer, 413)["code"] == "body_too_large"


async def test_a_thousand_listeners_are_one_insert_and_one_transaction(api: Client, database: Database) -> None:
    saved = await api.created(listening("a.*"))
    copied = """
        INSERT INTO workflows (id, org_id, name, is_active, schedule_type, timezone, version, trigger_component,
                               trigger_settings, listens_to, created_at, updated_at)
        SELECT id || lpad(number::text, 4, '0'), org_id, name, is_active, schedule_type, timezone, version,
               trigger_component, trigger_settings, listens_to, created_at, updated_at
        FROM workflows, generate_series(1, 999) AS number WHERE id = :id
    """
    await database.execute(copied, id=saved["id"])
    with counted_statements(api.app) as statements:
        answer = await sent(api, "a.b", {"n": 1}, id="e1")
    assert len(answer["started"]) == len(set(answer["started"])) == 1000
    assert sum("INSERT INTO runs" in statement for statement in statements) == 1
    transactions = "SELECT count(DISTINCT xmin::text), count(*) FROM runs WHERE org_id = :org"
    assert tuple((await database.rows(transactions, org=api.org_id))[0]) == (1, 1000)


async def test_large_payloads_are_spread_over_statements_of_one_transaction(api: Client, database: Database) -> None:
    for _ in range(20):
        await api.created(listening("a"))
    with counted_statements(api.app) as statements:
        answer = await sent(api, "a", "x" * 1_000_000)
    assert len(answer["started"]) == 20
    assert sum("INSERT INTO runs" in statement for statement in statements) == 2
    transactions = await database.value(
        "SELECT count(DISTINCT xmin::text) FROM runs WHERE org_id = :org", org=api.org_id
    )
    assert transactions == 1


async def test_the_runs_are_counted_and_say_who_sent_the_event(api: Client, database: Database) -> None:
    saved = await api.created(listening("a"))
    await sent(api, "a")
    counted = "SELECT status, sum(count)::int FROM workflow_counts WHERE workflow_id = :id GROUP BY status"
    assert [tuple(row) for row in await database.rows(counted, id=saved["id"])] == [("accepted", 1)]
    row = (await database.rows("SELECT * FROM runs WHERE workflow_id = :id", id=saved["id"]))[0]
    assert (row.org_id, row.started_by, row.ready, row.workflow_version) == (api.org_id, "tester", True, 1)


async def test_runs_are_rung_for(api: Client) -> None:
    await api.created(listening("a"))
    redis = api.app.state.resources.redis
    await redis.flushdb()
    await sent(api, "a")
    assert await redis.zcard("virga:queue") == 1


async def test_listeners_are_found_by_the_index(api: Client, database: Database) -> None:
    listeners = (
        "EXPLAIN SELECT id FROM workflows WHERE org_id = :org AND listens_to IN ('a.b', 'a.*', '*')"
        " AND deleted_at IS NULL AND is_active"
    )
    others = (
        "INSERT INTO workflows SELECT (jsonb_populate_record(one, jsonb_build_object('id', 'other_' || n))).*"
        " FROM workflows one, generate_series(1, 1000) n WHERE one.id = :id"
    )
    silent = await api.created(workflow(node("t", "manual_trigger")))
    async with database.engine.connect() as connection:
        await connection.execute(text(others), {"id": silent["id"]})
        await connection.execute(text("ANALYZE workflows"))
        plan = (await connection.execute(text(listeners), {"org": api.org_id})).all()
        await connection.rollback()
    assert any("ix_workflows_org_id_listens_to" in str(row[0]) for row in plan)


async def test_other_methods_are_not_allowed(api: Client) -> None:
    answer = await api.get("/workflows/events")
    assert (json_of(answer, 405)["code"], answer.headers["allow"]) == ("method_not_allowed", "POST")


async def test_where_a_run_cannot_be_inserted_none_is(postgres_url: str, redis_url: str, database: Database) -> None:
    async with serving(postgres_url, redis_url) as app, Client(app) as api:
        for _ in range(3):
            await api.created(listening("a"))
        refused = "ALTER TABLE workflow_counts ADD CONSTRAINT refuse CHECK (org_id <> :org) NOT VALID"
        await database.execute(refused.replace(":org", f"'{api.org_id}'"))
        try:
            answer = await api.post("/workflows/events", json={"event": "a", "id": "e1"})
        finally:
            await database.execute("ALTER TABLE workflow_counts DROP CONSTRAINT refuse")
        assert answer.status_code == 500
        assert await database.value("SELECT count(*) FROM runs WHERE org_id = :org", org=api.org_id) == 0
        assert len((await sent(api, "a", id="e1"))["started"]) == 3
