"""Logs across the runs of a workflow."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.clock import format_time
from app.logs.repository import pages
from tests.factories.logs import LOGGED_AT, add_logs
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of


async def logs(api: Client, run: Json, **query: object) -> list[Json]:
    answer = await api.get(f"/workflows/{run['workflow_id']}/logs", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def ids(api: Client, run: Json, **query: object) -> list[str]:
    return [log["id"] for log in await logs(api, run, **query)]


async def test_the_newest_log_comes_first_whichever_run_it_is_of(api: Client, database: Database, run: Json) -> None:
    other = await api.started(run["workflow_id"])
    written = []
    for owner in (other, run, other, run):
        written += await add_logs(database, owner["id"])
    assert await ids(api, run) == written[::-1]


async def test_a_log_is_the_one_that_its_run_shows(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"], output={"a": [1.0]}, path="loop.3")
    shown = json_of(await api.get(f"/workflows/runs/{run['id']}"), 200)
    assert await logs(api, run) == shown["logs"]


async def test_logs_of_other_workflows_are_not_listed(api: Client, database: Database, run: Json) -> None:
    other = await api.created(workflow())
    elsewhere = await api.started(other["id"])
    await add_logs(database, elsewhere["id"])
    assert await logs(api, run) == []
    assert await logs(api, run, run_id=elsewhere["id"]) == []


async def test_no_more_come_than_are_asked_for(api: Client, database: Database, run: Json) -> None:
    written = await add_logs(database, run["id"], count=101)
    assert await ids(api, run) == written[:0:-1]
    assert await ids(api, run, limit=2) == written[:-3:-1]


async def test_before_goes_on_after_a_log(api: Client, database: Database, run: Json) -> None:
    written = await add_logs(database, run["id"], count=5)
    assert await ids(api, run, before=written[3], limit=2) == [written[2], written[1]]


@pytest.mark.parametrize("name", ["status", "level"])
@pytest.mark.parametrize("status", ["success", "error", "warning"])
async def test_a_status_picks_its_logs(api: Client, database: Database, run: Json, name: str, status: str) -> None:
    written = {one: await add_logs(database, run["id"], status=one) for one in ("success", "error", "warning")}
    assert await ids(api, run, **{name: status}) == written[status]


async def test_status_and_level_may_say_the_same(api: Client, database: Database, run: Json) -> None:
    [warned] = await add_logs(database, run["id"], status="warning")
    assert await ids(api, run, status="warning", level="warning") == [warned]


async def test_status_and_level_may_not_contradict_each_other(api: Client, run: Json) -> None:
    answer = await api.get(f"/workflows/{run['workflow_id']}/logs?status=error&level=warning")
    error = json_of(answer, 422)
    assert (error["code"], [fault["path"] for fault in error["errors"]]) == ("parameter_invalid", ["level"])


async def test_a_node_picks_its_logs(api: Client, database: Database, run: Json) -> None:
    [mine] = await add_logs(database, run["id"], node_id="mine")
    await add_logs(database, run["id"], node_id="other")
    assert await ids(api, run, node_id="mine") == [mine]
    assert await ids(api, run, node_id="MINE") == []


async def test_a_run_picks_its_logs(api: Client, database: Database, run: Json) -> None:
    other = await api.started(run["workflow_id"])
    mine = await add_logs(database, run["id"], count=3)
    await add_logs(database, other["id"])
    assert await ids(api, run, run_id=run["id"]) == mine[::-1]
    assert await ids(api, run, run_id=run["id"], before=mine[1], status="success") == mine[:1]


async def test_from_is_included_and_to_is_not(api: Client, database: Database, run: Json) -> None:
    written = await add_logs(database, run["id"], count=5, seconds_apart=1)
    asked = {"from": format_time(LOGGED_AT + timedelta(seconds=1)), "to": format_time(LOGGED_AT + timedelta(seconds=3))}
    assert await ids(api, run, **asked) == [written[2], written[1]]


async def test_a_moment_counts_to_the_microsecond(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"])
    just_after = LOGGED_AT + timedelta(microseconds=1)
    assert await ids(api, run, **{"from": format_time(just_after)}) == []
    assert len(await ids(api, run, to=format_time(just_after))) == 1


@pytest.mark.parametrize(
    ("moment", "order"),
    [
        ("2026-01-15T12:00:00Z", "not later"),
        ("2026-01-15t13:00:00.5z", "later"),
        ("2026-01-15T13:00:00+01:00", "not later"),
        ("0001-01-01T00:00:00Z", "not later"),
        ("9999-12-31T23:59:59Z", "later"),
        ("2026-01-15T12:00:00.0000009Z", "not later"),
    ],
)
async def test_moments_are_those_of_rfc_3339(
    api: Client, database: Database, run: Json, moment: str, order: str
) -> None:
    written = await add_logs(database, run["id"])  # at noon (UTC)
    assert await ids(api, run, **{"from": moment}) == ([] if order == "later" else written)
    assert await ids(api, run, to=moment) == (written if order == "later" else [])


@pytest.mark.parametrize(
    "query",
    [
        *("status=done", "status=", "level=ok", "limit=0", "limit=1001", "limit=x", "from=yesterday", "from="),
        *("to=2026-01-15", "to=1768478400", "from=2026-01-15T12:00:00", "from=2026-13-15T12:00:00Z"),
        *("from=2026-01-15T12:00:00+01:00", "from=0001-01-01T00:00:00%2B14:00"),
    ],
)
async def test_a_query_that_means_nothing_is_refused(api: Client, run: Json, query: str) -> None:
    error = json_of(await api.get(f"/workflows/{run['workflow_id']}/logs?{query}"), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_invalid", query.partition("=")[0])


async def test_a_link_leads_on_where_there_are_more(api: Client, database: Database, run: Json) -> None:
    written = await add_logs(database, run["id"], count=7)
    assert await followed(api, f"/workflows/{run['workflow_id']}/logs?limit=3") == [
        written[:3:-1],
        written[3:0:-1],
        written[:1],
    ]


async def test_a_full_page_that_is_the_last_has_no_link(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"], count=3)
    answer = await api.get(f"/workflows/{run['workflow_id']}/logs?limit=3")
    assert "link" not in answer.headers


@pytest.mark.parametrize("query", ["", "&node_id=big", "&run_id={run}"])
async def test_an_answer_does_not_grow_beyond_measure(
    api: Client, database: Database, run: Json, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "OUTPUT_BYTES", 500)
    written = await add_logs(database, run["id"], count=5, node_id="big", output={"text": "ü" * 150})
    path = f"/workflows/{run['workflow_id']}/logs?limit=4{query.format(run=run['id'])}"
    assert await followed(api, path) == [written[:2:-1], written[2:0:-1], written[:1]]


async def test_a_link_keeps_what_was_asked_for(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"], count=3, node_id="a&b")
    asked = {
        "status": ["success"],
        "node_id": ["a&b"],
        "run_id": [run["id"]],
        "from": ["2026-01-15T11:00:00.000000Z"],
        "to": ["2026-01-15T13:00:00.000000Z"],
        "limit": ["2"],
    }
    answer = await api.get(
        f"/workflows/{run['workflow_id']}/logs", params={name: value[0] for name, value in asked.items()}
    )
    query = parse_qs(urlsplit(next_of(answer.headers["link"])).query)
    assert query == asked | {"before": [answer.json()[-1]["id"]]}


@pytest.mark.parametrize("query", ["node_id=rare", "status=error&node_id=rare", "status=success&node_id=rare"])
async def test_what_is_rare_is_looked_for_bit_by_bit(
    api: Client, database: Database, run: Json, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", 4)
    status = "error" if "error" in query else "success"
    rare = await add_logs(database, run["id"], node_id="rare", status=status)
    await add_logs(database, run["id"], count=9, status=status)
    assert await followed(api, f"/workflows/{run['workflow_id']}/logs?{query}") == [[], [], rare]


async def test_failures_are_found_however_many_successes_came_after(
    api: Client, database: Database, run: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", 4)
    failed = await add_logs(database, run["id"], status="error")
    await add_logs(database, run["id"], count=9)
    assert await ids(api, run, status="error") == failed


async def followed(api: Client, path: str) -> list[list[str]]:
    """Return the ids of each page, from link to link."""
    found = []
    following: str | None = path
    while following:
        answer = await api.get(following)
        found.append([log["id"] for log in answer.json()])
        following = next_of(answer.headers["link"]) if "link" in answer.headers else None
    return found


def next_of(link: str) -> str:
    match = re.fullmatch(r'<(.+)>; rel="next"', link)
    assert match is not None
    return match[1].removeprefix(PUBLIC_URL)


@pytest.mark.parametrize("path", ["logs", "logs/stats"])
async def test_logs_of_an_unknown_workflow_are_not_found(api: Client, path: str) -> None:
    error = json_of(await api.get(f"/workflows/fl_unknown/{path}"), 404)
    assert error["code"] == "workflow_not_found"
