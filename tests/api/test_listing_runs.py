"""Pages of a workflow's runs."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from app.http.pagination import PageRequest
from app.runs.repository.reads import Listing, RunRow
from app.runs.views import shown_page
from tests.factories.runs import NOON, add_history, lease
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of


@pytest.fixture
async def workflow_id(api: Client) -> str:
    return str((await api.created(workflow()))["id"])


async def page(api: Client, workflow_id: str, **query: object) -> Json:
    params = {name: str(value) for name, value in query.items()}
    return json_of(await api.get(f"/workflows/{workflow_id}/executions", params=params), 200)


def ids(listed: Json) -> list[str]:
    return [run["id"] for run in listed["data"]]


def query_of(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


async def test_the_newest_run_comes_first(api: Client, workflow_id: str) -> None:
    started = [(await api.started(workflow_id))["id"] for _ in range(3)]
    assert ids(await page(api, workflow_id)) == started[::-1]


async def test_a_listed_run_is_the_run_without_logs_and_payload(api: Client, workflow_id: str) -> None:
    run = await api.started(workflow_id, a=1)
    del run["logs"], run["trigger_payload"]
    assert (await page(api, workflow_id))["data"] == [run]


async def test_a_workflow_without_runs_has_one_empty_page(api: Client, workflow_id: str) -> None:
    path = f"{PUBLIC_URL}/workflows/{workflow_id}/executions"
    only = f"{path}?per_page=15&page=1"
    assert await page(api, workflow_id) == {
        "data": [],
        "links": {"first": only, "last": only, "prev": None, "next": None},
        "meta": {
            "current_page": 1,
            "from": None,
            "last_page": 1,
            "path": path,
            "per_page": 15,
            "to": None,
            "total": 0,
        },
    }


async def test_pages_cut_the_list_where_they_should(api: Client, database: Database, workflow_id: str) -> None:
    history = await add_history(database, api.org_id, workflow_id, 7)
    pages = [await page(api, workflow_id, page=number, per_page=3) for number in (1, 2, 3)]
    assert [ids(one) for one in pages] == [history[:3], history[3:6], history[6:]]


async def test_a_page_says_where_it_is(api: Client, database: Database, workflow_id: str) -> None:
    await add_history(database, api.org_id, workflow_id, 7)
    meta = (await page(api, workflow_id, page=2, per_page=3))["meta"]
    expected = {"current_page": 2, "from": 4, "to": 6, "last_page": 3, "per_page": 3, "total": 7}
    assert {key: meta[key] for key in expected} == expected


async def test_links_lead_from_page_to_page(api: Client, database: Database, workflow_id: str) -> None:
    history = await add_history(database, api.org_id, workflow_id, 7)
    seen: list[str] = []
    link = f"{PUBLIC_URL}/workflows/{workflow_id}/executions?per_page=2&status=completed"
    while link:
        listed = json_of(await api.get(link.removeprefix(PUBLIC_URL)), 200)
        seen += ids(listed)
        link = listed["links"]["next"]
    assert seen == history


async def test_the_first_page_has_no_previous_and_the_last_no_next(
    api: Client, database: Database, workflow_id: str
) -> None:
    await add_history(database, api.org_id, workflow_id, 4)
    first, last = [(await page(api, workflow_id, page=number, per_page=2))["links"] for number in (1, 2)]
    assert (first["prev"], query_of(first["next"])["page"]) == (None, "2")
    assert (query_of(last["prev"])["page"], last["next"]) == ("1", None)


async def test_a_page_past_the_end_is_empty(api: Client, database: Database, workflow_id: str) -> None:
    await add_history(database, api.org_id, workflow_id, 4)
    beyond = await page(api, workflow_id, page=9, per_page=2)
    assert (beyond["data"], beyond["meta"]["from"], beyond["meta"]["to"]) == ([], None, None)
    assert (query_of(beyond["links"]["prev"])["page"], beyond["links"]["next"]) == ("2", None)


@pytest.mark.parametrize(("status", "count"), [("completed", 18), ("failed", 2), ("pending", 0)])
async def test_a_status_picks_its_runs(
    api: Client, database: Database, workflow_id: str, status: str, count: int
) -> None:
    await add_history(database, api.org_id, workflow_id, 20)
    listed = await page(api, workflow_id, status=status, per_page=100)
    assert [run["status"] for run in listed["data"]] == [status] * count
    assert listed["meta"]["total"] == count


async def test_runs_that_live_are_counted_as_they_are(api: Client, database: Database, workflow_id: str) -> None:
    started = [(await api.started(workflow_id))["id"] for _ in range(3)]
    await lease(database, started[0])
    assert (await page(api, workflow_id, status="pending"))["meta"]["total"] == 2
    assert ids(await page(api, workflow_id, status="running")) == [started[0]]


async def test_the_total_counts_what_was_accepted_and_cancelled(api: Client, workflow_id: str) -> None:
    started = [(await api.started(workflow_id))["id"] for _ in range(3)]
    await api.post(f"/workflows/runs/{started[0]}/cancel")
    assert (await page(api, workflow_id))["meta"]["total"] == 3
    assert (await page(api, workflow_id, status="failed"))["meta"]["total"] == 1


async def test_before_goes_on_after_a_run(api: Client, database: Database, workflow_id: str) -> None:
    history = await add_history(database, api.org_id, workflow_id, 7)
    listed = await page(api, workflow_id, before=history[2], per_page=3)
    assert ids(listed) == history[3:6]
    assert query_of(listed["links"]["next"]) == {"before": history[5], "per_page": "3"}
    assert (listed["links"]["prev"], listed["meta"]["from"], listed["meta"]["total"]) == (None, None, 7)


async def test_before_ends_where_the_list_does(api: Client, database: Database, workflow_id: str) -> None:
    history = await add_history(database, api.org_id, workflow_id, 6)
    listed = await page(api, workflow_id, before=history[2], per_page=3)
    assert (ids(listed), listed["links"]["next"]) == (history[3:], None)


async def test_before_keeps_to_a_status(api: Client, database: Database, workflow_id: str) -> None:
    history = await add_history(database, api.org_id, workflow_id, 30)
    listed = await page(api, workflow_id, before=history[0], status="failed", per_page=1)
    assert ids(listed) == [history[10]]
    assert query_of(listed["links"]["next"])["status"] == "failed"


def test_the_last_numbered_page_leads_on_by_id() -> None:
    rows = [
        RunRow(f"fl_run_{number}", "completed", None, NOON, NOON, NOON, "fl_1", 1, "manual", None)
        for number in range(100, 0, -1)
    ]
    last = shown_page(rows, 200_000, Listing("fl_1"), PageRequest(1000, 100), "/executions")
    assert last.links.next == "/executions?per_page=100&before=fl_run_1"
    earlier = shown_page(rows, 200_000, Listing("fl_1"), PageRequest(999, 100), "/executions")
    assert earlier.links.next == "/executions?per_page=100&page=1000"


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=2147483649", "per_page=0", "per_page=101", "status=done", "status="],
)
async def test_a_query_that_means_nothing_is_refused(api: Client, workflow_id: str, query: str) -> None:
    error = json_of(await api.get(f"/workflows/{workflow_id}/executions?{query}"), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_invalid", query.partition("=")[0])


@pytest.mark.parametrize("query", ["page=6667&per_page=15", "page=2147483648", "page=1001&per_page=100"])
async def test_a_page_too_deep_is_refused_and_told_of_before(api: Client, workflow_id: str, query: str) -> None:
    error = json_of(await api.get(f"/workflows/{workflow_id}/executions?{query}"), 422)
    assert "before" in error["message"]


async def test_runs_of_an_unknown_workflow_are_not_found(api: Client) -> None:
    error = json_of(await api.get("/workflows/fl_unknown/executions"), 404)
    assert error["code"] == "workflow_not_found"


async def test_runs_of_another_workflow_are_not_listed(api: Client, workflow_id: str) -> None:
    other = await api.created(workflow())
    await asyncio.gather(*(api.started(other["id"]) for _ in range(3)))
    listed = await page(api, workflow_id)
    assert (listed["data"], listed["meta"]["total"]) == ([], 0)
