"""The hosted API's published requests are taken as they stand, and its published answers have nothing ours lack."""

import re
from typing import Any

from tests.factories.workflows import published
from tests.fixtures.api import Client, json_of

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ID = re.compile(r"(fl_run_|fl_log_|fl_)[0-9a-z]{26}")
NULLABLE = {
    "description",
    "schedule_value",
    "next_run_at",
    "webhook_url",
    "error_message",
    "completed_at",
    "duration_in_seconds",
    "prev",
    "next",
    "from",
    "to",
}


def assert_like(ours: Any, theirs: Any, key: str = "") -> None:
    """Fail unless `ours` has every field of `theirs`, of the same type and format."""
    if ours is None:
        assert key in NULLABLE, f"{key} is null"
    elif isinstance(theirs, dict):
        assert theirs.keys() <= ours.keys(), f"{key} lacks {theirs.keys() - ours.keys()}"
        for name, value in theirs.items():
            assert_like(ours[name], value, name)
    elif isinstance(theirs, list):
        assert isinstance(ours, list), f"{key} is no list"
        for value in ours:
            assert_like(value, theirs[0], key)
    else:
        assert_scalar_like(ours, theirs, key)


def assert_scalar_like(ours: Any, theirs: Any, key: str) -> None:
    if isinstance(theirs, int) and not isinstance(theirs, bool):
        assert isinstance(ours, int | float), f"{key} is {ours!r}, not a number"
    else:
        assert isinstance(ours, type(theirs)), f"{key} is {ours!r}, not like {theirs!r}"
    for pattern in (MOMENT, ID):
        if isinstance(theirs, str) and pattern.fullmatch(theirs):
            assert pattern.fullmatch(ours), f"{key} is {ours!r}, not in the format of {theirs!r}"


async def test_the_published_workflow_is_created_as_it_stands(api: Client) -> None:
    request = published("create_workflow.request")
    saved = await api.created(request)
    theirs = published("create_workflow.response")
    del theirs["edges"][0]["sourceHandle"]  # the request's edge has none
    assert_like(saved, theirs)
    assert {key: saved[key] for key in request} == request


async def test_the_published_execution_is_accepted_as_it_stands(api: Client) -> None:
    saved = await api.created(published("create_workflow.request"))
    answer = await api.post(f"/workflows/{saved['id']}/execute", json=published("execute_workflow.request"))
    run = json_of(answer, 202)
    assert_like(run, published("execute_workflow.response"))
    assert run["status"] in {"pending", "running"}


async def test_a_run_reads_like_the_published_one(api: Client) -> None:
    saved = await api.created(published("create_workflow.request"))
    run = await api.started(saved["id"])
    answer = await api.get(f"/workflows/runs/{run['id']}")
    assert_like(json_of(answer, 200), published("execute_workflow.response"))


async def test_executions_are_listed_like_the_published_ones(api: Client) -> None:
    saved = await api.created(published("create_workflow.request"))
    await api.started(saved["id"])
    page = json_of(await api.get(f"/workflows/{saved['id']}/executions", params={"page": 1}), 200)
    theirs = published("list_executions.response")
    del theirs["data"][0]["logs"]  # said to be returned with a single run only
    assert_like(page, theirs)
