"""Examples that take in a lot: a feed, the lines of a file, the answers of a partner one by one."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.json import JsonValue
from tests.examples.files import Workflow, settings_of
from tests.examples.outside import REFUSED, says
from tests.examples.stage import Stage, output, steps
from tests.factories.mail import received
from tests.factories.webhooks import path_of
from tests.fixtures.api import json_of

PRODUCTS: list[JsonValue] = [
    {"sku": "a", "price": 8.5, "stock": 3},
    {"sku": "b", "price": 120, "stock": 0},
    {"sku": "c", "price": 1, "stock": 1, "status": "retired"},
]
FEED = "GET supplier.example.org/feed.json"


async def test_what_can_be_sold_of_a_feed_gets_into_the_shop(stage: Stage) -> None:
    stage.outside.on(FEED, says({"made_at": "2026-01-15", "catalogue": {"products": PRODUCTS}}))
    run = await stage.ended(await stage.ticked(await stage.save("feed_import")))
    [saved] = stage.outside.to("POST shop.example.com/api/products/bulk")
    assert run["status"] == "completed"
    assert saved.body == {"source": "supplier", "made_at": "2026-01-15", "products": PRODUCTS[:1]}


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        (says({"catalogue": {"products": [{"sku": "a", "price": 0, "stock": 1}]}}), "is not as agreed\n\n1 faults"),
        (says({"catalogue": {"products": []}}), "is not as agreed"),
        (says({}), "is not as agreed"),
        (says({}).replace(b"{}", b"{]"), 'cannot be read\n\n"input" is not JSON'),
        (says({}, "404 Not Found"), "cannot be read\n\nWebhook request failed: 404"),
    ],
    ids=["no price", "nothing in it", "another shape", "no JSON", "away"],
)
async def test_a_broken_feed_changes_nothing(stage: Stage, feed: bytes, told: str) -> None:
    stage.outside.on(FEED, feed)
    run = await stage.ended(await stage.ticked(await stage.save("feed_import")))
    [(channel, text)] = stage.outside.told()
    assert (run["status"], channel) == ("completed", "ops")
    assert told in text
    assert stage.outside.routes == [FEED]


def one_at_a_time(workflow: Workflow) -> None:
    for data in settings_of(workflow, "iterator"):
        data["mode"] = "sequential"


async def posted_file(stage: Stage, saved: Workflow, content: str) -> Any:
    headers = {"Content-Type": "text/csv"}
    sent = await stage.api.anonymous().post(path_of(saved), content=content, headers=headers)
    return await stage.ended(json_of(sent, 202)["id"])


async def test_lines_of_a_file_become_contacts(stage: Stage) -> None:
    saved = await stage.save("csv_import")
    run = await posted_file(
        stage, saved, "name,email,city\r\nAda, ADA@example.com ,London\r\n\r\nBob,bob@example.com\r\n"
    )
    contacts = [one.body for one in stage.outside.to("POST crm.example.com/api/contacts")]
    assert output(run, "done")["text"] == "2 contacts were imported."
    assert sorted(contacts, key=lambda one: str(one["name"])) == [
        {"name": "Ada", "email": "ada@example.com", "city": "London"},
        {"name": "Bob", "email": "bob@example.com", "city": ""},
    ]


async def test_lines_that_are_wrong_are_sent_back(stage: Stage) -> None:
    stage.outside.on("POST crm.example.com/api/contacts", says({}), says({}, REFUSED))
    saved = await stage.save("csv_import", one_at_a_time)
    lines = ["name,email,city", "Ada,ada@example.com,London", "Bob,no address,Rome", "Cid,cid@example.com,Oslo"]
    run = await posted_file(stage, saved, "\n".join(lines))
    [letter] = map(received, stage.mail.messages)
    assert run["status"] == "completed"
    assert letter["Subject"] == "2 of 3 contacts were not imported"
    assert letter.get_content().splitlines() == [
        "Bob,no address,Rome",
        '  "email" must be an e-mail address; it is the text "no address".',
        "Cid,cid@example.com,Oslo",
        f"  Webhook request failed: {REFUSED}",
    ]


async def test_many_are_asked_one_at_a_time_with_a_pause(stage: Stage) -> None:
    numbers = ["1", "2", "3"]
    stage.outside.on("GET partner.example.org/v1/items/1", says({"state": "new"}))
    stage.outside.on("GET partner.example.org/v1/items/2", says({}, "404 Not Found"))
    run = await stage.executed(await stage.save("rate_limited_batch"), {"numbers": numbers})
    *asked, last = stage.outside.routes
    [batch] = stage.outside.to("POST results.example.com/batches")
    assert asked == [f"GET partner.example.org/v1/items/{number}" for number in numbers]
    assert last == batch.route
    assert [(one["number"], one["state"]) for one in batch.body["results"]] == [("1", "new"), ("3", "unknown")]
    assert [error["index"] for error in batch.body["errors"]] == [1]
    assert steps(run).count("pause") == 2


async def test_between_two_calls_there_are_two_seconds_at_least(stage: Stage) -> None:
    saved = await stage.save("rate_limited_batch")
    run_id = await stage.started(saved, {"numbers": ["1", "2"]})
    await stage.world.holds("SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND kind = 'delay'", id=run_id)
    [wait], calls = await stage.world.waits(run_id), len(stage.outside.routes)
    started = [log.started_at for log in await stage.world.logs(run_id) if log.node_id == "keep"]
    await stage.ended(run_id)
    assert calls == 1
    assert wait.due_at - started[0] >= timedelta(seconds=2)
