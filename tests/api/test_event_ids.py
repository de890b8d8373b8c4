"""Events with an id: each is taken once in a day, however often and by whatever way it is sent."""

import asyncio
import itertools
import operator
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from tests.api.listeners import listening, sent
from tests.fixtures.api import Client, Database, serving
from tests.fixtures.fault_proxy import FaultProxy, lost_commits, pass_all


async def test_the_same_id_again_starts_nothing_and_answers_what_it_started(api: Client) -> None:
    await api.created(listening("a"))
    first = await sent(api, "a", id="e1")
    await api.created(listening("a"))
    assert await sent(api, "a", {"other": 1}, id="e1") == first
    assert len((await sent(api, "a", id="e2"))["started"]) == 2
    assert len((await sent(api, "a"))["started"]) == 2


async def test_an_id_that_started_nothing_is_kept_too(api: Client) -> None:
    await sent(api, "a", id="e1")
    await api.created(listening("a"))
    assert (await sent(api, "a", id="e1"))["started"] == []


async def test_another_organization_may_send_the_same_id(api: Client) -> None:
    other = api.other()
    await other.created(listening("a"))
    await sent(api, "a", id="e1")
    assert len((await sent(other, "a", id="e1"))["started"]) == 1


async def test_20_equal_events_at_once_start_one_run_and_are_answered_alike(api: Client, database: Database) -> None:
    saved = await api.created(listening("a"))
    answers = await asyncio.gather(*(sent(api, "a", id="e1") for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    rows = await database.rows("SELECT id FROM runs WHERE workflow_id = :id", id=saved["id"])
    assert [row.id for row in rows] == answers[0]["started"]


async def test_after_a_day_an_id_is_new_again(api: Client, database: Database) -> None:
    await api.created(listening("a"))
    first = await sent(api, "a", id="e1")
    aged = "UPDATE event_receipts SET received_at = received_at - CAST(:age AS interval) WHERE org_id = :org"
    await database.execute(aged, age=timedelta(hours=23, minutes=59), org=api.org_id)
    assert await sent(api, "a", id="e1") == first
    await database.execute(aged, age=timedelta(minutes=1), org=api.org_id)
    again = await sent(api, "a", id="e1")
    assert again["started"] != first["started"]
    assert await sent(api, "a", id="e1") == again


async def test_an_event_whose_commit_was_not_answered_is_found_by_sending_it_again(
    postgres_url: str, redis_url: str, tmp_path: Path, database: Database
) -> None:
    async with (
        FaultProxy(postgres_url, tmp_path) as proxy,
        serving(proxy.url, redis_url) as app,
        Client(app) as api,
    ):
        saved = await api.created(listening("a"))
        receipts = "SELECT run_ids FROM event_receipts WHERE org_id = :org"
        kept: Sequence[Row[Any]] = []
        for place in itertools.count(1):  # the first commits are those of looking
            lost = proxy.commits + place
            proxy.policy = lost_commits(partial(operator.eq, lost))
            answer = await api.post("/workflows/events", json={"event": "a", "id": "e1"})
            assert answer.status_code == 503
            if kept := await database.rows(receipts, org=api.org_id):
                break
        proxy.policy = pass_all
        assert await sent(api, "a", id="e1") == {"started": kept[0].run_ids, "skipped": []}
        rows = await database.rows("SELECT id FROM runs WHERE workflow_id = :id", id=saved["id"])
        assert [row.id for row in rows] == kept[0].run_ids
