"""The audit log as its readers see it: what fits, newest first, at the same cost however long it is."""

import itertools
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest

from app.core.clock import format_time
from app.core.ids import AUDIT_ENTRY, lower_bound
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database, counted_statements, json_of, serving

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
NUMBERS = itertools.count()
HISTORY = """
    INSERT INTO audit_log (id, org_id, at, actor, address, action, resource_type, resource_id)
    SELECT CAST(:start AS text) || lpad(CAST(number AS text), 8, '0'), :org, CAST(:now AS timestamptz),
           'actor-' || (number % 7), '192.0.2.1', 'a.create', 'workflow', 'fl_1'
    FROM generate_series(1, :count) AS number
"""
ENTRY = """
    INSERT INTO audit_log (id, org_id, at, actor, address, action, resource_type, resource_id)
    VALUES (:id, :org, :at, :actor, '', 'x', 'y', 'z')
"""
NO_TIMES = [
    *("", "yesterday", "1700000000", "2026-01-15", "2026-01-15T10:00:00", "2026-13-01T00:00:00Z"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-15T10:00:00+99:00", "٢٠٢٦-01-15T10:00:00Z"),
]


async def entries(api: Client, **query: str | int) -> list[Json]:
    answer = await api.get("/workflows/audit", params=query)
    assert answer.status_code == 200, answer.text
    listed: list[Json] = answer.json()
    return listed


async def add_entry(database: Database, org_id: str, at: datetime, actor: str = "a") -> str:
    entry_id = f"{lower_bound(AUDIT_ENTRY, at)[:-6]}{next(NUMBERS):06}"
    await database.execute(ENTRY, id=entry_id, org=org_id, at=at, actor=actor)
    return entry_id


async def test_an_entry_says_who_did_what_when_and_from_where(api: Client) -> None:
    saved = await api.created(workflow())
    (entry,) = await entries(api)
    assert entry.keys() == {
        *("id", "at", "actor", "token_id", "address"),
        *("action", "resource_type", "resource_id", "before_hash", "after_hash"),
    }
    assert (entry["actor"], entry["address"]) == ("tester", "127.0.0.1")
    assert (entry["action"], entry["resource_type"], entry["resource_id"]) == (
        "workflow.create",
        "workflow",
        saved["id"],
    )
    assert entry["before_hash"] is None
    assert len(entry["after_hash"]) == 64


PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "noted"),
    [
        ("203.0.113.9", ["6.6.6.6"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["1.2.3.4, <script>alert(1)</script>"], "10.0.0.1"),
        ("10.0.0.1", ["x" * 5_000], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
    ],
)
async def test_an_entry_has_the_nearest_address_that_is_no_trusted_proxy(
    postgres_url: str, redis_url: str, peer: str, forwarded: list[str], noted: str
) -> None:
    async with serving(postgres_url, redis_url, trusted_proxies=PROXIES) as app, Client(app) as api:
        sent = [*api.headers.items(), *(("X-Forwarded-For", value) for value in forwarded)]
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as proxy:
            json_of(await proxy.post("/workflows", json=workflow(), headers=sent), 201)
        assert [entry["address"] for entry in await entries(api)] == [noted]


async def test_without_trusted_proxies_an_entry_has_the_peers_address(api: Client) -> None:
    await api.post("/workflows", json=workflow(), headers={"X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4"})
    assert [entry["address"] for entry in await entries(api)] == ["127.0.0.1"]


async def test_a_change_begins_where_the_one_before_ended(api: Client) -> None:
    saved = await api.created(workflow())
    await api.put(f"/workflows/{saved['id']}", json={"name": "b"})
    changed, created = await entries(api)
    assert changed["before_hash"] == created["after_hash"] != changed["after_hash"]


async def test_an_empty_log_is_an_empty_list(api: Client) -> None:
    assert await entries(api) == []


async def test_nobody_reads_anothers(api: Client) -> None:
    await api.created(workflow())
    assert await entries(api.other()) == []


@pytest.mark.parametrize("name", ["actor", "action", "resource_type", "resource_id"])
async def test_a_filter_leaves_only_what_fits(api: Client, database: Database, name: str) -> None:
    await api.created(workflow())
    await add_entry(database, api.org_id, NOON)
    ours = (await entries(api))[0]
    assert await entries(api, **{name: ours[name]}) == [ours]
    assert await entries(api, **{name: "nothing"}) == []


async def test_filters_hold_together(api: Client) -> None:
    saved = await api.created(workflow())
    assert len(await entries(api, actor="tester", resource_id=saved["id"])) == 1
    assert await entries(api, actor="tester", resource_id="other") == []


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({}, [3, 2, 1]),
        ({"from": 2}, [3, 2]),
        ({"to": 2}, [1]),
        ({"from": 2, "to": 3}, [2]),
        ({"from": 3, "to": 2}, []),
    ],
)
async def test_a_span_begins_with_its_start_and_ends_before_its_end(
    api: Client, database: Database, span: dict[str, int], found: list[int]
) -> None:
    for hour in (1, 2, 3):
        await add_entry(database, api.org_id, NOON + timedelta(hours=hour), str(hour))
    moments = {name: format_time(NOON + timedelta(hours=hour)) for name, hour in span.items()}
    assert [int(entry["actor"]) for entry in await entries(api, **moments)] == found


async def test_a_time_may_have_any_offset(api: Client, database: Database) -> None:
    await add_entry(database, api.org_id, NOON)
    assert len(await entries(api, **{"from": "2026-01-15T14:00:00+02:00"})) == 1
    assert await entries(api, **{"from": "2026-01-15T12:00:00-02:00"}) == []


@pytest.mark.parametrize("moment", NO_TIMES)
@pytest.mark.parametrize("name", ["from", "to"])
async def test_what_is_no_time_with_an_offset_is_refused(api: Client, name: str, moment: str) -> None:
    error = json_of(await api.get("/workflows/audit", params={name: moment}), 422)
    assert [fault["path"] for fault in error["errors"]] == [name]


@pytest.mark.parametrize("year", ["1971", "9998"])
async def test_the_farthest_times_are_read(api: Client, year: str) -> None:
    for name in ("from", "to"):
        assert await entries(api, **{name: f"{year}-01-01T00:00:00+14:00"}) == []


@pytest.mark.parametrize("limit", ["0", "1001", "x", ""])
async def test_a_limit_out_of_bounds_is_refused(api: Client, limit: str) -> None:
    error = json_of(await api.get("/workflows/audit", params={"limit": limit}), 422)
    assert [fault["path"] for fault in error["errors"]] == ["limit"]


async def test_before_goes_on_where_the_last_page_ended(api: Client, database: Database) -> None:
    added = [await add_entry(database, api.org_id, NOON) for _ in range(5)]
    seen: list[str] = []
    while page := await entries(api, limit=2, **({"before": seen[-1]} if seen else {})):
        seen += [entry["id"] for entry in page]
    assert seen == added[::-1]


async def test_without_a_limit_there_are_a_hundred(api: Client, database: Database) -> None:
    await database.execute(HISTORY, start="aud_01kaq3v0c3s8y5b1f7", org=api.org_id, now=NOON, count=101)
    assert len(await entries(api)) == 100


async def test_reading_costs_2_statements_however_much_is_asked(api: Client, database: Database) -> None:
    await database.execute(HISTORY, start="aud_01kaq3v0c3s8y5b1f8", org=api.org_id, now=NOON, count=1_000)
    narrow: dict[str, str | int] = {"limit": 1_000, "actor": "actor-1", "from": "2020-01-01T00:00:00Z"}
    for query in ({}, narrow):
        with counted_statements(api.app) as statements:
            await entries(api, **query)
        assert len(statements) == 2
